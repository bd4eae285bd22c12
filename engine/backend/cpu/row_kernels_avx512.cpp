// SPDX-License-Identifier: Apache-2.0
// Compiled with the flags of this instruction set where the target processor family has it, empty elsewhere.
#if defined(__AVX512F__)
#define FILIGREE_ISA_NAME "avx512"
#include "backend/cpu/row_kernels_impl.h"
#endif
