// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace filigree {

/// Memory for tensors, aligned to 64 bytes. Blocks are kept when they are given back and handed out
/// again: the steps of a training run ask for the same sizes over and over, and fresh pages from the system
/// cost as much time as computing on them. What is kept and in use never exceeds what was in use at once by
/// more than a quarter and 1 MiB. Thread-safe. nullptr if there is no memory.
std::byte* takeBlock(std::size_t bytes);
/// `bytes` as asked for.
void giveBackBlock(std::byte* block, std::size_t bytes);
/// Blocks that the system was asked for since the start of the process: stands still while training goes on.
std::int64_t blocksFromSystem();

}  // namespace filigree
