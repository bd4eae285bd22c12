// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/picture_place.h"

#include <algorithm>
#include <cmath>

namespace filigree::ui {
namespace {

std::vector<Vertex>::const_iterator firstFrom(const std::vector<Vertex>& vertices, double x) {
    return std::lower_bound(vertices.begin(), vertices.end(), x,
                            [](const Vertex& vertex, double value) { return vertex.x < value; });
}

double distanceToSegment(QPointF p, QPointF a, QPointF b) {
    const QPointF d = b - a;
    const double length = QPointF::dotProduct(d, d);
    const double share = length > 0 ? std::clamp(QPointF::dotProduct(p - a, d) / length, 0.0, 1.0) : 0;
    const QPointF gap = p - (a + share * d);
    return std::hypot(gap.x(), gap.y());
}

}  // namespace

QPointF PicturePlace::pixel(const Vertex& vertex) const {
    const Interval& x = picture_.x;
    const Interval& y = picture_.y;
    return {area_.left() + (picture_.xScale.position(vertex.x) - x.low) / x.size() * area_.width(),
            area_.bottom() - (picture_.yScale.position(vertex.y) - y.low) / y.size() * area_.height()};
}

double PicturePlace::xAt(double pixel) const {
    return picture_.xScale.value(picture_.x.low + (pixel - area_.left()) / area_.width() * picture_.x.size());
}

double PicturePlace::yPositionAt(double pixel) const {
    return picture_.y.low + (area_.bottom() - pixel) / area_.height() * picture_.y.size();
}

std::optional<PicturePlace::Hit> PicturePlace::nearest(QPointF at, double radius) const {
    const double from = xAt(at.x() - radius), to = xAt(at.x() + radius);
    std::optional<Hit> found;
    double best = radius;
    for (std::size_t i = 0; i < picture_.curves.size(); ++i) {
        const PictureCurve& curve = picture_.curves[i];
        if (!curve.inLegend) continue;
        const std::vector<Vertex>& vertices = curve.vertices;
        auto v = firstFrom(vertices, from);
        if (v != vertices.begin()) --v;
        for (; v != vertices.end(); ++v) {
            const QPointF here = pixel(*v);
            const bool last = v + 1 == vertices.end();
            const QPointF next = last ? here : pixel(*(v + 1));
            const double distance = distanceToSegment(at, here, std::isfinite(next.y()) ? next : here);
            if (distance < best) {
                best = distance;
                const bool second = !last && std::abs(next.x() - at.x()) < std::abs(here.x() - at.x());
                found = Hit{i, second ? *(v + 1) : *v};
            }
            if (v->x > to) break;
        }
    }
    return found;
}

const Vertex* vertexAt(const std::vector<Vertex>& vertices, double x) {
    if (vertices.empty()) return nullptr;
    const auto after = firstFrom(vertices, x);
    if (after == vertices.end()) return &vertices.back();
    if (after == vertices.begin()) return &*after;
    return x - (after - 1)->x < after->x - x ? &*(after - 1) : &*after;
}

}  // namespace filigree::ui
