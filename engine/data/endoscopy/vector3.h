// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

namespace filigree::data::endoscopy {

/// A point or direction in millimetres, or a colour.
struct Vector3 {
    double x = 0, y = 0, z = 0;
};

inline Vector3 operator+(const Vector3& a, const Vector3& b) {
    return {a.x + b.x, a.y + b.y, a.z + b.z};
}
inline Vector3 operator-(const Vector3& a, const Vector3& b) {
    return {a.x - b.x, a.y - b.y, a.z - b.z};
}
inline Vector3 operator*(const Vector3& a, double s) {
    return {a.x * s, a.y * s, a.z * s};
}
inline Vector3 operator*(double s, const Vector3& a) {
    return a * s;
}
/// Element by element.
inline Vector3 product(const Vector3& a, const Vector3& b) {
    return {a.x * b.x, a.y * b.y, a.z * b.z};
}
inline double dot(const Vector3& a, const Vector3& b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
inline Vector3 cross(const Vector3& a, const Vector3& b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline double length(const Vector3& a) {
    return std::sqrt(dot(a, a));
}
inline Vector3 normalized(const Vector3& a) {
    return a * (1 / length(a));
}

}  // namespace filigree::data::endoscopy
