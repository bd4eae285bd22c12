// SPDX-License-Identifier: GPL-3.0-or-later
// The half of the chart that reads: which part of which curves, when, and how they become a picture.
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ui/base/text.h"
#include "ui/base/theme.h"
#include "ui/charts/chart_plot.h"
#include "ui/charts/metric_chart.h"
#include "ui/model/run_style.h"
#include "ui/model/workspace.h"

namespace filigree::ui {
namespace {

constexpr int refresh_ms = 250;  // a growing run is read again at most this often
constexpr int rebuild_ms = 15;   // answers that come together make one picture
constexpr double overscan = 1;   // screens read to the left and to the right of what is seen
constexpr double mostVertices = 240'000;

struct Loaded {
    store::RunInfo info;
    std::vector<Curve> curves;
};

constexpr std::array dashes{Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};

InkPair inkOf(std::int64_t id, const std::string& chosen) {
    return {runStyle(id, chosen, palette(Appearance::Light)).colour,
            runStyle(id, chosen, palette(Appearance::Dark)).colour};
}

QString lastWord(const QString& tag) {
    return tag.mid(tag.lastIndexOf('/') + 1);
}

}  // namespace

bool MetricChart::RunFacts::operator==(const RunFacts& other) const {
    return name == other.name && ink.light == other.ink.light && ink.dark == other.ink.dark &&
           dash == other.dash && missing == other.missing;
}

QList<RunKey> MetricChart::allRuns() const {
    if (groups_.isEmpty()) return runs_;
    QList<RunKey> all;
    for (const ChartGroup& group : groups_)
        for (const RunKey& run : group.runs)
            if (!all.contains(run)) all.append(run);
    return all;
}

void MetricChart::reset() {
    ++generation_;
    for (Request& request : requests_) request.cancel();
    requests_.clear();
    jobs_ = 0;
    again_ = false;
    loadedOnce_ = false;
    fitPending_ = true;
    problem_.clear();
    loaded_.reset();
    sinceReset_.restart();
    // What is shown of a run stays until its new curve is there.
    std::vector<Line> lines;
    for (const RunKey& run : allRuns())
        for (const QString& metric : metrics_) {
            const auto old = std::find_if(lines_.begin(), lines_.end(), [&](const Line& line) {
                return line.run == run && line.metric == metric;
            });
            Line line{run, metric, {}, nullptr};
            if (old != lines_.end()) line.curve = std::move(old->curve);
            if (halfLife_ > 0) line.smoothed = std::make_shared<SmoothedSeries>();
            lines.push_back(std::move(line));
        }
    lines_ = std::move(lines);
    watchStores();
    rebuild();
    reload();
    // A sentence instead of nothing if it takes its time.
    QTimer::singleShot(160, plot_, qOverload<>(&QWidget::update));
}

void MetricChart::watchStores() {
    for (const QMetaObject::Connection& connection : storeConnections_) disconnect(connection);
    storeConnections_.clear();
    QStringList paths;
    for (const RunKey& run : allRuns()) {
        if (paths.contains(run.store)) continue;
        paths << run.store;
        if (StoreSource* source = workspace_.stores.of(run))
            storeConnections_.push_back(connect(source, &StoreSource::changed, this, &MetricChart::reload));
    }
}

bool MetricChart::isSeen() const {
    return isVisible() && !visibleRegion().isEmpty();
}

void MetricChart::reload() {
    stale_ = true;
    if (!isSeen()) return;
    if (jobs_ > 0) {
        again_ = true;  // the newest wish is served when the present one is done, so none starves
        return;
    }
    if (loadTimer_.isActive()) return;
    const bool urgent = !loadedOnce_ || needsOtherPart();
    const qint64 elapsed = sinceLoad_.isValid() ? sinceLoad_.elapsed() : refresh_ms;
    loadTimer_.start(urgent ? 0 : static_cast<int>(std::max<qint64>(0, refresh_ms - elapsed)));
}

void MetricChart::startLoad() {
    if (!isSeen()) return;
    stale_ = again_ = false;
    sinceLoad_.restart();
    requests_.clear();

    CurveQuery query;
    query.axis = link_->axis();
    query.halfLife = halfLife_;
    query.superseded = superseded_;
    query.byDecades = picture_.xScale.scale() != Scale::Linear;
    const double width = std::max(200, plot_->width());
    const double screens = link_->chosen() ? 1 + 2 * overscan : 1;
    const double perCurve = mostVertices / 6 / std::max<double>(1, static_cast<double>(lines_.size()));
    query.buckets = static_cast<std::int64_t>(std::clamp(perCurve, 60.0, width * screens));
    std::int64_t longest = 0;
    for (const Line& line : lines_) longest = std::max(longest, line.curve.total);
    const bool small = loadedOnce_ && longest <= query.buckets;
    if (link_->chosen() && !small) {
        const Interval& seen = picture_.x;
        query.range = {picture_.xScale.value(seen.low - overscan * seen.size()),
                       picture_.xScale.value(seen.high + overscan * seen.size())};
    }
    loaded_ = query.range;
    loadedPositions_ = query.range ? (1 + 2 * overscan) * picture_.x.size() : 0;

    const QList<RunKey> all = allRuns();
    const int generation = generation_;
    const auto count = static_cast<std::size_t>(metrics_.size());
    for (qsizetype i = 0; i < all.size(); ++i) {
        StoreSource* source = workspace_.stores.of(all[i]);
        if (!source) continue;
        std::vector<std::pair<std::string, CurveQuery>> wanted;
        for (std::size_t m = 0; m < count; ++m) {
            query.smoothed = lines_[static_cast<std::size_t>(i) * count + m].smoothed;
            wanted.emplace_back(metrics_[static_cast<qsizetype>(m)].toStdString(), query);
        }
        ++jobs_;
        requests_.push_back(source->read(
            this,
            [run = all[i].run, wanted = std::move(wanted)](const store::Reader& reader) {
                Loaded loaded{reader.run(run), {}};
                CurveReader curves(reader, run);
                for (const auto& [tag, tagQuery] : wanted)
                    loaded.curves.push_back(curves.read(tag, tagQuery));
                return loaded;
            },
            [this, generation, key = all[i]](Loaded loaded) {
                if (generation != generation_) return;
                take(key, loaded.info, std::move(loaded.curves));
                jobDone();
            },
            [this, generation, key = all[i]](const Error& error) {
                if (generation != generation_) return;
                if (error.kind() == ErrorKind::Usage)
                    facts_[key].missing = true;
                else {
                    problem_ = QString::fromStdString(error.message());
                    emit failed(error);
                }
                jobDone();
            }));
    }
    if (jobs_ == 0) {
        loadedOnce_ = true;
        rebuild();
    }
}

void MetricChart::take(const RunKey& run, const store::RunInfo& info, std::vector<Curve> curves) {
    facts_[run] = {runName(info), inkOf(info.id, info.colour),
                   runStyle(info, ui::palette(Appearance::Light)).dash, false};
    problem_.clear();
    for (Line& line : lines_) {
        if (line.run != run) continue;
        const auto metric = static_cast<std::size_t>(metrics_.indexOf(line.metric));
        if (metric < curves.size()) line.curve = std::move(curves[metric]);
    }
}

void MetricChart::jobDone() {
    if (--jobs_ == 0) {
        loadedOnce_ = true;
        rebuildTimer_.stop();
        rebuild();
        if (again_) reload();
    } else if (!loadedOnce_ && !rebuildTimer_.isActive()) {
        rebuildTimer_.start(10 * rebuild_ms);
    }
}

bool MetricChart::needsOtherPart() const {
    if (!loadedOnce_ || !link_->chosen()) return loaded_.has_value();
    bool reduced = false;
    for (const Line& line : lines_)
        reduced = reduced || line.curve.reduced || line.curve.smoothed.size() > 2000;
    const std::optional<Interval> all = link_->extent();
    if (!loaded_) {
        if (!reduced || !all) return false;
        const double whole = picture_.xScale.position(all->high) - picture_.xScale.position(all->low);
        return picture_.x.size() < 0.7 * whole;
    }
    const double margin = 0.3 * overscan * picture_.x.size();
    const double low = picture_.xScale.value(picture_.x.low - margin);
    const double high = picture_.xScale.value(picture_.x.high + margin);
    const bool leftEnds = all && loaded_->low <= all->low, rightEnds = all && loaded_->high >= all->high;
    if ((low < loaded_->low && !leftEnds) || (high > loaded_->high && !rightEnds)) return true;
    return reduced && picture_.x.size() * (1 + 2 * overscan) < 0.6 * loadedPositions_;
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
    titleLabel_->setText(title());
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
    note_->setText(notes.join(QStringLiteral("  ·  ")));
    note_->setVisible(!notes.isEmpty());
    badge_->setText(tr("NaN ×%1").arg(formatCount(nonFinite)));
    badge_->setToolTip(nonFinite == 1
                           ? tr("One value is NaN or infinite; jump to it")
                           : tr("%1 values are NaN or infinite; jump to the first").arg(nonFinite));
    badge_->setVisible(nonFinite > 0);
    const std::optional<Interval> extent = link_->extent();
    const bool more =
        !link_->isFollowing() && extent && extentWhenChosen_ && extent->high > *extentWhenChosen_;
    chip_->setVisible(more);
    plot_->setAccessibleDescription(summary());
}

}  // namespace filigree::ui
