// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QRectF>
#include <QString>
#include <optional>
#include <vector>

#include "ui/charts/picture.h"
#include "ui/charts/picture_place.h"

class QPainter;

namespace filigree::ui {

/// What lies over the curves of a chart and changes with the pointer, so that these need not be drawn again:
/// marks of values that are not finite, the common step, the hovered run, the cross-hair with its values, the
/// legend, and a sentence where there is nothing.
struct ChartOverlay {
    const Picture& picture;
    PictureLook look;
    PicturePlace place;
    std::vector<bool> hovered;       ///< by curve: of the run under the pointer, here or on another page
    std::optional<double> step;      ///< x of the common step
    std::optional<double> cursor;    ///< x of the cross-hair
    std::optional<QPointF> pointer;  ///< pixels; of this chart alone
    std::optional<QRectF> box;       ///< that is being dragged
    bool legend = true;
    QString message;
    QFont messageFont;

    void paint(QPainter& painter) const;

  private:
    void paintStep(QPainter& painter) const;
    void paintHovered(QPainter& painter) const;
    void paintReadout(QPainter& painter) const;
    void paintSpot(QPainter& painter, const PictureCurve& curve, QPointF spot) const;
    void paintCursorText(QPainter& painter, double px) const;
};

/// The value of a curve at the cursor, or its newest without one; empty where it has none.
QString valueText(const Picture& picture, std::size_t curve, std::optional<double> cursor);

/// A distance on the x axis: steps, epochs or a duration.
QString xText(XAxis axis, double x);

}  // namespace filigree::ui
