// SPDX-License-Identifier: Apache-2.0
#include "sparse/forward_part.h"

#include <algorithm>
#include <utility>

#include "tensor/dispatch.h"

namespace filigree::sparse {

ForwardPart::ForwardPart(const Topology& all, Tensor shown, bool linear) : shown_(std::move(shown)) {
    const std::uint8_t* const isShown = std::as_const(shown_).data<std::uint8_t>();
    std::vector<std::uint32_t> positions = all.positions();
    std::size_t count = 0;
    for (std::size_t e = 0; e < positions.size(); ++e) {
        positions[count] = positions[e];
        count += isShown[e];
    }
    positions.resize(count);
    topology_ = Topology(all.rows(), all.columns(), positions, Topology::Lists::Rows);
    if (linear) schedule_ = backend::LinearSchedule::byRowsOnly(topology_.pattern());
}

void ForwardPart::prepareWayBack(const Topology& all) const {
    if (schedule_.walksColumns()) return;
    schedule_ = backend::LinearSchedule(topology_.pattern());
    const backend::SparsePattern whole = all.pattern(), part = topology_.pattern();
    for (std::size_t row = 0; row < whole.rowStart.size(); ++row)
        hiddenStart_.push_back(whole.rowStart[row] - part.rowStart[row]);
    const std::vector<std::uint32_t> columns = hiddenColumns(all);
    hiddenSchedule_ = backend::LinearSchedule::byRowsOnly(
        {all.rows(), all.columns(), hiddenStart_, columns, {}, {}, {}, nullptr});
}

std::vector<std::uint32_t> ForwardPart::hiddenColumns(const Topology& all) const {
    const std::span<const std::uint32_t> column = all.pattern().column;
    const std::uint8_t* const isShown = std::as_const(shown_).data<std::uint8_t>();
    std::vector<std::uint32_t> columns(column.size() - static_cast<std::size_t>(topology_.edges()));
    // Half of them, without a pattern that a processor could predict: no branches.
    std::size_t count = 0;
    for (std::size_t e = 0; count < columns.size(); ++e) {
        columns[count] = column[e];
        count += 1U - isShown[e];
    }
    return columns;
}

Tensor ForwardPart::gather(const Tensor& values) const {
    const Tensor from = values.contiguous();
    Tensor result = Tensor::empty({topology_.edges()}, values.dtype());
    const std::uint8_t* const isShown = std::as_const(shown_).data<std::uint8_t>();
    dispatchFloating(values.dtype(), "values of the forward product", [&](auto zero) {
        using T = decltype(zero);
        const T* const in = from.data<T>();
        T* const out = result.data<T>();
        const std::int64_t wanted = topology_.edges();
        std::int64_t count = 0;
        for (std::int64_t e = 0; count < wanted; ++e) {
            out[count] = in[e];
            count += isShown[e];
        }
    });
    return result;
}

backend::SparseLinearGradients ForwardPart::backward(const Tensor& x, const Tensor& gradient,
                                                     const Topology& all,
                                                     const backend::SparseSchedule& schedule,
                                                     const Tensor& gathered,
                                                     backend::InputGradient wanted) const {
    if (wanted == backend::InputGradient::None)
        return {Tensor(), Tensor(), backend::sparseLinearValueGradient(x, gradient, all.pattern(), schedule)};
    prepareWayBack(all);
    // In f32 the schedule has the columns.
    const std::vector<std::uint32_t> columns =
        x.dtype() == DType::F32 ? std::vector<std::uint32_t>() : hiddenColumns(all);
    const backend::SparsePattern hidden{all.rows(), all.columns(), hiddenStart_, columns, {}, {},
                                        {},         nullptr};
    const Tensor rest = backend::sparseLinearValueGradient(x, gradient, hidden, hiddenSchedule_.view());
    // Last: the gradient of the input may take its place.
    backend::SparseLinearGradients result =
        backend::sparseLinearBackward(x, gradient, pattern(), schedule_.view(), gathered, wanted);
    Tensor total = Tensor::empty({all.edges()}, gathered.dtype());
    const std::uint8_t* const isShown = std::as_const(shown_).data<std::uint8_t>();
    dispatchFloating(gathered.dtype(), "gradient of a layer that hides weights", [&](auto zero) {
        using T = decltype(zero);
        const T* fromShown = std::as_const(result.values).template data<T>();
        const T* fromHidden = rest.data<T>();
        T* const out = total.data<T>();
        const std::int64_t edges = all.edges();
        for (std::int64_t e = 0; e < edges; ++e) {
            const std::uint8_t is = isShown[e];
            const T* const from = is ? fromShown : fromHidden;
            out[e] = *from;
            fromShown += is;
            fromHidden += 1 - is;
        }
    });
    result.values = std::move(total);
    return result;
}

std::int64_t ForwardPart::bytes() const {
    return topology_.bytes() + schedule_.bytes() + hiddenSchedule_.bytes() +
           4 * static_cast<std::int64_t>(hiddenStart_.size());
}

}  // namespace filigree::sparse
