// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/tensor_device.h"

#include <array>
#include <bit>
#include <cmath>
#include <optional>

#include "backend/vulkan/shape.h"

namespace filigree::vulkan {
namespace {

struct TensorMemory final : DeviceMemory {
    explicit TensorMemory(Array made) : array(std::move(made)) {}
    Array array;
};

View storageOf(const Tensor& x) {
    return static_cast<TensorMemory&>(x.deviceMemory()).array.view();
}

/// The elements of a contiguous or batch-tiled tensor, wherever they begin: for copies.
View elementsOf(const Tensor& x) {
    return storageOf(x).part(static_cast<std::uint64_t>(x.offset()),
                             static_cast<std::uint64_t>(x.paddedElements()));
}

bool isPlain(const Tensor& x) {
    const bool begins = static_cast<std::uint64_t>(x.offset()) % Array::alignment == 0;
    return begins && (x.tile() != 0 || x.isContiguous());
}

/// Strided memory as at most four nested loops.
struct Loops {
    std::array<std::uint32_t, 4> size{1, 1, 1, 1}, stride{0, 0, 0, 0};
};

/// None if there are more.
std::optional<Loops> loopsOf(const Tensor& x) {
    std::array<std::int64_t, Shape::maximumRank> size{}, stride{};
    std::size_t count = 0;
    for (int axis = 0; axis < x.rank(); ++axis) {
        const std::int64_t n = x.shape()[axis], s = x.strides()[axis];
        if (n == 1) continue;
        if (count > 0 && stride[count - 1] == n * s) {
            size[count - 1] *= n;
            stride[count - 1] = s;
        } else {
            size[count] = n;
            stride[count++] = s;
        }
    }
    if (count > 4) return {};
    Loops loops;
    for (std::size_t i = 0; i < count; ++i) {
        loops.size[4 - count + i] = u32(static_cast<std::uint64_t>(size[i]));
        loops.stride[4 - count + i] = u32(static_cast<std::uint64_t>(stride[i]));
    }
    return loops;
}

std::uint64_t featuresPerSample(const Tensor& x) {
    return x.dim(0) > 0 ? static_cast<std::uint64_t>(x.elements() / x.dim(0)) : 0;
}

template <typename Body>
void withNumbers(DType type, Body&& body) {
    if (type == DType::F32)
        body(float{});
    else
        body(std::int32_t{});
}

}  // namespace

std::shared_ptr<TensorDevice> TensorDevice::open(const DeviceOptions& options) {
    return std::make_shared<TensorDevice>(vulkan::Device::open(options));
}

TensorDevice::TensorDevice(std::shared_ptr<vulkan::Device> device)
    : stream_(std::make_unique<Stream>(std::move(device))) {}

std::string TensorDevice::name() const {
    return stream_->device().info().name;
}

std::unique_ptr<DeviceMemory> TensorDevice::allocate(std::size_t bytes, const std::string& what) {
    return std::make_unique<TensorMemory>(stream_->make((bytes + 3) / 4, what));
}

int TensorDevice::preferredTile(std::int64_t batch) const {
    return batch >= 64 ? 64 : 32;
}

View TensorDevice::view(const Tensor& x) const {
    if (!isPlain(x))
        throw Error(ErrorKind::Run, "a kernel cannot be given this part of a tensor",
                    "shape " + x.shape().text());
    return elementsOf(x);
}

Tensor TensorDevice::plain(const Tensor& x) {
    const Tensor here = x.to(self());
    if (isPlain(here)) return here;
    return here.tile() != 0 ? here.strided() : here.clone();
}

Tensor TensorDevice::contiguous(const Tensor& x) {
    return plain(plain(x).contiguous());
}

Tensor TensorDevice::tiled(const Tensor& x, int tile) {
    const Tensor here = plain(x);
    return here.tile() == tile ? here : here.tiled(tile);
}

Tensor TensorDevice::tiled(const Tensor& x) {
    // Columns of a whole tile of images must fit one array: narrow tiles there.
    return tiled(x, x.tile() != 0 ? x.tile() : x.rank() == 4 ? 32 : preferredTile(x.dim(0)));
}

Layout TensorDevice::layoutOf(const Tensor& x) {
    return {static_cast<std::uint64_t>(x.dim(0)), x.tile() != 0 ? static_cast<std::uint64_t>(x.tile()) : 1};
}

void TensorDevice::copy(Tensor& to, const Tensor& from) {
    if (to.elements() == 0) return;
    if (from.onDevice() && to.onDevice()) {
        if (from.device() != to.device())
            throw Error(ErrorKind::Run, "tensors of two devices cannot be copied to each other");
        if (from.dtype() != to.dtype())
            throw Error(ErrorKind::Run, "a device does not convert types", "shape " + to.shape().text());
        return copyHere(to, from);
    }
    const Tensor& there = from.onDevice() ? to : from;  // on the host
    Tensor ordered = from.onDevice() ? contiguous(from) : Tensor();
    if (from.onDevice()) {
        Tensor arrived = there.isContiguous() && there.dtype() == from.dtype()
                             ? to
                             : Tensor::empty(from.shape(), from.dtype());
        withNumbers(from.dtype(),
                    [&](auto zero) { stream_->read(view(ordered), arrived.values<decltype(zero)>()); });
        if (!arrived.sharesStorageWith(to)) to.copyFrom(arrived);
        return;
    }
    const Tensor sent = from.to(to.dtype()).contiguous();
    Tensor target = to.tile() == 0 && to.isContiguous() ? to : Tensor::empty(to.shape(), to.dtype(), self());
    withNumbers(to.dtype(),
                [&](auto zero) { stream_->write(elementsOf(target), sent.values<decltype(zero)>()); });
    if (!target.sharesStorageWith(to)) copyHere(to, target);
}

void TensorDevice::copyHere(Tensor& to, const Tensor& from) {
    if (to.tile() != 0 && to.tile() == from.tile()) {
        stream_->copy(elementsOf(from), elementsOf(to));
    } else if (to.tile() != 0 && from.tile() == 0) {
        vulkan::tile(*stream_, view(contiguous(from)), view(to), layoutOf(to), featuresPerSample(to));
    } else if (from.tile() != 0) {
        Tensor rows = to.tile() == 0 && isPlain(to) ? to : Tensor::empty(to.shape(), to.dtype(), self());
        untile(*stream_, view(from), view(rows), layoutOf(from), featuresPerSample(from));
        if (!rows.sharesStorageWith(to)) copyHere(to, rows);
    } else if (to.isContiguous() && from.isContiguous()) {
        stream_->copy(elementsOf(from), elementsOf(to));
    } else {
        // From or to places with gaps: the storage from the first element on, moved to where it can be bound.
        const Tensor& gaps = from.isContiguous() ? to : from;
        const std::optional<Loops> loops = loopsOf(gaps);
        if (!loops) return copyParts(to, from);
        const View whole = storageOf(gaps);
        const auto first = static_cast<std::uint64_t>(gaps.offset());
        const View rest = whole.part(first, whole.count - first);
        const bool binds = first % Array::alignment == 0;
        const Array moved = binds ? Array() : stream_->make(rest.count, "part of a tensor");
        if (!binds) stream_->copy(rest, moved);
        const View places = binds ? rest : moved.view();
        if (!from.isContiguous()) {
            Tensor rows = isPlain(to) ? to : Tensor::empty(to.shape(), to.dtype(), self());
            copyStrided(*stream_, places, loops->size, loops->stride, view(rows));
            if (!rows.sharesStorageWith(to)) copyHere(to, rows);
        } else {
            spreadStrided(*stream_, view(plain(from)), loops->size, loops->stride, places);
            if (!binds) stream_->copy(moved, rest);
        }
    }
}

void TensorDevice::copyParts(Tensor& to, const Tensor& from) {
    // More axes than the kernel has: along the shortest one they go one by one.
    int axis = -1;
    for (int i = 0; i < to.rank(); ++i)
        if (to.dim(i) > 1 && (axis < 0 || to.dim(i) < to.dim(axis))) axis = i;
    for (std::int64_t i = 0; i < to.dim(axis); ++i) {
        Tensor part = to.slice(axis, i, i + 1);
        copyHere(part, from.slice(axis, i, i + 1));
    }
}

void TensorDevice::fill(Tensor& to, double value) {
    if (to.elements() == 0) return;
    if (to.tile() == 0 && !to.isContiguous()) {
        Tensor values = Tensor::empty(to.shape(), to.dtype(), self());
        fill(values, value);
        return copyHere(to, values);
    }
    const std::uint32_t bits = to.dtype() == DType::F32
                                   ? std::bit_cast<std::uint32_t>(static_cast<float>(value))
                                   : static_cast<std::uint32_t>(std::llround(value));
    stream_->fill(elementsOf(to), bits);
}

}  // namespace filigree::vulkan
