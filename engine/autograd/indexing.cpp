// SPDX-License-Identifier: Apache-2.0
#include "autograd/indexing.h"

#include <algorithm>
#include <string>

#include "autograd/elementwise.h"
#include "autograd/shape.h"
#include "backend/elementwise.h"
#include "backend/indexing.h"
#include "base/error.h"

namespace filigree::autograd {

Variable embedding(const Variable& weight, const Tensor& ids) {
    if (weight.shape().rank() != 2)
        throw Error(ErrorKind::Run, "embedding needs a weight [V, D]", "weight " + weight.shape().text());
    Shape shape = ids.shape();
    shape.append(weight.dim(1));
    return reshape(indexSelect(weight, 0, ids.reshape({ids.elements()})), shape);
}

Variable gather(const Variable& x, int axis, const Tensor& index) {
    return Variable::result(backend::gather(x.value(), axis, index), {x},
                            [axis, index](const Tensor& g, std::span<Variable> inputs) {
                                inputs[0].accumulate(backend::scatterAdd(inputs[0].shape(), axis, index, g));
                            });
}

Variable indexSelect(const Variable& x, int axis, const Tensor& ids) {
    return Variable::result(backend::indexSelect(x.value(), axis, ids), {x},
                            [axis, ids](const Tensor& g, std::span<Variable> inputs) {
                                inputs[0].accumulate(backend::indexAdd(inputs[0].shape(), axis, ids, g));
                            });
}

Variable scatterAdd(const Shape& shape, int axis, const Tensor& index, const Variable& source) {
    return Variable::result(backend::scatterAdd(shape, axis, index, source.value()), {source},
                            [axis, index](const Tensor& g, std::span<Variable> inputs) {
                                inputs[0].accumulate(backend::gather(g, axis, index));
                            });
}

namespace {

void requireRows(const char* operation, const Variable& x, const Tensor& ids, std::int64_t count) {
    if (x.shape().rank() != 2 || !(ids.shape() == Shape{x.dim(0)}) || count < 0)
        throw Error(
            ErrorKind::Run,
            std::string(operation) + " needs rows [E, D], ids [E] and a count that is not negative",
            "rows " + x.shape().text() + ", ids " + ids.shape().text() + ", count " + std::to_string(count));
}

}  // namespace

Variable segmentSum(const Variable& x, const Tensor& ids, std::int64_t count) {
    requireRows("segmentSum", x, ids, count);
    return Variable::result(backend::indexAdd({count, x.dim(1)}, 0, ids, x.value()), {x},
                            [ids](const Tensor& g, std::span<Variable> inputs) {
                                inputs[0].accumulate(backend::indexSelect(g, 0, ids));
                            });
}

Variable segmentMean(const Variable& x, const Tensor& ids, std::int64_t count) {
    requireRows("segmentMean", x, ids, count);
    // An empty segment has sum 0: dividing by 1 leaves it so.
    const Tensor members =
        backend::apply(backend::Unary::Clamp, backend::segmentCount(ids, count, x.value().dtype()), 1,
                       static_cast<double>(std::max<std::int64_t>(1, x.dim(0))));
    return divide(segmentSum(x, ids, count), Variable(members.reshape({count, 1})));
}

Variable segmentMax(const Variable& x, const Tensor& ids, std::int64_t count) {
    requireRows("segmentMax", x, ids, count);
    backend::SegmentMaximum maximum = backend::segmentMax(x.value(), ids, count);
    return Variable::result(
        maximum.value, {x}, [index = maximum.index](const Tensor& g, std::span<Variable> inputs) {
            // An empty segment has no row: its gradient goes to a row that is cut off again.
            const Shape& shape = inputs[0].shape();
            Tensor rows = index.clone();
            for (std::int64_t& row : rows.values<std::int64_t>())
                if (row < 0) row = shape[0];
            const Tensor gradient = backend::scatterAdd({shape[0] + 1, shape[1]}, 0, rows, g);
            inputs[0].accumulate(gradient.slice(0, 0, shape[0]));
        });
}

}  // namespace filigree::autograd
