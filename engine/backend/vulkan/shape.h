// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "backend/vulkan/kernel.h"

namespace filigree::vulkan {

/// to = the elements of a strided array of four axes, in row-major order; strides in numbers, 0 repeats an
/// axis.
void copyStrided(Stream& stream, const View& from, const std::array<std::uint32_t, 4>& size,
                 const std::array<std::uint32_t, 4>& stride, const View& to);

/// The other way round: the elements of `from` go to the places of a strided array, whose others keep what
/// they hold. No two elements may go to one place.
void spreadStrided(Stream& stream, const View& from, const std::array<std::uint32_t, 4>& size,
                   const std::array<std::uint32_t, 4>& stride, const View& to);

/// Row-major [batch][features] to and from batch-tiled memory. Lanes past the batch become 0.
void tile(Stream& stream, const View& from, const View& to, const Layout& layout, std::uint64_t features);
void untile(Stream& stream, const View& from, const View& to, const Layout& layout, std::uint64_t features);

}  // namespace filigree::vulkan
