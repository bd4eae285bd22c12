// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace filigree::backend {

/// Tile for a batch of N in linear layers: the whole batch rounded up to vectors if it fits into 64 lanes, else 64.
/// Kernels leave out the vectors of the last tile that hold no sample.
inline int linearTile(std::int64_t batch, int vectorWidth) {
    const std::int64_t lanes = std::clamp<std::int64_t>(batch, 1, 64);
    return static_cast<int>((lanes + vectorWidth - 1) / vectorWidth) * vectorWidth;
}

/// The tiles of a batch-tiled f32 tensor, with the lanes past the batch of the last one set to zero in a
/// copy, so that sums over all lanes are sums over the batch.
class ZeroPaddedTiles {
  public:
    explicit ZeroPaddedTiles(const Tensor& x) : data_(x.data<float>()), tile_(x.tile()) {
        const std::int64_t batch = x.dim(0);
        perSample_ = batch ? x.elements() / batch : 0;
        tiles_ = (batch + tile_ - 1) / tile_;
        const std::int64_t used = batch % tile_;
        if (used == 0 || tiles_ == 0) return;
        const float* const from = data_ + (tiles_ - 1) * perSample_ * tile_;
        last_.assign(from, from + perSample_ * tile_);
        for (std::int64_t r = 0; r < perSample_; ++r)
            std::fill(last_.begin() + r * tile_ + used, last_.begin() + (r + 1) * tile_, 0.0F);
    }
    std::int64_t count() const { return tiles_; }
    const float* operator[](std::int64_t index) const {
        return index + 1 == tiles_ && !last_.empty() ? last_.data() : data_ + index * perSample_ * tile_;
    }

  private:
    const float* data_;
    std::int64_t tile_;
    std::int64_t perSample_ = 0;
    std::int64_t tiles_ = 0;
    std::vector<float> last_;
};

}  // namespace filigree::backend
