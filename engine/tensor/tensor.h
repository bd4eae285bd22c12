// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tensor/device.h"
#include "tensor/shape.h"

namespace filigree {

enum class DType : std::uint8_t { F32, F64, I32, I64, U8 };

std::size_t sizeOf(DType type);
/// "f32", "f64", "i32", "i64", "u8".
const char* nameOf(DType type);

template <typename T>
constexpr DType dtypeOf();
template <>
constexpr DType dtypeOf<float>() {
    return DType::F32;
}
template <>
constexpr DType dtypeOf<double>() {
    return DType::F64;
}
template <>
constexpr DType dtypeOf<std::int32_t>() {
    return DType::I32;
}
template <>
constexpr DType dtypeOf<std::int64_t>() {
    return DType::I64;
}
template <>
constexpr DType dtypeOf<std::uint8_t>() {
    return DType::U8;
}

/// Bytes held by tensors of this process, so that a test (and a run's record) can count what training needs.
struct MemoryUse {
    std::int64_t liveBytes = 0;
    std::int64_t peakBytes = 0;
};
MemoryUse tensorMemory();
/// Sets the peak to what is live now.
void resetTensorMemoryPeak();

/// An n-dimensional array: type, shape, memory order and shared storage. Copies share storage; `clone` does
/// not.
///
/// Logical shapes follow PyTorch ([N, F], [N, C, H, W], …) whatever the order in memory:
/// - *strided*: element (i, j, …) lies at offset + i s0 + j s1 + … ;
/// - *batch-tiled* with tile width T (tile() > 0): element (n, r) of [N, rest] lies at ((n / T) R + r) T + n
/// % T with
///   R = elements per sample and r the row-major index in the rest. The axis that a sparse product runs
///   along, the batch, is then contiguous. Lanes past N hold unspecified finite values. Kernels of `backend/`
///   alone look at this; everything else asks for `strided()` or does not care.
///
/// A tensor lies in the memory of the host, or in that of a device (device() is not null): then only the
/// functions of `backend/` that the device has kernels for, copies and what changes the shape alone can be
/// used, and its numbers cannot be touched (Error, Run) before they are brought to the `host()`.
class Tensor {
  public:
    using Device = std::shared_ptr<ComputeDevice>;

    /// No value at all: defined() is false.
    Tensor() = default;

    /// Uninitialised memory. Throws Error (Run) on negative sizes or when memory runs out.
    static Tensor empty(const Shape& shape, DType type = DType::F32);
    /// The same on a device (null: the host). `what` tells people which tensor found no room.
    static Tensor empty(const Shape& shape, DType type, const Device& device, const char* what = "tensor");
    /// `value` everywhere, of the shape, type and device of another; strided.
    static Tensor fullLike(const Tensor& other, double value);
    static Tensor zeros(const Shape& shape, DType type = DType::F32);
    static Tensor full(const Shape& shape, double value, DType type = DType::F32);
    static Tensor scalar(double value, DType type = DType::F32) { return full({}, value, type); }
    /// Uninitialised batch-tiled memory for a tensor whose first axis is the batch; if lanes lie past the
    /// batch, the last tile is zero. Floating types only.
    static Tensor batchTiled(const Shape& shape, int tile, DType type = DType::F32);
    /// The same on a device, where nothing is set to zero.
    static Tensor batchTiled(const Shape& shape, int tile, const Device& device, const char* what = "tensor");
    /// Uninitialised memory for a tensor of the shape, type and memory order of another (contiguous if that
    /// is strided). Whoever fills it must fill the lanes past the batch as well.
    static Tensor emptyLike(const Tensor& other);

    template <typename T>
    static Tensor from(std::span<const T> values, const Shape& shape);
    template <typename T>
    static Tensor from(const std::vector<T>& values, const Shape& shape) {
        return from(std::span<const T>(values), shape);
    }

    bool defined() const { return storage_ != nullptr; }
    /// Where it lies; null: in the memory of the host.
    Device device() const;
    bool onDevice() const { return device() != nullptr; }
    /// The device's memory of this tensor's storage, and where in it the first element lies. Throws Error
    /// (Run) on the host.
    DeviceMemory& deviceMemory() const;
    std::int64_t offset() const { return offset_; }
    DType dtype() const { return type_; }
    bool isFloating() const { return type_ == DType::F32 || type_ == DType::F64; }
    const Shape& shape() const { return shape_; }
    /// Strides in elements; meaningless for a batch-tiled tensor.
    const Shape& strides() const { return strides_; }
    int rank() const { return shape_.rank(); }
    std::int64_t dim(int axis) const { return shape_[shape_.axis(axis)]; }
    std::int64_t elements() const { return shape_.elements(); }
    std::size_t bytes() const { return static_cast<std::size_t>(elements()) * sizeOf(type_); }

    /// Width of the batch tile, 0 for strided memory.
    int tile() const { return tile_; }
    /// Number of elements in memory including the lanes that pad the last tile (batch-tiled), else
    /// elements().
    std::int64_t paddedElements() const;
    /// Row-major and without gaps.
    bool isContiguous() const;

    /// First element. Type-checked: throws Error (Run) if T is not the dtype.
    template <typename T>
    T* data();
    template <typename T>
    const T* data() const;
    /// All elements; contiguous tensors only.
    template <typename T>
    std::span<T> values();
    template <typename T>
    std::span<const T> values() const;
    void* raw();
    const void* raw() const;

    /// The single element of a one-element tensor, as a double.
    double item() const;
    /// Row-major copy of all elements converted to double.
    std::vector<double> toDoubles() const;

    /// A deep copy in the same memory order (contiguous if it was strided with gaps).
    Tensor clone() const;
    /// Itself if strided, else a row-major copy.
    Tensor strided() const;
    /// Itself if contiguous, else a row-major copy.
    Tensor contiguous() const;
    /// Itself if already batch-tiled with this width, else a copy. Rank >= 2, floating types.
    Tensor tiled(int tile) const;
    Tensor to(DType type) const;
    /// Itself if it lies there, else a copy; null: the host. A copy on the host is strided.
    Tensor to(const Device& device) const;
    Tensor host() const { return to(Device()); }
    /// Moves the storage to a device (or the host), and with it every tensor that shares it. Strided memory
    /// only.
    void moveTo(const Device& device);

    /// Same elements, other shape; one size may be -1. Shares storage when memory allows: contiguous, or
    /// batch-tiled with the batch axis kept. Throws Error (Run) when the number of elements differs.
    Tensor reshape(Shape shape) const;
    /// Axes in a new order; shares storage (of a strided copy if batch-tiled).
    Tensor permute(std::span<const int> order) const;
    Tensor transpose(int a, int b) const;
    /// Elements first … last-1 (with a step >= 1) of one axis; shares storage (of a strided copy if
    /// batch-tiled).
    Tensor slice(int axis, std::int64_t first, std::int64_t last, std::int64_t step = 1) const;
    /// Repeats axes of size 1 without copying; `shape` as `broadcast` allows.
    Tensor expand(const Shape& shape) const;
    Tensor unsqueeze(int axis) const;

    /// Sets every element.
    void fill(double value);
    /// Copies the elements of `source` (same shape; any dtype, any memory order) into this tensor's memory.
    void copyFrom(const Tensor& source);
    bool sharesStorageWith(const Tensor& other) const { return storage_ == other.storage_; }
    /// Whether no other tensor sees this one's memory.
    bool ownsStorage() const { return storage_.use_count() == 1; }
    /// Tensors that see this one's memory, itself included.
    std::int64_t storageUsers() const { return storage_.use_count(); }

  private:
    struct Storage;

    void requireType(DType type) const;
    std::byte* address() const;

    std::shared_ptr<Storage> storage_;
    Shape shape_;
    Shape strides_;
    std::int64_t offset_ = 0;
    int tile_ = 0;
    DType type_ = DType::F32;
};

template <typename T>
T* Tensor::data() {
    requireType(dtypeOf<T>());
    return static_cast<T*>(raw());
}

template <typename T>
const T* Tensor::data() const {
    requireType(dtypeOf<T>());
    return static_cast<const T*>(raw());
}

/// Calls body(T{}) with T = float or double, whichever the tensor holds; throws Error (Run) naming
/// `operation` else.
template <typename Body>
auto dispatchFloating(DType type, const char* operation, Body&& body);

[[noreturn]] void failType(const char* operation, DType type);

template <typename Body>
auto dispatchFloating(DType type, const char* operation, Body&& body) {
    if (type == DType::F32) return body(float{});
    if (type == DType::F64) return body(double{});
    failType(operation, type);
}

}  // namespace filigree
