// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace filigree::backend {

/// The inner loops of layers on images, and of the measure of the machine's own peak, compiled once for each
/// instruction set and chosen with the sparse kernels (FILIGREE_ISA). Memory is batch-tiled: a pixel is
/// `imageTile` neighbouring floats, one per image.
inline constexpr int imageTile = 16;

struct ImageKernels {
    const char* name;

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
