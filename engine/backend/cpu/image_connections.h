// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "backend/cpu/image_planes.h"
#include "backend/sparse_pattern.h"

namespace filigree::backend::cpu {

/// Connections of a sparse convolution, listed block by block of the source, in each channel by channel of
/// the target: what the kernels of image_kernels.h walk through.
class ConnectionList {
  public:
    /// `edges`: the most there can be. `pixelsEach`: pixels of a source channel that a block of target pixels
    /// reads.
    ConnectionList(std::int64_t targetChannels, std::int64_t sourceChannels, std::int64_t edges,
                   std::int64_t pixelsEach);

    std::vector<std::uint32_t> offset, edge;
    std::vector<float> weight;

    ImageConnections view() const {
        return {bounds_.data(), blocks_, targets_ + 1, offset.data(), weight.data()};
    }
    std::int64_t blocks() const { return blocks_; }
    bool empty() const { return edge.empty(); }
    std::uint32_t bound(std::int64_t block, std::int64_t target) const {
        return bounds_[static_cast<std::size_t>(block * (targets_ + 1) + target)];
    }
    /// Connections of the targets first … last-1.
    std::int64_t count(std::int64_t first, std::int64_t last) const;

    /// Fills the list from visit(add), which calls add(target, source channel, offset, edge) for every
    /// connection, those of a target in the order that they are to have within a block. Called twice: to
    /// count and to place.
    template <typename Visit>
    void fill(const float* values, Visit&& visit) {
        const auto slot = [&](std::int64_t target, std::int64_t source) {
            return static_cast<std::size_t>(source / channelsEach_ * (targets_ + 1) + target);
        };
        visit([&](std::int64_t target, std::int64_t source, std::uint32_t, std::uint32_t) {
            ++bounds_[slot(target, source)];
        });
        const std::uint32_t total = countsToBounds();
        std::vector<std::uint32_t> free = bounds_;
        visit([&](std::int64_t target, std::int64_t source, std::uint32_t place, std::uint32_t e) {
            const std::uint32_t k = free[slot(target, source)]++;
            offset[k] = place;
            edge[k] = e;
            weight[k] = values[e];
        });
        offset.resize(total);
        edge.resize(total);
        weight.resize(total);
    }

  private:
    std::uint32_t countsToBounds();

    std::int64_t targets_, channelsEach_, blocks_;
    std::vector<std::uint32_t> bounds_;  ///< blocks x (targets + 1)
};

/// What each output channel reads in the padded `input`. `values`: one per edge.
ConnectionList forwardConnections(const ImageConvolution& s, const PaddedImages& input,
                                  const SparsePattern& pattern, const float* values);

/// Fills rows of the gradient of tile t into a slot of `padded`, from padded row `top` on, lanes past the
/// batch with zeros. Spreads its work over the threads.
using GradientRows =
    std::function<void(PaddedImages& padded, std::int64_t slot, std::int64_t t, std::int64_t top)>;

/// Called once by each thread that makes rows at the same time as others.
using MakeGradientRows = std::function<GradientRows()>;

/// Makes room for the gradient of a convolution's result: whole for each of `slots` tiles, or a strip (slots
/// = 0).
using GradientRoom = std::function<PaddedImages(std::int64_t slots)>;

/// Gradients of a sparse convolution of `images` (batch-tiled by imageTile), whose result's gradient comes
/// from `rows`: dw, one per edge, and dx, batch-tiled, unless it is undefined. The bits of dx do not depend
/// on the number of threads, those of dw do: each thread sums over images of its own where all have some.
void sparseImageGradients(const ImageConvolution& s, const Tensor& images, const SparsePattern& pattern,
                          const float* values, const GradientRoom& room, const MakeGradientRows& rows,
                          Tensor& dx, float* dw);

}  // namespace filigree::backend::cpu
