// SPDX-License-Identifier: Apache-2.0
#include "tensor/tensor.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "base/error.h"
#include "tensor/block_pool.h"
#include "tensor/copy.h"
#include "tensor/dispatch.h"

namespace filigree {
namespace {

std::atomic<std::int64_t> live{0};
std::atomic<std::int64_t> peak{0};

void count(std::int64_t bytes) {
    const std::int64_t now = live.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    std::int64_t highest = peak.load(std::memory_order_relaxed);
    while (now > highest && !peak.compare_exchange_weak(highest, now, std::memory_order_relaxed)) {
    }
}

/// Calls body(offset) for every index of `shape` in row-major order, offset = sum of index times stride.
template <typename Body>
void forEachOffset(const Shape& shape, const Shape& strides, Body&& body) {
    if (shape.elements() == 0) return;
    std::array<std::int64_t, Shape::maximumRank> index{};
    std::int64_t offset = 0;
    const int last = shape.rank() - 1;
    for (;;) {
        if (last < 0) {
            body(offset);
            return;
        }
        for (std::int64_t i = 0; i < shape[last]; ++i) body(offset + i * strides[last]);
        int axis = last - 1;
        for (; axis >= 0; --axis) {
            std::int64_t& position = index[static_cast<std::size_t>(axis)];
            offset += strides[axis];
            if (++position < shape[axis]) break;
            offset -= strides[axis] * shape[axis];
            position = 0;
        }
        if (axis < 0) return;
    }
}

/// Product of the sizes. Throws for negative sizes and for more elements than can be addressed; `padding`
/// times as many must fit, too.
std::int64_t checkedElements(const Shape& shape, std::int64_t padding = 1) {
    std::int64_t limit = std::numeric_limits<std::int64_t>::max() / 8 / padding;
    bool empty = false;
    for (const std::int64_t size : shape) {
        if (size < 0) throw Error(ErrorKind::Run, "a tensor cannot have a negative size", shape.text());
        empty = empty || size == 0;
    }
    if (empty) return 0;
    std::int64_t elements = 1;
    for (const std::int64_t size : shape) {
        if (elements > limit / size)
            throw Error(ErrorKind::Run, "a tensor of this shape is too large to address", shape.text());
        elements *= size;
    }
    return elements;
}

}  // namespace

struct Tensor::Storage {
    explicit Storage(std::size_t size) : bytes(size) {
        data = takeBlock(size);
        if (!data)
            throw Error(ErrorKind::Run,
                        "out of memory: a tensor of " + std::to_string(size) + " bytes does not fit", {},
                        "use a smaller batch or model, or close other programs");
        count(static_cast<std::int64_t>(bytes));
    }
    ~Storage() { release(); }
    void release() {
        if (!data) return;
        giveBackBlock(std::exchange(data, nullptr), bytes);
        count(-static_cast<std::int64_t>(bytes));
    }
    /// Memory of `size` bytes where `place` is.
    static std::shared_ptr<Storage> make(std::size_t size, const Device& place, const std::string& what) {
        return place ? std::make_shared<Storage>(size, place, what) : std::make_shared<Storage>(size);
    }
    Storage(std::size_t size, Device on, const std::string& what) : bytes(size), device(std::move(on)) {
        memory = device->allocate(size, what);
    }
    Storage(const Storage&) = delete;
    Storage& operator=(const Storage&) = delete;

    std::byte* data = nullptr;
    std::size_t bytes;
    Device device;  ///< null: `data` on the host, else `memory`
    std::unique_ptr<DeviceMemory> memory;
};

std::size_t sizeOf(DType type) {
    return dispatch(type, [](auto zero) { return sizeof zero; });
}

const char* nameOf(DType type) {
    switch (type) {
        case DType::F32:
            return "f32";
        case DType::F64:
            return "f64";
        case DType::I32:
            return "i32";
        case DType::I64:
            return "i64";
        case DType::U8:
            break;
    }
    return "u8";
}

MemoryUse tensorMemory() {
    return {live.load(std::memory_order_relaxed), peak.load(std::memory_order_relaxed)};
}

void resetTensorMemoryPeak() {
    peak.store(live.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

void failType(const char* operation, DType type) {
    throw Error(ErrorKind::Run,
                std::string(operation) + " is not defined for tensors of type " + nameOf(type));
}

Tensor Tensor::empty(const Shape& shape, DType type) {
    const std::int64_t elements = checkedElements(shape);
    Tensor result;
    result.storage_ = std::make_shared<Storage>(static_cast<std::size_t>(elements) * sizeOf(type));
    result.shape_ = shape;
    result.strides_ = shape.rowMajorStrides();
    result.type_ = type;
    return result;
}

Tensor Tensor::empty(const Shape& shape, DType type, const Device& device, const char* what) {
    if (!device) return empty(shape, type);
    if (type != DType::F32 && type != DType::I32)
        throw Error(ErrorKind::Run,
                    std::string("tensors of type ") + nameOf(type) + " cannot lie on " + device->name());
    const std::int64_t elements = checkedElements(shape);
    Tensor result;
    result.storage_ =
        Storage::make(static_cast<std::size_t>(elements) * sizeOf(type), device, what + (" " + shape.text()));
    result.shape_ = shape;
    result.strides_ = shape.rowMajorStrides();
    result.type_ = type;
    return result;
}

Tensor Tensor::fullLike(const Tensor& other, double value) {
    Tensor result = empty(other.shape_, other.type_, other.device());
    result.fill(value);
    return result;
}

Tensor Tensor::zeros(const Shape& shape, DType type) {
    Tensor result = empty(shape, type);
    std::memset(result.raw(), 0, result.bytes());
    return result;
}

Tensor Tensor::full(const Shape& shape, double value, DType type) {
    Tensor result = empty(shape, type);
    result.fill(value);
    return result;
}

Tensor Tensor::batchTiled(const Shape& shape, int tile, DType type) {
    if (shape.rank() < 1 || tile < 1 || (type != DType::F32 && type != DType::F64))
        throw Error(ErrorKind::Run, "batch-tiled memory needs a batch axis and a floating type",
                    shape.text());
    checkedElements(shape, tile);
    Tensor result;
    result.shape_ = shape;
    result.strides_ = shape.rowMajorStrides();
    result.type_ = type;
    result.tile_ = tile;
    const std::size_t bytes = static_cast<std::size_t>(result.paddedElements()) * sizeOf(type);
    result.storage_ = std::make_shared<Storage>(bytes);
    // Only the last tile can have lanes past the batch.
    const std::int64_t last = shape[0] % tile == 0 || shape[0] == 0 ? 0 : shape.elements() / shape[0] * tile;
    const std::size_t unused = static_cast<std::size_t>(last) * sizeOf(type);
    std::memset(static_cast<std::byte*>(result.raw()) + (bytes - unused), 0, unused);
    return result;
}

Tensor Tensor::batchTiled(const Shape& shape, int tile, const Device& device, const char* what) {
    if (!device) return batchTiled(shape, tile);
    if (shape.rank() < 1 || tile < 1)
        throw Error(ErrorKind::Run, "batch-tiled memory needs a batch axis", shape.text());
    checkedElements(shape, tile);
    Tensor result;
    result.shape_ = shape;
    result.strides_ = shape.rowMajorStrides();
    result.tile_ = tile;
    result.storage_ = Storage::make(static_cast<std::size_t>(result.paddedElements()) * sizeOf(DType::F32),
                                    device, what + (" " + shape.text()));
    return result;
}

Tensor Tensor::emptyLike(const Tensor& other) {
    if (other.tile_ == 0) return empty(other.shape_, other.type_, other.device());
    Tensor result = other;
    result.storage_ = Storage::make(static_cast<std::size_t>(other.paddedElements()) * sizeOf(other.type_),
                                    other.device(), "tensor " + other.shape_.text());
    result.offset_ = 0;
    return result;
}

template <typename T>
Tensor Tensor::from(std::span<const T> values, const Shape& shape) {
    if (static_cast<std::int64_t>(values.size()) != shape.elements())
        throw Error(ErrorKind::Run,
                    std::to_string(values.size()) + " values do not fill a tensor of shape " + shape.text());
    Tensor result = empty(shape, dtypeOf<T>());
    if (!values.empty()) std::memcpy(result.raw(), values.data(), values.size_bytes());
    return result;
}
template Tensor Tensor::from(std::span<const float>, const Shape&);
template Tensor Tensor::from(std::span<const double>, const Shape&);
template Tensor Tensor::from(std::span<const std::int32_t>, const Shape&);
template Tensor Tensor::from(std::span<const std::int64_t>, const Shape&);
template Tensor Tensor::from(std::span<const std::uint8_t>, const Shape&);

std::int64_t Tensor::paddedElements() const {
    if (tile_ == 0 || shape_[0] == 0) return elements();
    const std::int64_t perSample = elements() / shape_[0];
    return (shape_[0] + tile_ - 1) / tile_ * tile_ * perSample;
}

bool Tensor::isContiguous() const {
    if (tile_ != 0) return false;
    if (elements() == 0) return true;
    std::int64_t step = 1;
    for (int i = rank() - 1; i >= 0; --i) {
        if (shape_[i] != 1 && strides_[i] != step) return false;
        step *= shape_[i];
    }
    return true;
}

void Tensor::requireType(DType type) const {
    if (!defined()) throw Error(ErrorKind::Run, "the tensor has no value");
    if (type != type_)
        throw Error(ErrorKind::Run,
                    std::string("the tensor holds ") + nameOf(type_) + ", not " + nameOf(type),
                    "a tensor of shape " + shape_.text());
}

std::byte* Tensor::address() const {
    if (!storage_) throw Error(ErrorKind::Run, "the tensor has no value");
    if (storage_->device)
        throw Error(ErrorKind::Run, "this computation has no kernel for " + storage_->device->name(),
                    "a tensor of shape " + shape_.text(), "compute on the CPU");
    return storage_->data + static_cast<std::size_t>(offset_) * sizeOf(type_);
}

Tensor::Device Tensor::device() const {
    return storage_ ? storage_->device : nullptr;
}

DeviceMemory& Tensor::deviceMemory() const {
    if (!onDevice())
        throw Error(ErrorKind::Run, "the tensor does not lie on a device", "shape " + shape_.text());
    return *storage_->memory;
}

void* Tensor::raw() {
    return address();
}
const void* Tensor::raw() const {
    return address();
}

template <typename T>
std::span<T> Tensor::values() {
    if (!isContiguous())
        throw Error(ErrorKind::Run, "the tensor is not contiguous", "shape " + shape_.text());
    return {data<T>(), static_cast<std::size_t>(elements())};
}
template <typename T>
std::span<const T> Tensor::values() const {
    if (!isContiguous())
        throw Error(ErrorKind::Run, "the tensor is not contiguous", "shape " + shape_.text());
    return {data<T>(), static_cast<std::size_t>(elements())};
}
template std::span<float> Tensor::values();
template std::span<double> Tensor::values();
template std::span<std::int32_t> Tensor::values();
template std::span<std::int64_t> Tensor::values();
template std::span<std::uint8_t> Tensor::values();
template std::span<const float> Tensor::values() const;
template std::span<const double> Tensor::values() const;
template std::span<const std::int32_t> Tensor::values() const;
template std::span<const std::int64_t> Tensor::values() const;
template std::span<const std::uint8_t> Tensor::values() const;

double Tensor::item() const {
    if (elements() != 1)
        throw Error(ErrorKind::Run, "only a tensor of one element has a single value",
                    "shape " + shape_.text());
    return toDoubles().front();
}

std::vector<double> Tensor::toDoubles() const {
    const Tensor wide = host().to(DType::F64).contiguous();
    const auto span = wide.values<double>();
    return {span.begin(), span.end()};
}

Tensor Tensor::clone() const {
    if (tile_ == 0) {
        Tensor result = empty(shape_, type_, device());
        result.copyFrom(*this);
        return result;
    }
    Tensor result = emptyLike(*this);
    if (onDevice())
        result.copyFrom(*this);
    else
        std::memcpy(result.raw(), raw(), static_cast<std::size_t>(paddedElements()) * sizeOf(type_));
    return result;
}

Tensor Tensor::strided() const {
    if (tile_ == 0) return *this;
    Tensor result = empty(shape_, type_, device());
    result.copyFrom(*this);
    return result;
}

Tensor Tensor::contiguous() const {
    return isContiguous() ? *this : tile_ != 0 ? strided() : clone();
}

Tensor Tensor::tiled(int tile) const {
    if (tile_ == tile) return *this;
    Tensor result = onDevice() ? batchTiled(shape_, tile, device()) : batchTiled(shape_, tile, type_);
    result.copyFrom(*this);
    return result;
}

Tensor Tensor::to(DType type) const {
    if (type == type_) return *this;
    Tensor result = tile_ != 0 && (type == DType::F32 || type == DType::F64) ? batchTiled(shape_, tile_, type)
                                                                             : empty(shape_, type);
    result.copyFrom(*this);
    return result;
}

Tensor Tensor::to(const Device& place) const {
    if (place == device()) return *this;
    Tensor result = empty(shape_, type_, place);
    result.copyFrom(*this);
    return result;
}

void Tensor::moveTo(const Device& place) {
    if (place == device()) return;
    if (tile_ != 0) throw Error(ErrorKind::Run, "only strided memory can move to another device");
    // All of the storage, whatever part of it this tensor sees.
    Tensor whole = *this;
    whole.shape_ = {static_cast<std::int64_t>(storage_->bytes / sizeOf(type_))};
    whole.strides_ = {1};
    whole.offset_ = 0;
    const Tensor moved = whole.to(place);
    storage_->release();
    storage_->data = std::exchange(moved.storage_->data, nullptr);
    storage_->memory = std::move(moved.storage_->memory);
    storage_->device = std::exchange(moved.storage_->device, nullptr);
}

Tensor Tensor::reshape(Shape shape) const {
    const Shape asked = shape;
    int open = -1;
    for (int i = 0; i < shape.rank(); ++i) {
        if (shape[i] != -1) continue;
        if (open != -1)
            throw Error(ErrorKind::Run, "only one size of a reshape may be left open", asked.text());
        open = i;
        shape[i] = 1;
    }
    const std::int64_t known = checkedElements(shape);
    if (open != -1 && known > 0) shape[open] = elements() / known;
    if ((open != -1 && known == 0) || shape.elements() != elements())
        throw Error(ErrorKind::Run, "reshape must keep the number of elements",
                    shape_.text() + " to " + asked.text());
    const bool keepsBatch = tile_ != 0 && shape.rank() >= 1 && rank() >= 1 && shape[0] == shape_[0];
    Tensor result = keepsBatch ? *this : contiguous();
    result.shape_ = shape;
    result.strides_ = shape.rowMajorStrides();
    return result;
}

Tensor Tensor::permute(std::span<const int> order) const {
    Tensor result = strided();
    if (static_cast<int>(order.size()) != rank())
        throw Error(ErrorKind::Run, "permute needs every axis once", "a tensor of shape " + shape_.text());
    std::array<bool, Shape::maximumRank> seen{};
    const Shape shape = result.shape_;
    const Shape strides = result.strides_;
    for (int i = 0; i < rank(); ++i) {
        const int from = shape.axis(order[static_cast<std::size_t>(i)]);
        if (std::exchange(seen[static_cast<std::size_t>(from)], true))
            throw Error(ErrorKind::Run, "permute needs every axis once",
                        "a tensor of shape " + shape_.text());
        result.shape_[i] = shape[from];
        result.strides_[i] = strides[from];
    }
    return result;
}

Tensor Tensor::transpose(int a, int b) const {
    std::array<int, Shape::maximumRank> order{};
    for (int i = 0; i < rank(); ++i) order[static_cast<std::size_t>(i)] = i;
    std::swap(order[static_cast<std::size_t>(shape_.axis(a))],
              order[static_cast<std::size_t>(shape_.axis(b))]);
    return permute(std::span<const int>(order.data(), static_cast<std::size_t>(rank())));
}

Tensor Tensor::slice(int axis, std::int64_t first, std::int64_t last, std::int64_t step) const {
    const int a = shape_.axis(axis);
    if (first < 0 || last < first || last > shape_[a] || step < 1)
        throw Error(ErrorKind::Run,
                    "the slice " + std::to_string(first) + ":" + std::to_string(last) + ":" +
                        std::to_string(step) + " does not lie within axis " + std::to_string(a),
                    "a tensor of shape " + shape_.text());
    Tensor result = strided();
    result.offset_ += first * result.strides_[a];
    result.shape_[a] = last == first ? 0 : (last - first - 1) / step + 1;
    if (result.shape_[a] > 1) result.strides_[a] *= step;
    return result;
}

Tensor Tensor::expand(const Shape& shape) const {
    checkedElements(shape);
    if (!(broadcast(shape_, shape) == shape))
        throw Error(ErrorKind::Run, "the tensor cannot be expanded", shape_.text() + " to " + shape.text());
    Tensor result = strided();
    const Shape oldShape = result.shape_;
    const Shape oldStrides = result.strides_;
    result.shape_ = shape;
    result.strides_ = shape;
    const int offset = shape.rank() - oldShape.rank();
    for (int i = 0; i < shape.rank(); ++i) {
        const bool repeated = i < offset || (oldShape[i - offset] == 1 && shape[i] != 1);
        result.strides_[i] = repeated ? 0 : oldStrides[i - offset];
    }
    return result;
}

Tensor Tensor::unsqueeze(int axis) const {
    Tensor result = strided();
    const int a = axis < 0 ? axis + rank() + 1 : axis;
    if (a < 0 || a > rank())
        throw Error(ErrorKind::Run, "no place for a new axis", "a tensor of shape " + shape_.text());
    Shape shape, strides;
    for (int i = 0; i <= rank(); ++i) {
        if (i == a) {
            shape.append(1);
            strides.append(1);
        }
        if (i == rank()) break;
        shape.append(result.shape_[i]);
        strides.append(result.strides_[i]);
    }
    result.shape_ = shape;
    result.strides_ = strides;
    return result;
}

void Tensor::fill(double value) {
    if (const Device place = device()) return place->fill(*this, value);
    dispatch(type_, [&](auto zero) {
        using T = decltype(zero);
        T* const begin = data<T>();
        if (tile_ != 0 || isContiguous())
            std::fill_n(begin, paddedElements(), convertElement<T>(value));
        else
            forEachOffset(shape_, strides_,
                          [&](std::int64_t offset) { begin[offset] = convertElement<T>(value); });
    });
}

void Tensor::copyFrom(const Tensor& source) {
    if (!(source.shape_ == shape_))
        throw Error(ErrorKind::Run, "cannot copy between tensors of different shape",
                    source.shape_.text() + " to " + shape_.text());
    if (!defined() || !source.defined()) throw Error(ErrorKind::Run, "the tensor has no value");
    const Device place = device() ? device() : source.device();
    if (place)
        place->copy(*this, source);
    else
        copyElements(*this, source);
}

}  // namespace filigree
