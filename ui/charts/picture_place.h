// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QRectF>
#include <optional>
#include <vector>

#include "ui/charts/picture.h"

namespace filigree::ui {

/// Where a picture lies on a surface: from values to pixels and back, and what is near a pixel. Looks at the
/// picture that it was made of.
class PicturePlace {
  public:
    struct Hit {
        std::size_t curve = 0;  ///< of the picture
        Vertex vertex;
    };

    /// `area`: the pixels that show the picture's ranges.
    PicturePlace(const Picture& picture, const QRectF& area) : picture_(picture), area_(area) {}

    const QRectF& area() const { return area_; }
    QPointF pixel(const Vertex& vertex) const;
    double xAt(double pixel) const;          ///< value
    double yPositionAt(double pixel) const;  ///< position of the scale
    /// The vertex of the nearest line with a place in the legend, none farther than `radius` pixels.
    std::optional<Hit> nearest(QPointF at, double radius) const;

  private:
    const Picture& picture_;
    QRectF area_;
};

/// The vertex nearest to x among vertices in the order of x; null without any.
const Vertex* vertexAt(const std::vector<Vertex>& vertices, double x);

}  // namespace filigree::ui
