// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace filigree {

/// Sizes (or strides) of up to 8 axes, held in place so that small networks do not pay for allocations.
class Shape {
  public:
    static constexpr int maximumRank = 8;

    Shape() = default;
    Shape(std::initializer_list<std::int64_t> sizes) : Shape(std::span(sizes.begin(), sizes.size())) {}
    explicit Shape(std::span<const std::int64_t> sizes);

    int rank() const { return rank_; }
    std::int64_t operator[](int axis) const { return sizes_[static_cast<std::size_t>(axis)]; }
    std::int64_t& operator[](int axis) { return sizes_[static_cast<std::size_t>(axis)]; }
    const std::int64_t* begin() const { return sizes_.data(); }
    const std::int64_t* end() const { return sizes_.data() + rank_; }
    std::span<const std::int64_t> span() const { return {sizes_.data(), static_cast<std::size_t>(rank_)}; }

    /// Product of all sizes; 1 for a scalar.
    std::int64_t elements() const;
    /// Appends an axis at the end.
    void append(std::int64_t size);
    /// Turns -1 … -rank into rank-1 … 0; throws Error (Run) when out of range.
    int axis(int index) const;
    /// Row-major strides in elements.
    Shape rowMajorStrides() const;
    /// "[2, 3, 4]".
    std::string text() const;

    friend bool operator==(const Shape& a, const Shape& b);

  private:
    std::array<std::int64_t, maximumRank> sizes_{};
    int rank_ = 0;
};

/// NumPy's rule: axes are aligned at the end; sizes must be equal or 1. Throws Error (Run) naming both shapes.
Shape broadcast(const Shape& a, const Shape& b);

}  // namespace filigree
