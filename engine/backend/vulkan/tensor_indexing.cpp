// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/indexing.h"
#include "backend/vulkan/tensor_device.h"

/// TensorDevice: rows and elements by number.
namespace filigree::vulkan {
namespace {

IndexShape shapeAlong(const Shape& x, int axis, std::int64_t count) {
    IndexShape shape;
    for (int i = 0; i < axis; ++i) shape.outer *= static_cast<std::uint64_t>(x[i]);
    for (int i = axis + 1; i < x.rank(); ++i) shape.inner *= static_cast<std::uint64_t>(x[i]);
    shape.size = static_cast<std::uint64_t>(x[axis]);
    shape.count = static_cast<std::uint64_t>(count);
    return shape;
}

}  // namespace

Tensor TensorDevice::numbers(const Tensor& ids) {
    return contiguous(ids.onDevice() ? ids : ids.to(DType::I32).to(self()));
}

Tensor TensorDevice::indexSelect(const Tensor& x, int axis, const Tensor& ids) {
    Shape shape = x.shape();
    shape[axis] = ids.dim(0);
    Tensor result = Tensor::empty(shape, x.dtype(), self());
    selectRows(*stream_, shapeAlong(x.shape(), axis, ids.dim(0)), view(contiguous(x)), view(numbers(ids)),
               false, view(result));
    return result;
}

Tensor TensorDevice::indexAdd(const Shape& shape, int axis, const Tensor& ids, const Tensor& source) {
    Tensor result = Tensor::empty(shape, source.dtype(), self());
    addRows(*stream_, shapeAlong(shape, axis, ids.dim(0)), view(contiguous(source)), view(numbers(ids)),
            false, view(result));
    return result;
}

Tensor TensorDevice::gather(const Tensor& x, int axis, const Tensor& index) {
    Tensor result = Tensor::empty(index.shape(), x.dtype(), self());
    selectRows(*stream_, shapeAlong(x.shape(), axis, index.dim(axis)), view(contiguous(x)),
               view(numbers(index)), true, view(result));
    return result;
}

Tensor TensorDevice::scatterAdd(const Shape& shape, int axis, const Tensor& index, const Tensor& source) {
    Tensor result = Tensor::empty(shape, source.dtype(), self());
    addRows(*stream_, shapeAlong(shape, axis, index.dim(axis)), view(contiguous(source)),
            view(numbers(index)), true, view(result));
    return result;
}

}  // namespace filigree::vulkan
