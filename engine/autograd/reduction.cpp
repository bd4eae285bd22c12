// SPDX-License-Identifier: Apache-2.0
#include "autograd/reduction.h"

#include <string>

#include "autograd/elementwise.h"
#include "backend/elementwise.h"
#include "backend/indexing.h"
#include "backend/reduction.h"
#include "base/error.h"

namespace filigree::autograd {
namespace {

using backend::Unary;

/// Shape of the sum over the axes with axes of size 1 kept. backend::sum has checked the axes.
Shape keptShape(Shape shape, const std::vector<int>& axes) {
    for (int i = 0; axes.empty() && i < shape.rank(); ++i) shape[i] = 1;
    for (const int axis : axes) shape[shape.axis(axis)] = 1;
    return shape;
}

}  // namespace

Variable sum(const Variable& x, const std::vector<int>& axes, bool keepAxes) {
    return Variable::result(backend::sum(x.value(), axes, keepAxes), {x},
                            [kept = keptShape(x.shape(), axes)](const Tensor& g, std::span<Variable> inputs) {
                                inputs[0].accumulate(g.reshape(kept).expand(inputs[0].shape()));
                            });
}

Variable mean(const Variable& x, const std::vector<int>& axes, bool keepAxes) {
    const Variable total = sum(x, axes, keepAxes);
    if (x.value().elements() == 0)
        throw Error(ErrorKind::Run, "the mean of no elements does not exist",
                    "a tensor of shape " + x.shape().text());
    return scale(total,
                 static_cast<double>(total.value().elements()) / static_cast<double>(x.value().elements()));
}

Variable variance(const Variable& x, const std::vector<int>& axes, bool keepAxes, int correction) {
    const Tensor total = backend::sum(x.value(), axes, true);
    const double count = total.elements() == 0 ? 0
                                               : static_cast<double>(x.value().elements()) /
                                                     static_cast<double>(total.elements());
    if (!(count > correction))
        throw Error(ErrorKind::Run,
                    "the variance of " + std::to_string(static_cast<std::int64_t>(count)) +
                        " elements with correction " + std::to_string(correction) + " does not exist",
                    "a tensor of shape " + x.shape().text());
    const double factor = 1 / (count - correction);
    Tensor centred = backend::subtract(x.value(), backend::apply(Unary::Scale, total, 1 / count));
    Tensor value = backend::apply(
        Unary::Scale, backend::sum(backend::apply(Unary::Square, centred), axes, keepAxes), factor);
    return Variable::result(
        value, {x}, [kept = total.shape(), centred, factor](const Tensor& g, std::span<Variable> inputs) {
            inputs[0].accumulate(
                backend::multiply(backend::apply(Unary::Scale, centred, 2 * factor), g.reshape(kept)));
        });
}

Variable max(const Variable& x, int axis, bool keepAxes) {
    backend::Maximum maximum = backend::max(x.value(), axis, keepAxes);
    return Variable::result(maximum.value, {x},
                            [kept = keptShape(x.shape(), {axis}), axis, index = maximum.index](
                                const Tensor& g, std::span<Variable> inputs) {
                                inputs[0].accumulate(backend::scatterAdd(
                                    inputs[0].shape(), axis, index.reshape(kept), g.reshape(kept)));
                            });
}

}  // namespace filigree::autograd
