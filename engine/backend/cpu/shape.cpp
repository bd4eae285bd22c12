// SPDX-License-Identifier: Apache-2.0
#include "backend/shape.h"

#include <string>
#include <vector>

#include "base/error.h"

namespace filigree::backend {

Tensor concatenate(std::span<const Tensor> parts, int axis) {
    if (parts.empty()) throw Error(ErrorKind::Run, "concatenate needs at least one tensor");
    Shape shape = parts.front().shape();
    const int along = shape.axis(axis);
    shape[along] = 0;
    for (const Tensor& part : parts) {
        Shape others = part.shape();
        if (others.rank() == shape.rank()) others[along] = shape[along];
        if (!(others == shape) || part.dtype() != parts.front().dtype())
            throw Error(ErrorKind::Run,
                        "concatenate: the tensors differ in more than axis " + std::to_string(along),
                        parts.front().shape().text() + " " + nameOf(parts.front().dtype()) + " and " +
                            part.shape().text() + " " + nameOf(part.dtype()));
        shape[along] += part.dim(along);
    }
    Tensor result = Tensor::empty(shape, parts.front().dtype(), parts.front().device());
    std::int64_t position = 0;
    for (const Tensor& part : parts) {
        Tensor place = result.slice(along, position, position + part.dim(along));
        place.copyFrom(part);
        position += part.dim(along);
    }
    return result;
}

Tensor pad2d(const Tensor& x, const Padding2d& padding) {
    if (x.rank() < 2 || padding.top < 0 || padding.bottom < 0 || padding.left < 0 || padding.right < 0)
        throw Error(ErrorKind::Run,
                    "pad2d needs a tensor of at least 2 axes and padding that is not negative",
                    x.shape().text());
    Shape shape = x.shape();
    shape[shape.rank() - 2] += padding.top + padding.bottom;
    shape[shape.rank() - 1] += padding.left + padding.right;
    Tensor result = Tensor::empty(shape, x.dtype(), x.device());
    result.fill(0);
    Tensor place = result.slice(-2, padding.top, padding.top + x.dim(-2))
                       .slice(-1, padding.left, padding.left + x.dim(-1));
    place.copyFrom(x);
    return result;
}

}  // namespace filigree::backend
