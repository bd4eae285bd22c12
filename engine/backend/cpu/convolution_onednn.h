// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/cpu/convolution_im2col.h"

namespace filigree::backend::cpu {

/// True if this build convolves f32 with oneDNN; otherwise the functions below must not be called.
bool hasLibraryConvolution();

// f32 convolution by oneDNN on contiguous arrays: one block of the batch per thread of our own pool, each
// computed by oneDNN on that thread alone. Throws Error (Run) with oneDNN's message.

/// `bias` may be null.
void convolveByLibrary(const ConvolutionSizes& s, const float* x, const float* weight, const float* bias,
                       float* y);
void inputGradientByLibrary(const ConvolutionSizes& s, const float* gradY, const float* weight, float* gradX);
/// The blocks' partial gradients are added up in order.
void weightGradientByLibrary(const ConvolutionSizes& s, const float* x, const float* gradY,
                             float* gradWeight);

}  // namespace filigree::backend::cpu
