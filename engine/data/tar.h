// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "data/catalogue.h"

namespace filigree::data {

/// Takes the named members out of a tar archive (POSIX ustar, plain or gzip) into `folder` and returns their
/// paths in the order of `members`. Only the last part of a name in the archive counts, and only names asked
/// for are written, so that no archive can write elsewhere. Each file gets its name when it is complete.
/// Throws Error (Data) if the archive is damaged, or if a member is missing or does not have the size
/// announced.
std::vector<std::filesystem::path> unpackTar(const std::filesystem::path& archive,
                                             std::span<const ArchiveMember> members,
                                             const std::filesystem::path& folder);

}  // namespace filigree::data
