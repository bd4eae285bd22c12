// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "data/dataset.h"

namespace filigree::data {

/// The handwritten digits that are built into the program (assets/data/optdigits): 1437 training and 360 test
/// images of 8 x 8 pixels with values 0..16, divided by 16 when read. `split` is "train" or "test".
Dataset loadDigits(const std::string& split);

inline constexpr std::int64_t digitsCount = 1797;
inline constexpr std::int64_t digitsTrainCount = 1437;

/// The committed tables as the build turned them into arrays (embed_digits.cmake).
namespace embedded {
/// One row per image: 64 pixels, then the label.
std::span<const std::uint8_t> digitRows();
/// A permutation of the rows; the first digitsTrainCount are the training split.
std::span<const std::uint16_t> digitOrder();
}  // namespace embedded

}  // namespace filigree::data
