// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the chart that makes a picture of what was read: curves, scales, ranges and the header's
// words.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ui/base/text.h"
#include "ui/charts/chart_header.h"
#include "ui/charts/chart_plot.h"
#include "ui/charts/metric_chart.h"
#include "ui/model/run_style.h"
#include "ui/model/workspace.h"

namespace filigree::ui {
namespace {

constexpr std::array dashes{Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};

InkPair inkOf(std::int64_t id, const std::string& chosen) {
    return {runStyle(id, chosen, palette(Appearance::Light)).colour,
            runStyle(id, chosen, palette(Appearance::Dark)).colour};
}

QString lastWord(const QString& tag) {
    return tag.mid(tag.lastIndexOf('/') + 1);
}

}  // namespace

MetricChart::RunFacts MetricChart::factsOf(const store::RunInfo& info) {
    return {runName(info), inkOf(info.id, info.colour), runStyle(info, ui::palette(Appearance::Light)).dash,
            false};
}

void MetricChart::updateExtent() {
    std::optional<Interval> extent;
    dataY_.reset();
    for (const Line& line : lines_) {
        if (const auto& own = line.curve.extent)
            extent =
                extent ? Interval{std::min(extent->low, own->low), std::max(extent->high, own->high)} : *own;
        if (std::isnan(line.curve.least)) continue;
        dataY_ = dataY_ ? Interval{std::min(dataY_->low, line.curve.least),
                                   std::max(dataY_->high, line.curve.greatest)}
                        : Interval{line.curve.least, line.curve.greatest};
    }
    link_->setExtent(this, extent);
}

void MetricChart::updateScales(Picture& picture) const {
    const Interval range = link_->range();
    const std::optional<Interval> extent = link_->extent();
    const bool positive = range.low > 0 && (!extent || extent->low > 0);
    Scale x = link_->scale();
    if (x == Scale::Log && !positive) x = Scale::Symlog;
    picture.xScale = ScaleMap(x, 1);
    picture.axis = link_->axis();
    picture.x = {picture.xScale.position(range.low), picture.xScale.position(range.high)};

    Scale y = yScale_;
    if (y == Scale::Log && dataY_ && dataY_->low <= 0) y = Scale::Symlog;
    double threshold = 1;
    if (y == Scale::Symlog) {
        // The shape of a chosen view must not change with new data.
        const bool keep = chosenY_ && picture_.yScale.scale() == Scale::Symlog;
        threshold = keep     ? picture_.yScale.threshold()
                    : dataY_ ? symlogThreshold(std::max(std::abs(dataY_->low), std::abs(dataY_->high)))
                             : 1;
    }
    picture.yScale = ScaleMap(y, threshold);

    constexpr std::array axisNames{QT_TR_NOOP("step"), QT_TR_NOOP("epoch"),
                                   QT_TR_NOOP("time without pauses")};
    constexpr std::array scaleNames{"", QT_TR_NOOP(" (log)"), QT_TR_NOOP(" (symlog)")};
    picture.xLabel = tr(axisNames[static_cast<std::size_t>(link_->axis())]);
    if (x != Scale::Linear) picture.xLabel += tr(scaleNames[static_cast<std::size_t>(x)]);
}

void MetricChart::addRunCurves(Picture& picture) {
    const bool oneRun = runs_.size() == 1, oneMetric = metrics_.size() == 1;
    for (const Line& line : lines_) {
        const RunFacts facts = facts_.value(line.run);
        if (facts.missing || !line.curve.extent) continue;
        const auto metric = static_cast<std::size_t>(metrics_.indexOf(line.metric));
        PictureCurve curve;
        curve.run = facts.name;
        curve.metric = line.metric;
        curve.label = oneMetric ? facts.name
                      : oneRun  ? lastWord(line.metric)
                                : tr("%1, %2").arg(facts.name, lastWord(line.metric));
        curve.ink = facts.ink;
        curve.dash = facts.dash;
        if (oneRun && metric > 0) {
            const auto next = line.run.run + static_cast<qint64>(metric);
            curve.ink = inkOf(next, {});
            curve.dash = dashes[metric / 6 % dashes.size()];
        } else if (!oneRun && !oneMetric) {
            curve.dash = dashes[metric % dashes.size()];
        }
        curve.emphasis = !oneRun && workspace_.selection.runs().contains(line.run);
        if (!line.curve.superseded.empty()) {
            PictureCurve old = curve;
            old.kind = PictureCurve::Kind::Superseded;
            old.faint = true;
            old.inLegend = old.emphasis = false;
            old.vertices = line.curve.superseded;
            picture.curves.push_back(std::move(old));
        }
        PictureCurve raw = curve;
        raw.vertices = line.curve.raw;
        raw.nonFinite = line.curve.nonFinite;
        if (!line.curve.smoothed.empty()) {
            raw.faint = true;
            raw.inLegend = raw.emphasis = false;
            curve.kind = PictureCurve::Kind::Smoothed;
            curve.vertices = line.curve.smoothed;
            picture.curves.push_back(std::move(raw));
            picture.curves.push_back(std::move(curve));
        } else {
            picture.curves.push_back(std::move(raw));
        }
        owners_.resize(picture.curves.size(), line.run);
    }
}

void MetricChart::addGroupCurves(Picture& picture) {
    const double cells = 300'000;  // interpolations that take a few milliseconds
    const auto mostRuns = std::max<double>(1, static_cast<double>(lines_.size()));
    const auto grid = static_cast<std::size_t>(std::clamp(cells / mostRuns, 128.0, 4000.0));
    for (qsizetype g = 0; g < groups_.size(); ++g)
        for (qsizetype m = 0; m < metrics_.size(); ++m) {
            std::vector<CurvePoints> curves;
            for (const Line& line : lines_) {
                if (line.metric != metrics_[m] || !groups_[g].runs.contains(line.run)) continue;
                const std::vector<Vertex>& from =
                    line.curve.smoothed.empty() ? line.curve.raw : line.curve.smoothed;
                CurvePoints points;
                for (const Vertex& vertex : from) {
                    points.x.push_back(vertex.x);
                    points.y.push_back(vertex.y);
                }
                if (!points.x.empty()) curves.push_back(std::move(points));
            }
            const std::vector<GroupPoint> statistics =
                groupStatistics(curves, commonGrid(curves, grid), band_);
            if (statistics.empty()) continue;
            PictureCurve mean;
            mean.kind = PictureCurve::Kind::Mean;
            mean.run = groups_[g].name;
            mean.metric = metrics_[m];
            mean.label = tr("%1, n = %2").arg(groups_[g].name).arg(curves.size());
            if (metrics_.size() > 1) mean.label += QStringLiteral(", ") + lastWord(metrics_[m]);
            mean.ink = groups_[g].ink;
            const auto number = static_cast<std::size_t>(g);
            if (!mean.ink.light.isValid()) mean.ink = inkOf(static_cast<std::int64_t>(g) + 1, {});
            mean.dash =
                dashes[(metrics_.size() > 1 ? static_cast<std::size_t>(m) : number / 6) % dashes.size()];
            PictureCurve low = mean, high = mean;
            low.kind = PictureCurve::Kind::BandLow;
            high.kind = PictureCurve::Kind::BandHigh;
            low.inLegend = high.inLegend = false;
            for (const GroupPoint& point : statistics) {
                mean.vertices.push_back({point.x, point.mean, 0});
                mean.counts.push_back(point.n);
                low.vertices.push_back({point.x, point.low, 0});
                high.vertices.push_back({point.x, point.high, 0});
            }
            if (band_ != Band::None) {
                picture.curves.push_back(std::move(low));
                picture.curves.push_back(std::move(high));
            }
            picture.curves.push_back(std::move(mean));
            owners_.resize(picture.curves.size());
        }
}

void MetricChart::rebuild() {
    updateExtent();
    Picture picture;
    picture.title = title();
    picture.legend = style_.legend;
    if (style_.lineWidth_px != ChartStyle().lineWidth_px) picture.lineWidth_px = style_.lineWidth_px;
    picture.ownTitle = !style_.title.isEmpty();
    picture.legendCorner = picture_.legendCorner;
    owners_.clear();
    if (groups_.isEmpty())
        addRunCurves(picture);
    else
        addGroupCurves(picture);
    updateScales(picture);
    picture.y = picture_.y;
    const bool sameY = picture.yScale == picture_.yScale;
    picture_ = std::move(picture);
    if (!sameY && !chosenY_) fitPending_ = true;
    const bool fit = fitPending_ || link_->isFollowing();
    if (fit && !chosenY_) fitY();
    if (chosenY_) picture_.y = *chosenY_;
    if (fit && loadedOnce_) fitPending_ = false;
    const double rows = static_cast<double>(legendRows(picture_, look()).size());
    picture_.legendCorner =
        emptiestCorner(picture_, 0.35, std::min(0.6, 0.1 + 0.09 * rows), picture_.legendCorner);
    fillPlot(*plot_, picture_, look());
    plot_->replot(QCustomPlot::rpQueuedReplot);
    updateHeader();
    if (needsOtherPart()) reload();
}

void MetricChart::fitY() {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const PictureCurve& curve : picture_.curves) {
        if (curve.kind == PictureCurve::Kind::Superseded) continue;
        for (const Vertex& vertex : curve.vertices) {
            const double x = picture_.xScale.position(vertex.x);
            if (!(x >= picture_.x.low && x <= picture_.x.high)) continue;
            const double y = picture_.yScale.position(vertex.y);
            if (!std::isfinite(y)) continue;
            low = std::min(low, y);
            high = std::max(high, y);
        }
    }
    if (!(high >= low)) {
        if (!(picture_.y.high > picture_.y.low)) picture_.y = {0, 1};
        return;
    }
    if (high - low <= 1e-12 * std::max(std::abs(low), std::abs(high))) {
        const double pad =
            picture_.yScale.scale() == Scale::Linear ? std::max(0.1 * std::abs(low), 1e-6) : 0.5;
        picture_.y = {low - pad, high + pad};
        return;
    }
    const double pad = 0.06 * (high - low);
    picture_.y = {low - pad, high + pad};
}

void MetricChart::updateHeader() {
    header_->setTitle(title());
    plot_->setAccessibleName(tr("Chart of %1").arg(title()));
    showValue();
    std::int64_t points = 0, nonFinite = 0;
    bool reduced = false, byBuckets = false;
    for (const Line& line : lines_) {
        points += line.curve.points;
        nonFinite += line.curve.nonFiniteCount;
        reduced = reduced || line.curve.reduced;
        byBuckets = byBuckets || line.curve.smoothedBuckets;
    }
    QStringList notes;
    if (picture_.yScale.scale() == Scale::Log) notes << tr("log");
    if (picture_.yScale.scale() == Scale::Symlog)
        notes << (yScale_ == Scale::Log ? tr("symlog (values ≤ 0)") : tr("symlog"));
    if (reduced) notes << tr("min-max of %1 points").arg(formatCount(points));
    if (byBuckets) notes << tr("smoothed by buckets");
    header_->setNotes(notes);
    header_->setNonFinite(nonFinite);
    const std::optional<Interval> extent = link_->extent();
    const bool more =
        !link_->isFollowing() && extent && extentWhenChosen_ && extent->high > *extentWhenChosen_;
    header_->setMore(more);
    plot_->setAccessibleDescription(summary());
}

}  // namespace filigree::ui
