// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "backend/vulkan/kernel.h"
#include "backend/vulkan/sparse_linear.h"

namespace filigree::vulkan {

/// A window that slides over images [batch, channels, height, width] in batch-tiled memory
/// [batch / tile][channels][height][width][tile] (tile 1: row-major). Axes are (height, width).
struct WindowShape {
    Layout layout;
    std::uint64_t channels = 1;  ///< of the input
    std::uint64_t outputs = 1;   ///< channels of the output
    std::array<std::uint64_t, 2> image{1, 1};
    std::array<std::uint64_t, 2> kernel{1, 1};
    std::array<std::uint64_t, 2> stride{1, 1};
    std::array<std::uint64_t, 2> padding{0, 0};

    /// (image + 2 padding - kernel) / stride + 1, rounded down; 0 if the kernel does not fit.
    std::array<std::uint64_t, 2> outImage() const;
    std::uint64_t pixels() const { return image[0] * image[1]; }
    std::uint64_t outPixels() const { return outImage()[0] * outImage()[1]; }
    std::uint64_t columns() const { return channels * kernel[0] * kernel[1]; }
    std::uint64_t inputCount() const { return layout.count(channels) * pixels(); }
    std::uint64_t outputCount() const { return layout.count(outputs) * outPixels(); }
};

/// What shaders/compute/convolution.glsl calls Window. Throws Error (Run) naming `operation` if the window
/// does not fit.
struct WindowConstants {
    std::uint32_t channels, outputs, height, width, outHeight, outWidth, kernelHeight, kernelWidth, strideY,
        strideX, padY, padX, batch, tile;
};
WindowConstants constantsOf(const char* operation, const WindowShape& shape);

// Convolutions as backend/convolution.h and backend/sparse_convolution.h define them, groups 1. Lanes past
// the batch of results are 0, those of arguments are not read. Errors against f64: 1.2e-7 (terms + 2) times
// the sum of the terms' magnitudes.

/// Dense, weight [outputs, columns]: columns of one batch tile at a time in `workspace` [columns outPixels
/// tile], then a matrix product. bias [outputs] or null.
void convolution(Stream& stream, const WindowShape& shape, const View& x, const View& weight,
                 const View* bias, const View& y, const View& workspace);
void convolutionInputGradient(Stream& stream, const WindowShape& shape, const View& dy, const View& weight,
                              const View& dx, const View& workspace);
void convolutionWeightGradient(Stream& stream, const WindowShape& shape, const View& x, const View& dy,
                               const View& dw, const View& workspace);

/// Over the non-zeros of the weight alone, `pattern` being the matrix outputs x columns: 2 batch outPixels
/// edges operations.
void sparseConvolution(Stream& stream, const WindowShape& shape, const DevicePattern& pattern,
                       const View& values, const View& x, const View* bias, const View& y);
void sparseConvolutionInputGradient(Stream& stream, const WindowShape& shape, const DevicePattern& pattern,
                                    const View& values, const View& dy, const View& dx);
void sparseConvolutionValueGradient(Stream& stream, const WindowShape& shape, const DevicePattern& pattern,
                                    const View& x, const View& dy, const View& dw);

}  // namespace filigree::vulkan
