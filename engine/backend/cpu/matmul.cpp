// SPDX-License-Identifier: Apache-2.0
#include "backend/matmul.h"

#include <Eigen/Core>
#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

#ifdef FILIGREE_ONEDNN
#include <dnnl.h>
#endif

#include "backend/cpu/library_threads.h"
#include "backend/cpu/memory_order.h"
#include "backend/device_kernels.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/profile.h"

namespace filigree::backend {
namespace {

using Index = std::int64_t;

template <typename T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <typename T>
using MatrixView = Eigen::Map<const Matrix<T>, Eigen::Unaligned, Eigen::OuterStride<>>;

template <typename T>
void blockByEigen(bool transposeA, bool transposeB, Index m, Index n, Index k, T alpha, const T* a, Index lda,
                  const T* b, Index ldb, T beta, T* c, Index ldc) {
    Eigen::Map<Matrix<T>, Eigen::Unaligned, Eigen::OuterStride<>> result(c, m, n, Eigen::OuterStride<>(ldc));
    if (beta == T{0})
        result.setZero();
    else if (beta != T{1})
        result *= beta;
    const MatrixView<T> left(a, transposeA ? k : m, transposeA ? m : k, Eigen::OuterStride<>(lda));
    const MatrixView<T> right(b, transposeB ? n : k, transposeB ? k : n, Eigen::OuterStride<>(ldb));
    if (transposeA && transposeB)
        result.noalias() += alpha * left.transpose() * right.transpose();
    else if (transposeA)
        result.noalias() += alpha * left.transpose() * right;
    else if (transposeB)
        result.noalias() += alpha * left * right.transpose();
    else
        result.noalias() += alpha * left * right;
}

/// One block of C on the calling thread.
template <typename T>
void block(bool transposeA, bool transposeB, Index m, Index n, Index k, T alpha, const T* a, Index lda,
           const T* b, Index ldb, T beta, T* c, Index ldc) {
#ifdef FILIGREE_ONEDNN
    if constexpr (std::is_same_v<T, float>) {
        const cpu::SingleThreadedLibrary here;
        const dnnl_status_t status = dnnl_sgemm(transposeA ? 'T' : 'N', transposeB ? 'T' : 'N', m, n, k,
                                                alpha, a, lda, b, ldb, beta, c, ldc);
        if (status != dnnl_success)
            throw Error(ErrorKind::Run,
                        "the matrix product failed (oneDNN status " + std::to_string(status) + ")",
                        std::to_string(m) + " x " + std::to_string(k) + " x " + std::to_string(n));
        return;
    }
#endif
    blockByEigen(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

/// A matrix in memory as gemm takes it.
template <typename T>
struct Operand {
    Tensor held;
    const T* data;
    Index step;
    bool transposed;
};

/// Rows and columns with one of the two contiguous need no copy: a transposed view becomes a flag.
template <typename T>
Operand<T> operandOf(const Tensor& x) {
    Tensor held = x.strided();
    const Index rows = held.dim(0), columns = held.dim(1);
    const auto usable = [](Index inner, Index innerSize, Index outer, Index outerSize) {
        return (inner == 1 || innerSize == 1) && (outer >= std::max<Index>(1, innerSize) || outerSize == 1);
    };
    const Index down = held.strides()[0], across = held.strides()[1];
    bool transposed = false;
    Index step = std::max<Index>(down, columns);
    if (!usable(across, columns, down, rows)) {
        if (usable(down, rows, across, columns)) {
            transposed = true;
            step = std::max<Index>(across, rows);
        } else {
            held = held.contiguous();
            step = columns;
        }
    }
    const T* const data = std::as_const(held).data<T>();
    return {std::move(held), data, std::max<Index>(1, step), transposed};
}

void requireMatrices(const char* operation, const Tensor& a, const Tensor& b, int rank, bool transposeA,
                     bool transposeB) {
    const auto fail = [&](const std::string& message) {
        throw Error(ErrorKind::Run, std::string(operation) + ": " + message,
                    a.shape().text() + (transposeA ? " transposed" : "") + " and " + b.shape().text() +
                        (transposeB ? " transposed" : ""));
    };
    if (a.rank() != rank || b.rank() != rank) fail("needs tensors of " + std::to_string(rank) + " axes");
    if (a.dtype() != b.dtype()) fail("the two operands hold different types");
    if (rank == 3 && a.dim(0) != b.dim(0)) fail("the numbers of matrices differ");
    if (a.dim(transposeA ? -2 : -1) != b.dim(transposeB ? -1 : -2)) fail("the inner sizes differ");
}

}  // namespace

template <typename T>
void gemm(bool transposeA, bool transposeB, Index m, Index n, Index k, T alpha, const T* a, Index lda,
          const T* b, Index ldb, T beta, T* c, Index ldc) {
    if (m <= 0 || n <= 0) return;
    if (k <= 0 || alpha == T{0}) {
        for (Index i = 0; i < m; ++i)
            for (Index j = 0; j < n; ++j) c[i * ldc + j] = beta == T{0} ? T{0} : beta * c[i * ldc + j];
        return;
    }
    // Blocks are cut at multiples of the micro-kernel's height and each is worth a few ten microseconds.
    constexpr Index strip = 16;
    constexpr Index flopsEach = Index{1} << 20;
    const bool byRows = m >= n;
    const Index strips = ((byRows ? m : n) + strip - 1) / strip;
    const Index stripFlops = 2 * strip * (byRows ? n : m) * k;
    parallelFor(0, strips, std::max<Index>(1, flopsEach / stripFlops), [&](Index first, Index last) {
        const Index begin = first * strip;
        const Index end = std::min((byRows ? m : n), last * strip);
        if (byRows)
            block(transposeA, transposeB, end - begin, n, k, alpha, a + (transposeA ? begin : begin * lda),
                  lda, b, ldb, beta, c + begin * ldc, ldc);
        else
            block(transposeA, transposeB, m, end - begin, k, alpha, a, lda,
                  b + (transposeB ? begin * ldb : begin), ldb, beta, c + begin, ldc);
    });
}

template void gemm(bool, bool, Index, Index, Index, float, const float*, Index, const float*, Index, float,
                   float*, Index);
template void gemm(bool, bool, Index, Index, Index, double, const double*, Index, const double*, Index,
                   double, double*, Index);

Tensor matmul(const Tensor& a, const Tensor& b, bool transposeA, bool transposeB) {
    if (DeviceKernels* const device = kernelsOf(a)) return device->matmul(a, b, transposeA, transposeB);
    requireMatrices("matmul", a, b, 2, transposeA, transposeB);
    const Index m = a.dim(transposeA ? 1 : 0), n = b.dim(transposeB ? 0 : 1), k = a.dim(transposeA ? 0 : 1);
    Tensor result = Tensor::empty({m, n}, a.dtype());
    const profile::Operation timed("matrix product", 2.0 * static_cast<double>(m * n * k),
                                   cpu::bytesOf(a, b, result));
    dispatchFloating(a.dtype(), "matmul", [&](auto zero) {
        using T = decltype(zero);
        const Operand<T> left = operandOf<T>(a), right = operandOf<T>(b);
        gemm<T>(transposeA != left.transposed, transposeB != right.transposed, m, n, k, T{1}, left.data,
                left.step, right.data, right.step, T{0}, result.data<T>(), std::max<Index>(1, n));
    });
    return result;
}

Tensor batchedMatmul(const Tensor& a, const Tensor& b, bool transposeA, bool transposeB) {
    if (DeviceKernels* const device = kernelsOf(a))
        return device->batchedMatmul(a, b, transposeA, transposeB);
    requireMatrices("batchedMatmul", a, b, 3, transposeA, transposeB);
    const Index count = a.dim(0), m = a.dim(transposeA ? 2 : 1), n = b.dim(transposeB ? 1 : 2),
                k = a.dim(transposeA ? 1 : 2);
    const Tensor left = a.contiguous(), right = b.contiguous();
    Tensor result = Tensor::empty({count, m, n}, a.dtype());
    const profile::Operation timed("batched matrix product", 2.0 * static_cast<double>(count * m * n * k),
                                   cpu::bytesOf(a, b, result));
    dispatchFloating(a.dtype(), "batchedMatmul", [&](auto zero) {
        using T = decltype(zero);
        const T* const x = left.data<T>();
        const T* const y = right.data<T>();
        T* const to = result.data<T>();
        const auto product = [&](Index i) {
            gemm<T>(transposeA, transposeB, m, n, k, T{1}, x + i * m * k, std::max<Index>(1, left.dim(2)),
                    y + i * k * n, std::max<Index>(1, right.dim(2)), T{0}, to + i * m * n,
                    std::max<Index>(1, n));
        };
        // Many products are spread over the threads whole, few are each spread by gemm.
        if (count >= threadCount())
            parallelFor(0, count, cpu::grainOf(m * n * k / 16), [&](Index first, Index last) {
                for (Index i = first; i < last; ++i) product(i);
            });
        else
            for (Index i = 0; i < count; ++i) product(i);
    });
    return result;
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->linear(x, weight, bias);
    const auto fail = [&](const std::string& message) {
        throw Error(ErrorKind::Run, "linear: " + message,
                    "input " + x.shape().text() + ", weight " + weight.shape().text() +
                        (bias.defined() ? ", bias " + bias.shape().text() : ""));
    };
    if (weight.rank() != 2 || x.rank() < 1) fail("needs a weight of 2 axes and an input of at least one");
    if (x.dim(-1) != weight.dim(1)) fail("the input has not as many features as the weight has columns");
    if (bias.defined() && !(bias.shape() == Shape{weight.dim(0)}))
        fail("the bias does not have one number per output");
    if (weight.dtype() != x.dtype() || (bias.defined() && bias.dtype() != x.dtype()))
        fail("the operands hold different types");
    const Index in = weight.dim(1), out = weight.dim(0);
    Shape shape = x.shape();
    shape[shape.rank() - 1] = out;
    Tensor result = Tensor::empty(shape, x.dtype());
    Index rows = 1;
    for (int i = 0; i + 1 < shape.rank(); ++i) rows *= shape[i];
    const profile::Operation timed("linear", 2.0 * static_cast<double>(rows * in * out),
                                   cpu::bytesOf(x, weight, result));
    const Tensor matrix = x.rank() == 2 ? x : x.contiguous().reshape({rows, in});
    dispatchFloating(x.dtype(), "linear", [&](auto zero) {
        using T = decltype(zero);
        const Operand<T> left = operandOf<T>(matrix), right = operandOf<T>(weight);
        T* const to = result.data<T>();
        if (bias.defined()) {
            const Tensor terms = bias.contiguous();
            const T* const b = terms.data<T>();
            parallelFor(0, rows, cpu::grainOf(out), [&](Index first, Index last) {
                for (Index r = first; r < last; ++r) std::copy_n(b, out, to + r * out);
            });
        }
        gemm<T>(left.transposed, !right.transposed, rows, out, in, T{1}, left.data, left.step, right.data,
                right.step, bias.defined() ? T{1} : T{0}, to, std::max<Index>(1, out));
    });
    return result;
}

}  // namespace filigree::backend
