// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/convolution.h"

namespace filigree::backend::cpu {

/// Sizes of one convolution, all at least 1.
struct ConvolutionSizes {
    std::int64_t batch, channels, height, width;
    std::int64_t outputs, kernelHeight, kernelWidth;
    std::int64_t outHeight, outWidth;
    Conv2dOptions options;

    std::int64_t channelsEach() const { return channels / options.groups; }
    std::int64_t outputsEach() const { return outputs / options.groups; }
    std::int64_t imageSize() const { return channels * height * width; }
    std::int64_t resultSize() const { return outputs * outHeight * outWidth; }
    std::int64_t weightSize() const { return outputs * channelsEach() * kernelHeight * kernelWidth; }
};

// Convolution by unfolding windows into columns and a matrix product, on contiguous arrays. Reference for
// f64, and for f32 where no library does it. Bits depend on the number of threads in the weight gradient
// only.

/// `bias` may be null.
template <typename T>
void convolveByColumns(const ConvolutionSizes& s, const T* x, const T* weight, const T* bias, T* y);
template <typename T>
void inputGradientByColumns(const ConvolutionSizes& s, const T* gradY, const T* weight, T* gradX);
template <typename T>
void weightGradientByColumns(const ConvolutionSizes& s, const T* x, const T* gradY, T* gradWeight);

}  // namespace filigree::backend::cpu
