// SPDX-License-Identifier: Apache-2.0
#include "sparse/forward_part.h"

#include <utility>

#include "tensor/dispatch.h"

namespace filigree::sparse {

ForwardPart::ForwardPart(const Topology& all, std::vector<std::uint32_t> edges, bool linear)
    : rows_(all.rows()), columns_(all.columns()), edges_(std::move(edges)) {
    const backend::SparsePattern whole = all.pattern();
    rowStart_.reserve(whole.rowStart.size());
    rowStart_.push_back(0);
    column_.resize(edges_.size());
    std::size_t next = 0;
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows_); ++row) {
        for (; next < edges_.size() && edges_[next] < whole.rowStart[row + 1]; ++next)
            column_[next] = whole.column[edges_[next]];
        rowStart_.push_back(static_cast<std::uint32_t>(next));
    }
    if (linear) schedule_ = backend::LinearSchedule::forwardOnly(pattern());
}

backend::SparsePattern ForwardPart::pattern() const {
    return {rows_, columns_, rowStart_, column_, {}, {}, {}, nullptr};
}

Tensor ForwardPart::gather(const Tensor& values) const {
    const Tensor from = values.contiguous();
    Tensor result = Tensor::empty({static_cast<std::int64_t>(edges_.size())}, values.dtype());
    dispatchFloating(values.dtype(), "values of the forward product", [&](auto zero) {
        using T = decltype(zero);
        const T* const in = from.data<T>();
        T* const out = result.data<T>();
        for (std::size_t i = 0; i < edges_.size(); ++i) out[i] = in[edges_[i]];
    });
    return result;
}

std::int64_t ForwardPart::bytes() const {
    return static_cast<std::int64_t>(4 * (edges_.size() + rowStart_.size() + column_.size())) +
           schedule_.bytes();
}

}  // namespace filigree::sparse
