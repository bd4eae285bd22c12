// SPDX-License-Identifier: Apache-2.0
#include "analysis/directions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/random.h"

namespace filigree::analysis {
namespace {

constexpr double tiny = 1e-10;

constexpr std::array<std::pair<const char*, Normalization>, 6> names{{{"none", Normalization::None},
                                                                      {"filter", Normalization::Filter},
                                                                      {"layer", Normalization::Layer},
                                                                      {"weight", Normalization::Weight},
                                                                      {"dfilter", Normalization::UnitFilter},
                                                                      {"dlayer", Normalization::UnitLayer}}};

/// Scales each group of values (a filter, or the whole weight) of a block.
void scaleGroups(const Block& block, const double* weights, double* direction, bool byFilter, bool unit) {
    const auto groups = static_cast<std::size_t>(byFilter ? block.filters() : 1);
    std::vector<double> ofWeights(groups), ofDirection(groups);
    const auto group = [&](std::size_t i) {
        return byFilter ? static_cast<std::size_t>(block.filterOf(i)) : std::size_t{0};
    };
    for (std::size_t i = 0; i < block.size; ++i) {
        ofWeights[group(i)] += weights[i] * weights[i];
        ofDirection[group(i)] += direction[i] * direction[i];
    }
    for (std::size_t i = 0; i < block.size; ++i) {
        const std::size_t g = group(i);
        direction[i] *= (unit ? 1 : std::sqrt(ofWeights[g])) / (std::sqrt(ofDirection[g]) + tiny);
    }
}

}  // namespace

Normalization parseNormalization(std::string_view word) {
    for (const auto& [name, normalization] : names)
        if (word == name) return normalization;
    throw Error(ErrorKind::Usage, "no normalisation is called \"" + std::string(word) + "\"", {},
                "say filter, layer, weight, dfilter, dlayer or none");
}

const char* nameOf(Normalization normalization) {
    for (const auto& [name, known] : names)
        if (known == normalization) return name;
    return "";
}

void normalize(const Layout& layout, const Point& point, Point& direction, Normalization normalization) {
    for (const Block& block : layout.blocks) {
        double* const d = direction.data() + block.offset;
        const double* const w = point.data() + block.offset;
        if (!block.isWeight()) {
            std::fill(d, d + block.size, 0.0);
            continue;
        }
        switch (normalization) {
            case Normalization::None:
                break;
            case Normalization::Weight:
                for (std::size_t i = 0; i < block.size; ++i) d[i] *= w[i];
                break;
            case Normalization::Filter:
            case Normalization::UnitFilter:
                scaleGroups(block, w, d, true, normalization == Normalization::UnitFilter);
                break;
            case Normalization::Layer:
            case Normalization::UnitLayer:
                scaleGroups(block, w, d, false, normalization == Normalization::UnitLayer);
                break;
        }
    }
}

Point randomDirection(const Layout& layout, const Point& point, std::uint64_t seed, std::uint64_t number,
                      Normalization normalization) {
    Point direction(layout.size, 0);
    for (const Block& block : layout.blocks) {
        if (!block.isWeight()) continue;
        RandomStream random(seed, "direction/" + block.name, number);
        std::size_t drawn = 0;
        for (std::size_t i = 0; i < block.size; ++i) {
            const std::size_t flat = block.sparse ? block.positions[i] : i;
            for (; drawn < flat; ++drawn) random.normal();
            direction[block.offset + i] = random.normal();
            ++drawn;
        }
    }
    normalize(layout, point, direction, normalization);
    return direction;
}

Point Plane::at(double x, double y) const {
    Point point = origin;
    for (std::size_t i = 0; i < point.size(); ++i) {
        point[i] += x * axes[0][i];
        if (axes.size() > 1) point[i] += y * axes[1][i];
    }
    return point;
}

Projection project(const Plane& plane, const Point& point) {
    const Point offset = plus(point, -1, plane.origin);
    const Point& u = plane.axes[0];
    const double uu = dot(u, u), uo = dot(u, offset);
    Projection projection;
    if (plane.axes.size() > 1) {
        const Point& v = plane.axes[1];
        const double vv = dot(v, v), uv = dot(u, v), vo = dot(v, offset);
        const double determinant = uu * vv - uv * uv;
        projection.x = (uo * vv - vo * uv) / determinant;
        projection.y = (vo * uu - uo * uv) / determinant;
    } else {
        projection.x = uo / uu;
    }
    projection.residual = norm(plus(point, -1, plane.at(projection.x, projection.y)));
    return projection;
}

Plane lineThrough(const Point& a, const Point& b) {
    return {a, {plus(b, -1, a)}};
}

Plane planeThrough(const Point& a, const Point& b, const Point& c) {
    Point u = plus(b, -1, a);
    Point v = plus(c, -1, a);
    const double length = norm(u);
    const double whole = norm(v);
    if (length > 0) v = plus(v, -dot(v, u) / (length * length), u);
    const double height = norm(v);
    if (length == 0 || height <= 1e-9 * whole)
        throw Error(ErrorKind::Usage, "three networks span a plane only if they do not lie on one line", {},
                    "name three different networks");
    for (double& value : u) value /= length;
    for (double& value : v) value /= height;
    return {a, {std::move(u), std::move(v)}};
}

}  // namespace filigree::analysis
