// SPDX-License-Identifier: Apache-2.0
// Compiled with the flags that the whole program has: plain loops on x86, NEON on 64-bit ARM.
#if defined(__ARM_NEON) || defined(_M_ARM64)
#define FILIGREE_ISA_NAME "neon"
#else
#define FILIGREE_ISA_NAME "portable"
#endif
#include "backend/cpu/sparse_kernels_impl.h"
