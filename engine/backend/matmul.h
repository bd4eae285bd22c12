// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace filigree::backend {

/// C = alpha op(A) op(B) + beta C, row-major, op(A) is m x k, op(B) is k x n, op transposes where asked.
/// `lda`, `ldb`, `ldc` are the distances between rows of A, B, C as stored. C is not read when beta is 0.
/// Threaded by parallelFor over blocks of rows or columns of C (inside a parallel loop it runs on the calling
/// thread). T is float or double.
template <typename T>
void gemm(bool transposeA, bool transposeB, std::int64_t m, std::int64_t n, std::int64_t k, T alpha,
          const T* a, std::int64_t lda, const T* b, std::int64_t ldb, T beta, T* c, std::int64_t ldc);

/// op(a) op(b) of two matrices, op transposes the last two axes where asked.
/// Throws Error (Run) naming the shapes if they are not matrices or do not fit.
Tensor matmul(const Tensor& a, const Tensor& b, bool transposeA = false, bool transposeB = false);

/// The same for each of B pairs: op(a[B, m, k]) op(b[B, k, n]) -> [B, m, n].
Tensor batchedMatmul(const Tensor& a, const Tensor& b, bool transposeA = false, bool transposeB = false);

/// x[N.., in] weight[out, in]^T + bias[out] -> [N.., out]; `bias` may be undefined.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias);

}  // namespace filigree::backend
