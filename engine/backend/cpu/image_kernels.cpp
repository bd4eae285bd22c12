// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/image_kernels.h"

#include <cstring>

#include "backend/cpu/sparse_kernels.h"

namespace filigree::backend {

const ImageKernels& imageKernels() {
    static const ImageKernels& chosen = []() -> const ImageKernels& {
#if defined(FILIGREE_X86_KERNELS)
        const char* const name = sparseKernels().name;
        if (std::strcmp(name, "avx512") == 0) return avx512::imageKernels;
        if (std::strcmp(name, "avx2") == 0) return avx2::imageKernels;
#endif
#if defined(__ARM_NEON) || defined(_M_ARM64)
        return neon::imageKernels;
#else
        return portable::imageKernels;
#endif
    }();
    return chosen;
}

}  // namespace filigree::backend
