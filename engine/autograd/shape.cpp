// SPDX-License-Identifier: Apache-2.0
#include "autograd/shape.h"

#include "backend/reduction.h"
#include "base/error.h"

namespace filigree::autograd {

Variable reshape(const Variable& x, const Shape& shape) {
    return Variable::result(x.value().reshape(shape), {x}, [](const Tensor& g, std::span<Variable> inputs) {
        inputs[0].accumulate(g.reshape(inputs[0].shape()));
    });
}

Variable permute(const Variable& x, const std::vector<int>& order) {
    Tensor value = x.value().permute(order);
    std::vector<int> back(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        back[static_cast<std::size_t>(x.shape().axis(order[i]))] = static_cast<int>(i);
    return Variable::result(value, {x}, [back](const Tensor& g, std::span<Variable> inputs) {
        inputs[0].accumulate(g.permute(back));
    });
}

Variable transpose(const Variable& x, int a, int b) {
    return Variable::result(
        x.value().transpose(a, b), {x},
        [a, b](const Tensor& g, std::span<Variable> inputs) { inputs[0].accumulate(g.transpose(a, b)); });
}

Variable slice(const Variable& x, int axis, std::int64_t first, std::int64_t last, std::int64_t step) {
    return Variable::result(x.value().slice(axis, first, last, step), {x},
                            [=](const Tensor& g, std::span<Variable> inputs) {
                                Tensor gradient = Tensor::fullLike(inputs[0].value(), 0);
                                Tensor place = gradient.slice(axis, first, last, step);
                                place.copyFrom(g);
                                inputs[0].accumulate(gradient);
                            });
}

Variable concatenate(const std::vector<Variable>& parts, int axis) {
    std::vector<Tensor> values;
    for (const Variable& part : parts) values.push_back(part.value());
    return Variable::result(backend::concatenate(values, axis), parts,
                            [axis](const Tensor& g, std::span<Variable> inputs) {
                                std::int64_t position = 0;
                                const Tensor rows = g.strided();
                                for (Variable& input : inputs) {
                                    const std::int64_t end = position + input.dim(axis);
                                    if (input.needsGradient())
                                        input.accumulate(rows.slice(axis, position, end));
                                    position = end;
                                }
                            });
}

Variable stack(const std::vector<Variable>& parts, int axis) {
    if (parts.empty()) throw Error(ErrorKind::Run, "stack needs at least one tensor");
    const int rank = parts.front().value().rank() + 1;
    const int along = axis < 0 ? axis + rank : axis;
    std::vector<Variable> slices;
    for (const Variable& part : parts) {
        if (!(part.shape() == parts.front().shape()) || along < 0 || along >= rank)
            throw Error(ErrorKind::Run, "stack needs tensors of one shape and a place for the new axis",
                        parts.front().shape().text() + " and " + part.shape().text());
        Shape shape;
        for (int i = 0; i < rank; ++i) shape.append(i == along ? 1 : part.shape()[i < along ? i : i - 1]);
        slices.push_back(reshape(part, shape));
    }
    return concatenate(slices, along);
}

Variable expand(const Variable& x, const Shape& shape) {
    return Variable::result(x.value().expand(shape), {x}, [](const Tensor& g, std::span<Variable> inputs) {
        inputs[0].accumulate(backend::sumTo(g, inputs[0].shape()));
    });
}

Variable flatten(const Variable& x, int fromAxis) {
    const int from = x.shape().axis(fromAxis);
    Shape shape;
    std::int64_t joined = 1;
    for (int i = 0; i < x.shape().rank(); ++i) {
        if (i < from)
            shape.append(x.shape()[i]);
        else
            joined *= x.shape()[i];
    }
    shape.append(joined);
    return reshape(x, shape);
}

Variable pad2d(const Variable& x, const Padding2d& padding) {
    return Variable::result(
        backend::pad2d(x.value(), padding), {x}, [padding](const Tensor& g, std::span<Variable> inputs) {
            const Shape& shape = inputs[0].shape();
            const std::int64_t height = shape[shape.rank() - 2], width = shape[shape.rank() - 1];
            inputs[0].accumulate(
                g.slice(-2, padding.top, padding.top + height).slice(-1, padding.left, padding.left + width));
        });
}

}  // namespace filigree::autograd
