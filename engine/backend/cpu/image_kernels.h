// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace filigree::backend {

/// The inner loops of layers on images, and of the measure of the machine's own peak, compiled once for each
/// instruction set and chosen with the sparse kernels (FILIGREE_ISA). Memory is batch-tiled: a pixel is
/// `imageTile` neighbouring floats, one per image.
inline constexpr int imageTile = 16;

/// A grid of target pixels and the steps in floats between neighbours: of the target and of the source that
/// each target pixel reads (plus an offset per connection).
struct ImageWalk {
    std::int64_t height = 0, width = 0;
    std::int64_t targetRow = 0, targetColumn = 0;
    std::int64_t sourceRow = 0, sourceColumn = 0;
};

/// Connections of the channels first … last-1, and what they read: those of channel o in block b are
/// bounds[b stride + o] … bounds[(b + 1) stride + o] - 1. A block of connections reads as much of the source
/// as the first-level cache holds.
struct ImageConnections {
    const std::uint32_t* bounds = nullptr;
    std::int64_t blocks = 1, stride = 0;
    const std::uint32_t* offset = nullptr;  ///< of each connection in the source, in floats
    const float* weight = nullptr;          ///< of each connection
};

/// Batch norm of one channel, z = (x - mean) scale + shift, then ReLU or not; and its way back,
/// dx = slope dz + tilt (x - mean) + level.
struct NormalizedPlane {
    float mean = 0, scale = 1, shift = 0;
    bool relu = false;
    float slope = 1, tilt = 0, level = 0;
};

struct ImageKernels {
    const char* name;

    /// y[o][p] = bias[o] + sum over the connections k of channel o of weight[k] x[offset[k] + p's source];
    /// `bias` may be null. Planes of y lie `plane` floats apart. `scratch`: `scratchEach` floats per channel.
    void (*sparseGather)(const ImageConnections& connections, const float* bias, const float* x, float* y,
                         std::int64_t plane, const ImageWalk& walk, float* scratch, std::int64_t first,
                         std::int64_t last);

    /// Gradients in one pass over the connections k of channels c = first … last-1, those that read channel
    /// c:
    ///   dx[c][p] = sum of weight[k] dy[offset[k] + p's source]     (unless dx is null),
    ///   lanes of k += dy[offset[k] + p's source] x[c][p] lane by lane, over all p,
    /// with `sumLanes` floats per connection, block by block, in each channel by channel. Planes of x and dx
    /// lie `plane` floats apart.
    void (*sparseGradients)(const ImageConnections& connections, const float* dy, const float* x, float* dx,
                            float* lanes, std::int64_t plane, const ImageWalk& walk, float* scratch,
                            std::int64_t first, std::int64_t last);

    /// As sparseGather with all `taps` connections in every channel: weight[o taps + k]. With `weightsStay`
    /// the loop over pixels is the inner one: for many weights on few pixels.
    void (*denseGather)(std::int64_t taps, const std::uint32_t* offset, const float* weight,
                        const float* bias, const float* x, float* y, std::int64_t plane,
                        const ImageWalk& walk, bool weightsStay, std::int64_t first, std::int64_t last);

    /// lanes[(o - first) taps + k] += dy[o][p] x[offset[k] + p's source] lane by lane over all p, with
    /// `sumLanes` floats per pair; the walk's target is dy, whose planes lie `plane` floats apart.
    void (*denseCorrelate)(std::int64_t taps, const std::uint32_t* offset, const float* x, const float* dy,
                           float* lanes, std::int64_t plane, const ImageWalk& walk, std::int64_t first,
                           std::int64_t last);

    /// Floats of scratch memory per target channel.
    std::int64_t scratchEach;
    /// Floats that a sum over lanes is kept in by the functions above, and their end: to[i] = sum of the
    /// `sumLanes` floats from lanes[i sumLanes] on.
    int sumLanes;
    void (*reduceLanes)(const float* lanes, std::int64_t count, float* to);
    /// Channels that denseCorrelate and denseGather take at a time.
    int channelStep;

    // One plane of a tile: `pixels` times imageTile floats, or height x width pixels. Sums are [imageTile],
    // one per lane.
    void (*planeSums)(const float* x, std::int64_t pixels, float* sums);
    /// Sums of (x - centre)^2.
    void (*planeSquares)(const float* x, std::int64_t pixels, float centre, float* sums);
    /// y = z, or ReLU(z), of x (and `added`, unless null, added to z before the ReLU).
    void (*normalizePlane)(const NormalizedPlane& n, const float* x, const float* added, float* y,
                           std::int64_t pixels);
    /// Largest ReLU(z) of each 2 x 2 window; y has height / 2 x width / 2 pixels.
    void (*normalizeAndPoolPlane)(const NormalizedPlane& n, const float* x, float* y, std::int64_t height,
                                  std::int64_t width);
    /// The x of each 2 x 2 window that a max pool after batch norm comes from, by the sign of its scale: the
    /// largest
    /// (+), the smallest (-) or the first (0).
    void (*windowExtremes)(const float* x, float sign, float* y, std::int64_t height, std::int64_t width);
    /// With dz the gradient of z: sums of dz and of dz (x - mean). ReLU is known from x, or from y > 0 where
    /// y is not null; then dz is written.
    void (*gradientSums)(const NormalizedPlane& n, const float* x, const float* y, const float* gradY,
                         float* dz, std::int64_t pixels, float* sums, float* products);
    /// After pooling, from its result alone: sums of dz and of dz y.
    void (*pooledGradientSums)(const float* y, const float* gradY, std::int64_t pixels, float* sums,
                               float* products);
    /// After pooling, from x: sums of dz and of dz (x - mean).
    void (*windowGradientSums)(const NormalizedPlane& n, const float* x, const float* gradY,
                               std::int64_t height, std::int64_t width, float* sums, float* products);
    void (*gradientPlane)(const NormalizedPlane& n, const float* x, const float* gradY, float* dx,
                          std::int64_t pixels);
    /// Rows of dx lie `dxLine` floats apart. In place (dx = x) if that is the width.
    void (*windowGradientPlane)(const NormalizedPlane& n, const float* x, const float* gradY, float* dx,
                                std::int64_t dxLine, std::int64_t height, std::int64_t width);

    /// As many multiply-adds from registers as the processor can do; returns their number (two operations
    /// each).
    double (*multiplyAdds)(std::int64_t rounds, float* sink);
    /// Sum of `count` floats (a multiple of 64), as fast as memory gives them.
    float (*stream)(const float* from, std::int64_t count);
};

/// The set of the same name as sparseKernels().
const ImageKernels& imageKernels();

namespace portable {
extern const ImageKernels imageKernels;
}
namespace avx2 {
extern const ImageKernels imageKernels;
}
namespace avx512 {
extern const ImageKernels imageKernels;
}
namespace neon {
extern const ImageKernels imageKernels;
}

}  // namespace filigree::backend
