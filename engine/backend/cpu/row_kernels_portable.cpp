// SPDX-License-Identifier: Apache-2.0
#if defined(__ARM_NEON) || defined(_M_ARM64)
#define FILIGREE_ISA_NAME "neon"
#else
#define FILIGREE_ISA_NAME "portable"
#endif
#include "backend/cpu/row_kernels_impl.h"
