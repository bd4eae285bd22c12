// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the chart that reads: which part of which curves, and when.
#include <algorithm>
#include <cmath>

#include "ui/charts/chart_plot.h"
#include "ui/charts/metric_chart.h"
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

}  // namespace

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
    facts_[run] = factsOf(info);
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

}  // namespace filigree::ui
