// SPDX-License-Identifier: Apache-2.0
// Compiled with the flags of this instruction set where the target processor family has it, empty elsewhere.
#if defined(__AVX2__)
#define FILIGREE_ISA_NAME "avx2"
#include "backend/cpu/row_kernels_impl.h"
#endif
