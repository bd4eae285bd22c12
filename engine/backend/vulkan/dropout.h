// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/vulkan/kernel.h"

namespace filigree::vulkan {

/// y = x / (1 - p) or 0, over batch-tiled memory (tile 1: row-major) with `rest` numbers per sample: the
/// elements that backend::dropout chooses for this key, exactly. Lanes past the batch become 0. 0 <= p < 1.
void dropout(Stream& stream, const Layout& layout, std::uint64_t rest, double p, std::uint64_t key,
             const View& x, const View& y);

}  // namespace filigree::vulkan
