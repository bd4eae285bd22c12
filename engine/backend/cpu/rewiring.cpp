// SPDX-License-Identifier: Apache-2.0
#include "backend/rewiring.h"

#include <algorithm>
#include <string>

#include "backend/device_kernels.h"
#include "base/error.h"
#include "base/parallel.h"

namespace filigree::backend {
namespace {

/// Calls body(edge, position) for all edges, rows side by side.
template <typename Body>
void forEachEdge(const SparsePattern& p, Body&& body) {
    constexpr std::int64_t worthwhile = 32768;
    const std::int64_t grain =
        std::max<std::int64_t>(1, worthwhile * p.rows / std::max<std::int64_t>(1, p.edges()));
    parallelFor(0, p.rows, grain, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t row = first; row < last; ++row) {
            const auto r = static_cast<std::size_t>(row);
            const auto start = static_cast<std::size_t>(row * p.columns);
            for (std::size_t e = p.rowStart[r]; e < p.rowStart[r + 1]; ++e) body(e, start + p.column[e]);
        }
    });
}

}  // namespace

Tensor rearrange(const Tensor& values, std::span<const std::int64_t> source) {
    const auto foreign = std::find_if(source.begin(), source.end(), [&](std::int64_t from) {
        return from < -1 || from >= values.elements();
    });
    if (foreign != source.end())
        throw Error(ErrorKind::Run, "there is no value " + std::to_string(*foreign) + " to take over",
                    "values of shape " + values.shape().text());
    if (DeviceKernels* const device = kernelsOf(values)) return device->rearrange(values, source);
    Tensor result = Tensor::zeros({static_cast<std::int64_t>(source.size())}, values.dtype());
    const Tensor old = values.contiguous();
    dispatchFloating(values.dtype(), "rearrange", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = old.data<T>();
        T* const to = result.data<T>();
        for (std::size_t i = 0; i < source.size(); ++i)
            if (source[i] >= 0) to[i] = from[source[i]];
    });
    return result;
}

Tensor scatterEdges(const Tensor& values, const SparsePattern& pattern, const Shape& shape) {
    if (DeviceKernels* const device = kernelsOf(values)) return device->scatterEdges(values, pattern, shape);
    Tensor result = Tensor::zeros(shape, values.dtype());
    const Tensor source = values.contiguous();
    dispatchFloating(values.dtype(), "scatter of edges", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = source.data<T>();
        T* const to = result.data<T>();
        forEachEdge(pattern, [&](std::size_t edge, std::size_t position) { to[position] = from[edge]; });
    });
    return result;
}

Tensor gatherEdges(const Tensor& dense, const SparsePattern& pattern) {
    if (DeviceKernels* const device = kernelsOf(dense)) return device->gatherEdges(dense, pattern);
    Tensor result = Tensor::empty({pattern.edges()}, dense.dtype());
    const Tensor source = dense.contiguous();
    dispatchFloating(dense.dtype(), "gather of edges", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = source.data<T>();
        T* const to = result.data<T>();
        forEachEdge(pattern, [&](std::size_t edge, std::size_t position) { to[edge] = from[position]; });
    });
    return result;
}

}  // namespace filigree::backend
