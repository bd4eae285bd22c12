// SPDX-License-Identifier: Apache-2.0
#include "tensor/shape.h"

#include <algorithm>

#include "base/error.h"

namespace filigree {

Shape::Shape(std::span<const std::int64_t> sizes) {
    for (const std::int64_t size : sizes) append(size);
}

std::int64_t Shape::elements() const {
    std::int64_t product = 1;
    for (const std::int64_t size : *this) product *= size;
    return product;
}

void Shape::append(std::int64_t size) {
    if (rank_ == maximumRank)
        throw Error(ErrorKind::Run, "a tensor has at most " + std::to_string(maximumRank) + " axes", text());
    sizes_[static_cast<std::size_t>(rank_++)] = size;
}

int Shape::axis(int index) const {
    const int resolved = index < 0 ? index + rank_ : index;
    if (resolved < 0 || resolved >= rank_)
        throw Error(ErrorKind::Run, "axis " + std::to_string(index) + " does not exist", "a tensor of shape " + text());
    return resolved;
}

Shape Shape::rowMajorStrides() const {
    Shape strides = *this;
    std::int64_t step = 1;
    for (int i = rank_ - 1; i >= 0; --i) {
        strides[i] = step;
        step *= (*this)[i];
    }
    return strides;
}

std::string Shape::text() const {
    std::string result = "[";
    for (int i = 0; i < rank_; ++i) result += (i ? ", " : "") + std::to_string((*this)[i]);
    return result + "]";
}

bool operator==(const Shape& a, const Shape& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

Shape broadcast(const Shape& a, const Shape& b) {
    const Shape& longer = a.rank() >= b.rank() ? a : b;
    const Shape& shorter = a.rank() >= b.rank() ? b : a;
    Shape result = longer;
    const int offset = longer.rank() - shorter.rank();
    for (int i = 0; i < shorter.rank(); ++i) {
        std::int64_t& size = result[offset + i];
        if (size == shorter[i] || shorter[i] == 1) continue;
        if (size != 1)
            throw Error(ErrorKind::Run, "the shapes do not fit together", a.text() + " and " + b.text(),
                        "sizes of the same axis, counted from the last, must be equal or 1");
        size = shorter[i];
    }
    return result;
}

}  // namespace filigree
