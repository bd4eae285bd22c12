// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/vulkan/kernel.h"

namespace filigree::vulkan {

// Sums are trees of fixed shape, so that every run gives the same bits. Error against f64: 1.2e-7 (n / 64 +
// 8) times the sum of magnitudes.

/// sums[o, i] = scale sum_r x[o, r, i], x as [outer][reduced][inner].
void sum(Stream& stream, const View& x, std::uint64_t outer, std::uint64_t reduced, std::uint64_t inner,
         const View& sums, float scale = 1);
/// Largest x[o, r, i] over r (NaN if there is one) and its first position. Throws Error (Run) if the axis is
/// empty.
void maximum(Stream& stream, const View& x, std::uint64_t outer, std::uint64_t reduced, std::uint64_t inner,
             const View& value, const View& index);

/// x seen as [outer][features][inner] with the batch in tiles: [N, F], [N, C, H, W], row-major (layout.tile =
/// 1) or tiled.
struct FeatureShape {
    Layout layout;
    std::uint64_t features = 0;
    std::uint64_t pixels = 1;
    std::uint64_t inner() const { return pixels * layout.tile; }
    std::uint64_t count() const { return layout.count(features) * pixels; }
    /// Numbers per feature.
    double perFeature() const { return static_cast<double>(layout.batch * pixels); }
};

/// sums[f] = scale times the sum over all samples and pixels of x, of (x - mean[f])^2, or of x (z - mean[f]).
void featureSum(Stream& stream, const FeatureShape& shape, const View& x, const View& sums, float scale = 1);
void featureSquares(Stream& stream, const FeatureShape& shape, const View& x, const View& mean,
                    const View& sums, float scale = 1);
void featureProducts(Stream& stream, const FeatureShape& shape, const View& x, const View& z,
                     const View& mean, const View& sums, float scale = 1);

}  // namespace filigree::vulkan
