// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/row_kernels.h"

#include <cstring>

#include "backend/cpu/sparse_kernels.h"

namespace filigree::backend {

const RowKernels& rowKernels() {
    static const RowKernels& chosen = []() -> const RowKernels& {
#if defined(FILIGREE_X86_KERNELS)
        const char* const name = sparseKernels().name;
        if (std::strcmp(name, "avx512") == 0) return avx512::rowKernels;
        if (std::strcmp(name, "avx2") == 0) return avx2::rowKernels;
#endif
#if defined(__ARM_NEON) || defined(_M_ARM64)
        return neon::rowKernels;
#else
        return portable::rowKernels;
#endif
    }();
    return chosen;
}

}  // namespace filigree::backend
