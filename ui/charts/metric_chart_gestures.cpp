// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the chart that a person moves: ranges, the pointer, the selection.
#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <algorithm>
#include <cmath>

#include "ui/base/text.h"
#include "ui/charts/chart_plot.h"
#include "ui/charts/metric_chart.h"
#include "ui/charts/picture_place.h"
#include "ui/model/workspace.h"

namespace filigree::ui {
namespace {

constexpr double hoverRadius_px = 10;
constexpr double verticalThreshold_px = 24;  // a drag must go up or down so far before it moves the y axis

}  // namespace

PicturePlace MetricChart::place() const {
    return {picture_, plot_->area()};
}

RunKey MetricChart::ownerOf(std::size_t curve) const {
    return curve < owners_.size() ? owners_[curve] : RunKey();
}

void MetricChart::showRanges() {
    setPlotRanges(*plot_, picture_, look());
    plot_->replot(QCustomPlot::rpQueuedReplot);
}

void MetricChart::rangeMoved() {
    if (link_->isFollowing())
        extentWhenChosen_.reset();
    else if (!extentWhenChosen_)
        if (const auto extent = link_->extent()) extentWhenChosen_ = extent->high;
    updateScales(picture_);
    if (chosenY_)
        picture_.y = *chosenY_;
    else if (!plot_->isDragging())
        fitY();
    fitPending_ = fitPending_ || !chosenY_;
    showRanges();
    updateHeader();
    if (needsOtherPart()) reload();
}

void MetricChart::pan(QPointF pixels) {
    const QRectF area = plot_->area();
    if (area.isEmpty()) return;
    panTotal_ += pixels;
    const bool upDown = chosenY_ || std::abs(panTotal_.y()) > verticalThreshold_px || pixels.x() == 0;
    if (upDown && pixels.y() != 0) {
        const double shift = pixels.y() / area.height() * picture_.y.size();
        chosenY_ = picture_.y = {picture_.y.low + shift, picture_.y.high + shift};
    }
    const double shift = pixels.x() / area.width() * picture_.x.size();
    if (shift == 0)
        showRanges();
    else
        link_->setRange(
            {picture_.xScale.value(picture_.x.low - shift), picture_.xScale.value(picture_.x.high - shift)});
    if (!plot_->isDragging()) {
        panTotal_ = {};
        emit viewChanged();
    }
}

void MetricChart::zoom(QPointF at, double xFactor, double yFactor) {
    const QRectF area = plot_->area();
    if (area.isEmpty()) return;
    const auto zoomed = [](const Interval& range, double share, double factor) {
        const double fixed = range.low + share * range.size();
        return Interval{fixed - (fixed - range.low) / factor, fixed + (range.high - fixed) / factor};
    };
    const double share = std::clamp((at.x() - area.left()) / area.width(), 0.0, 1.0);
    const Interval x = zoomed(picture_.x, share, xFactor);
    if (yFactor != 1) {
        const Interval y =
            zoomed(picture_.y, std::clamp((area.bottom() - at.y()) / area.height(), 0.0, 1.0), yFactor);
        if (y.size() > 1e-12 * std::max(std::abs(y.low), std::abs(y.high))) chosenY_ = picture_.y = y;
    }
    const Interval values{picture_.xScale.value(x.low), picture_.xScale.value(x.high)};
    if (xFactor != 1 && values.size() > 1e-9 * std::max(1.0, std::abs(values.high)))
        link_->setRange(values);
    else
        showRanges();
    emit viewChanged();
}

void MetricChart::zoomToBox(const QRectF& box) {
    const PicturePlace where = place();
    const Interval x{where.xAt(box.left()), where.xAt(box.right())};
    chosenY_ = picture_.y = {where.yPositionAt(box.bottom()), where.yPositionAt(box.top())};
    link_->setRange(x);
    emit viewChanged();
}

void MetricChart::brush(const QRectF& box) {
    const PicturePlace where = place();
    QList<RunKey> inside;
    for (std::size_t i = 0; i < picture_.curves.size(); ++i) {
        const RunKey run = ownerOf(i);
        if (run.isNull() || inside.contains(run)) continue;
        const std::vector<Vertex>& vertices = picture_.curves[i].vertices;
        for (const Vertex& vertex : vertices)
            if (box.contains(where.pixel(vertex))) {
                inside << run;
                break;
            }
    }
    if (!inside.isEmpty()) workspace_.selection.setRuns(inside);
}

void MetricChart::click(QPointF at, bool add) {
    const auto hit = place().nearest(at, hoverRadius_px);
    if (!hit) {
        if (!add && workspace_.selection.runs().size() > 0 && allRuns().size() > 1)
            workspace_.selection.setRuns({});
        return;
    }
    const RunKey run = ownerOf(hit->curve);
    if (run.isNull()) return;
    QList<RunKey> runs = add ? workspace_.selection.runs() : QList<RunKey>();
    if (add && runs.contains(run))
        runs.removeAll(run);
    else
        runs << run;
    workspace_.selection.setRuns(runs);
    emit picked(run, hit->vertex.step);
}

void MetricChart::hover(QPointF at) {
    const QRectF area = plot_->area();
    pointer_ = at;
    if (!area.contains(at)) {
        leave();
        return;
    }
    const PicturePlace where = place();
    link_->setCursor(where.xAt(at.x()));
    const auto hit = where.nearest(at, hoverRadius_px);
    workspace_.selection.setHovered(hit ? ownerOf(hit->curve) : RunKey());
    plot_->update();
}

void MetricChart::leave() {
    if (pointer_) {
        pointer_.reset();
        link_->setCursor({});
        workspace_.selection.setHovered({});
    }
    plot_->update();
}

void MetricChart::openMenu(QPoint global, QPointF at) {
    QMenu menu(this);
    if (const auto hit = place().nearest(at, hoverRadius_px)) {
        const RunKey run = ownerOf(hit->curve);
        const qint64 step = hit->vertex.step;
        if (!run.isNull()) {
            menu.addAction(tr("Show step %1 everywhere").arg(formatCount(step)), this, [this, step, run] {
                workspace_.selection.setCurrent(run);
                workspace_.selection.setStep(step);
            });
            menu.addAction(tr("Open run page of %1").arg(picture_.curves[hit->curve].run), this,
                           [this, run] { emit workspace_.showRun(run); });
            menu.addAction(
                tr("Copy value %1").arg(exactNumber(hit->vertex.y)), this,
                [value = hit->vertex.y] { QApplication::clipboard()->setText(exactNumber(value)); });
            menu.addSeparator();
        }
    }
    if (const auto step = workspace_.selection.step()) {
        Q_UNUSED(step);
        menu.addAction(tr("Follow the newest step"), this, [this] { workspace_.selection.setStep({}); });
    }
    fillMenu(menu);
    menu.exec(global);
}

/// Of the data: -1 its beginning, +1 its end.
void MetricChart::showEnd(int side) {
    const std::optional<Interval> all = link_->extent();
    if (!all) return;
    const double from = picture_.xScale.position(side < 0 ? all->low : all->high);
    const double to = side < 0 ? from + picture_.x.size() : from - picture_.x.size();
    link_->setRange({picture_.xScale.value(std::min(from, to)), picture_.xScale.value(std::max(from, to))});
}

void MetricChart::showFirstNonFinite() {
    const Line* first = nullptr;
    for (const Line& line : lines_)
        if (line.curve.nonFiniteCount > 0 &&
            (!first || line.curve.firstNonFiniteX < first->curve.firstNonFiniteX))
            first = &line;
    const std::optional<Interval> all = link_->extent();
    if (!first || !all) return;
    const double half = std::max(0.02 * all->size(), 1e-9);
    link_->setRange({first->curve.firstNonFiniteX - half, first->curve.firstNonFiniteX + half});
}

}  // namespace filigree::ui
