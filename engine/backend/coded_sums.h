// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "base/random.h"
#include "tensor/tensor.h"

namespace filigree::backend {

/// Running sums M <- beta M + g of a matrix in one byte each: for figures that only have to be compared, at
/// positions so many that four bytes would be most of a network's memory.
///
/// Code: per block of 128 neighbours of a row one scale s = max |M| / 127^2, per position a sign and c = 0
/// ... 127, which mean M = +-s c^2: squares, so that what is small in its block has smaller steps. Rounding
/// is stochastic, up with the probability that leaves the mean right, so that what is added in many small
/// parts is not lost. One sum is off by less than a step, s (2 c + 1) with c the lower neighbour: at most 2
/// sqrt(m |M|) / 127 + m / 127^2, m the largest of the block. Random numbers: hashes of a place under the
/// number that the stream gives its block, whatever slabs the rows come in and however many threads there
/// are.
///
/// Memory: 1 byte per position and 4 per block.
class CodedSums {
  public:
    static constexpr std::int64_t block = 128;

    /// All 0.
    CodedSums(std::int64_t rows, std::int64_t columns);

    /// M <- beta M + gradient in whole rows from `firstRow` on (threaded). `rounding`: a stream at the step,
    /// used for nothing else. Throws Error (Run) if a sum is not finite.
    void add(std::int64_t firstRow, std::span<const float> gradient, float beta,
             const RandomStream& rounding);
    /// Whole rows of M from `firstRow` on.
    void decode(std::int64_t firstRow, std::span<float> values) const;

    std::int64_t rows() const { return codes_.dim(0); }
    std::int64_t columns() const { return codes_.dim(1); }
    std::int64_t bytes() const;
    const Tensor& codes() const { return codes_; }    ///< [rows, columns] of u8: c, and 128 if negative
    const Tensor& scales() const { return scales_; }  ///< s, [rows, blocks of a row] of f32
    /// Continues from what `codes` and `scales` were. Throws Error (Run) if the sizes do not fit.
    void restore(const Tensor& codes, const Tensor& scales);

  private:
    std::int64_t blocksEach() const { return scales_.dim(1); }

    Tensor codes_;
    Tensor scales_;
};

}  // namespace filigree::backend
