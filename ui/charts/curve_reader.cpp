// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/curve_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ui/charts/smoothing.h"

namespace filigree::ui {
namespace {

constexpr std::int64_t everyStep = std::numeric_limits<std::int64_t>::max();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t timeKnots = 256;

/// First, least, greatest and last point of a stretch, in order, each once.
template <typename Give>
void corners(const store::ScalarBucket& bucket, const Give& give) {
    struct Corner {
        std::int64_t step;
        double value;
    };
    std::array<Corner, 4> points{{{bucket.firstStep, bucket.first},
                                  {bucket.leastStep, bucket.least},
                                  {bucket.greatestStep, bucket.greatest},
                                  {bucket.lastStep, bucket.last}}};
    if (bucket.count == 1) {
        give(bucket.firstStep, std::isfinite(bucket.first) ? bucket.first : nan);
        return;
    }
    std::stable_sort(points.begin(), points.end(),
                     [](const Corner& a, const Corner& b) { return a.step < b.step; });
    std::int64_t before = -1;
    for (const Corner& point : points) {
        if (point.step == before || !std::isfinite(point.value)) continue;
        before = point.step;
        give(point.step, point.value);
    }
}

std::int64_t asStep(double value) {
    if (!(value > 0)) return 0;
    if (value >= 9e18) return everyStep;
    return static_cast<std::int64_t>(value);
}

}  // namespace

/// When the steps of a series were done, by some of its points; straight lines between them.
class CurveReader::StepTimes {
  public:
    void add(std::int64_t step, double seconds) {
        if (!steps_.empty() && step <= steps_.back()) return;
        steps_.push_back(step);
        seconds_.push_back(seconds_.empty() ? seconds : std::max(seconds, seconds_.back()));
    }

    double at(std::int64_t step) const {
        if (steps_.empty()) return 0;
        const auto after = std::lower_bound(steps_.begin(), steps_.end(), step);
        if (after == steps_.end()) return seconds_.back();
        const auto i = static_cast<std::size_t>(after - steps_.begin());
        if (*after == step || i == 0) return seconds_[i];
        const double share =
            static_cast<double>(step - steps_[i - 1]) / static_cast<double>(steps_[i] - steps_[i - 1]);
        return seconds_[i - 1] + share * (seconds_[i] - seconds_[i - 1]);
    }

    /// The knots around a stretch of time: what lies between them contains it.
    std::int64_t stepBefore(double seconds) const {
        const auto at = std::lower_bound(seconds_.begin(), seconds_.end(), seconds);
        if (at == seconds_.begin()) return 0;
        return steps_[static_cast<std::size_t>(at - seconds_.begin()) - 1];
    }
    std::int64_t stepAfter(double seconds) const {
        const auto at = std::upper_bound(seconds_.begin(), seconds_.end(), seconds);
        return at == seconds_.end() ? everyStep : steps_[static_cast<std::size_t>(at - seconds_.begin())];
    }

  private:
    std::vector<std::int64_t> steps_;
    std::vector<double> seconds_;
};

CurveReader::CurveReader(const store::Reader& reader, std::int64_t run)
    : reader_(reader), run_(run), attempts_(reader.attempts(run)) {
    for (const store::AttemptInfo& attempt : attempts_)
        if (attempt.stepsPerEpoch > 0) stepsPerEpoch_ = attempt.stepsPerEpoch;
}

void CurveReader::loadTimes() {
    if (activeTime_) return;
    constexpr double endless = std::numeric_limits<double>::infinity();
    const std::vector<store::EventLine> events = reader_.events(run_);
    std::vector<ActiveTime::Attempt> attempts;
    for (const store::AttemptInfo& info : attempts_) {
        // Only the newest attempt has no end: the next one writes it for those that died.
        ActiveTime::Attempt attempt{info.attempt, {info.started, info.ended.value_or(endless)}, {}};
        for (const store::EventLine& line : events) {
            if (line.attempt != info.attempt) continue;
            const bool open = !attempt.pauses.empty() && std::isinf(attempt.pauses.back().to);
            if (line.event.kind == "pause" && !open)
                attempt.pauses.push_back({line.time, endless});
            else if (line.event.kind == "continue" && open)
                attempt.pauses.back().to = line.time;
        }
        attempts.push_back(std::move(attempt));
    }
    activeTime_ = ActiveTime(std::move(attempts));
}

double CurveReader::x(const CurveQuery& query, const StepTimes* times, std::int64_t step) const {
    switch (query.axis) {
        case XAxis::Step:
            return static_cast<double>(step);
        case XAxis::Epoch:
            return static_cast<double>(step) / stepsPerEpoch_;
        case XAxis::Time:
            return times->at(step);
    }
    return static_cast<double>(step);
}

double CurveReader::x(const CurveQuery& query, const store::ScalarPoint& point) const {
    if (query.axis == XAxis::Time) return activeTime_->at(point.attempt, point.time);
    return x(query, nullptr, point.step);
}

std::vector<store::ScalarBucket> CurveReader::bucketsOf(const std::string& tag, const CurveQuery& query,
                                                        const StepTimes* times) const {
    std::int64_t from = 0, to = everyStep;
    if (query.range) {
        if (times) {
            from = times->stepBefore(query.range->low);
            to = times->stepAfter(query.range->high);
        } else {
            const double unit = query.axis == XAxis::Epoch ? stepsPerEpoch_ : 1.0;
            from = asStep(std::floor(query.range->low * unit));
            to = asStep(std::ceil(query.range->high * unit));
        }
    }
    if (!query.byDecades) return reader_.reducedScalars(run_, tag, from, to, query.buckets);
    // Steps and x are proportional (for times: roughly), so decades of the one are decades of the other.
    const std::vector<store::ScalarBucket> ends = reader_.reducedScalars(run_, tag, from, to, 1);
    if (ends.empty()) return {};
    to = std::min(to, ends.back().lastStep);
    std::vector<std::int64_t> edges{from};
    for (double edge = 10; edge < static_cast<double>(to); edge *= 10)
        if (edge > static_cast<double>(from)) edges.push_back(static_cast<std::int64_t>(edge));
    edges.push_back(to + 1);
    const auto share =
        std::max<std::int64_t>(query.buckets / static_cast<std::int64_t>(edges.size() - 1), 16);
    std::vector<store::ScalarBucket> all;
    for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
        const auto part = reader_.reducedScalars(run_, tag, edges[i], edges[i + 1] - 1, share);
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

Curve CurveReader::read(const std::string& tag, const CurveQuery& query) {
    Curve curve;
    curve.loaded = query.range;
    curve.least = curve.greatest = curve.last = nan;
    if (query.axis == XAxis::Epoch && stepsPerEpoch_ <= 0) {
        curve.noEpochs = true;
        return curve;
    }
    const std::vector<store::ScalarBucket> overall =
        reader_.reducedScalars(run_, tag, 0, everyStep, timeKnots);
    if (overall.empty()) return curve;
    std::optional<StepTimes> times;
    if (query.axis == XAxis::Time) {
        loadTimes();
        times.emplace();
        const auto knot = [&](std::int64_t step) {
            for (const store::ScalarPoint& point : reader_.scalars(run_, tag, step, step))
                times->add(step, activeTime_->at(point.attempt, point.time));
        };
        for (const store::ScalarBucket& bucket : overall) knot(bucket.firstStep);
        knot(overall.back().lastStep);
    }
    const StepTimes* stepTimes = times ? &*times : nullptr;

    curve.extent = {x(query, stepTimes, overall.front().firstStep),
                    x(query, stepTimes, overall.back().lastStep)};
    curve.lastStep = overall.back().lastStep;
    curve.last = overall.back().last;
    for (const store::ScalarBucket& bucket : overall) {
        curve.total += bucket.count;
        if (bucket.nonFinite > 0 && curve.nonFiniteCount == 0)
            curve.firstNonFiniteX = x(query, stepTimes, bucket.nonFiniteStep);
        curve.nonFiniteCount += bucket.nonFinite;
        if (bucket.count == bucket.nonFinite) continue;
        if (!(bucket.least >= curve.least)) curve.least = bucket.least;
        if (!(bucket.greatest <= curve.greatest)) curve.greatest = bucket.greatest;
    }

    const std::vector<store::ScalarBucket> buckets = bucketsOf(tag, query, stepTimes);
    for (const store::ScalarBucket& bucket : buckets) {
        curve.points += bucket.count;
        curve.reduced = curve.reduced || bucket.count > 1;
        if (bucket.nonFinite == 0) continue;
        curve.nonFinite.push_back({x(query, stepTimes, bucket.nonFiniteStep),
                                   bucket.count == 1 ? bucket.first : nan, bucket.nonFinite,
                                   bucket.nonFiniteStep});
    }
    if (query.axis == XAxis::Time && !curve.reduced && !buckets.empty()) {
        // Every point is there, so each has its own time.
        curve.nonFinite.clear();
        for (const store::ScalarPoint& point :
             reader_.scalars(run_, tag, buckets.front().firstStep, buckets.back().lastStep)) {
            const double seconds = x(query, point);
            const bool finite = std::isfinite(point.value);
            curve.raw.push_back({seconds, finite ? point.value : nan, point.step});
            if (!finite) curve.nonFinite.push_back({seconds, point.value, 1, point.step});
        }
    } else {
        for (const store::ScalarBucket& bucket : buckets)
            corners(bucket, [&](std::int64_t step, double value) {
                curve.raw.push_back({x(query, stepTimes, step), value, step});
            });
    }

    if (query.halfLife > 0) {
        if (curve.total <= mostSmoothedPoints)
            smoothFully(tag, query, curve);
        else
            smoothBuckets(tag, query, stepTimes, curve);
    }
    if (query.superseded)
        for (const store::ScalarPoint& point : reader_.supersededScalars(run_, tag)) {
            if (query.axis == XAxis::Time) loadTimes();
            const bool attemptChanges =
                !curve.superseded.empty() && point.step <= curve.superseded.back().step;
            if (attemptChanges) curve.superseded.push_back({curve.superseded.back().x, nan, point.step});
            curve.superseded.push_back({x(query, point), point.value, point.step});
        }
    return curve;
}

void CurveReader::smoothFully(const std::string& tag, const CurveQuery& query, Curve& curve) {
    if (query.axis == XAxis::Time) loadTimes();
    const std::shared_ptr<SmoothedSeries> series =
        query.smoothed ? query.smoothed : std::make_shared<SmoothedSeries>();
    const std::lock_guard lock(series->mutex_);
    std::vector<Vertex>& vertices = series->vertices_;
    // A new attempt may have replaced points; the newest point may have been written again.
    if (series->attempts_ != attempts_.size()) {
        vertices.clear();
        series->raw_.clear();
    }
    series->attempts_ = attempts_.size();
    std::int64_t from = 0;
    if (!vertices.empty()) {
        from = vertices.back().step;
        vertices.pop_back();
        series->raw_.pop_back();
    }
    // The mean forgets: what lies 60 half-lives back weighs 2^-60 and no longer shows in a double.
    ExponentialMean mean(query.halfLife);
    if (!vertices.empty()) {
        const double since = vertices.back().x - 60 * query.halfLife;
        auto at = std::lower_bound(vertices.begin(), vertices.end(), since,
                                   [](const Vertex& vertex, double value) { return vertex.x < value; });
        for (; at != vertices.end(); ++at)
            mean.add(at->x, series->raw_[static_cast<std::size_t>(at - vertices.begin())]);
    }
    for (const store::ScalarPoint& point : reader_.scalars(run_, tag, from)) {
        const double place = x(query, point);
        vertices.push_back({place, mean.add(place, point.value), point.step});
        series->raw_.push_back(point.value);
    }
    curve.smoothed = reduceVertices(vertices, query.range, query.buckets);
}

void CurveReader::smoothBuckets(const std::string& tag, const CurveQuery& query, const StepTimes* times,
                                Curve& curve) {
    curve.smoothedBuckets = true;
    CurveQuery longer = query;
    if (longer.range) longer.range->low -= 20 * query.halfLife;
    longer.buckets = query.buckets * 2;
    ExponentialMean mean(query.halfLife);
    for (const store::ScalarBucket& bucket : bucketsOf(tag, longer, times)) {
        const double place = x(query, times, bucket.lastStep);
        const double value = bucket.count == 1 ? bucket.first : 0.5 * (bucket.first + bucket.last);
        const double smoothed = mean.add(place, value, static_cast<double>(bucket.count));
        curve.smoothed.push_back({place, smoothed, bucket.lastStep});
    }
}

std::vector<Vertex> reduceVertices(const std::vector<Vertex>& curve, const std::optional<Interval>& range,
                                   std::int64_t columns) {
    auto begin = curve.begin(), end = curve.end();
    if (range) {
        const auto before = [](const Vertex& vertex, double x) { return vertex.x < x; };
        begin = std::lower_bound(curve.begin(), curve.end(), range->low, before);
        end = std::lower_bound(begin, curve.end(), range->high, before);
        if (begin != curve.begin()) --begin;
        if (end != curve.end()) ++end;
    }
    if (end - begin <= 4 * columns) return {begin, end};
    const double low = begin->x;
    const double width = std::max((end - 1)->x - low, 1e-300) / static_cast<double>(columns);
    std::vector<Vertex> reduced;
    for (auto at = begin; at != end;) {
        const double column = std::floor((at->x - low) / width);
        const auto first = at;
        auto least = at, greatest = at;
        for (; at != end && std::floor((at->x - low) / width) == column; ++at) {
            if (at->y < least->y) least = at;
            if (at->y > greatest->y) greatest = at;
        }
        std::array<std::vector<Vertex>::const_iterator, 4> kept{first, least, greatest, at - 1};
        std::sort(kept.begin(), kept.end());
        const auto unique = std::unique(kept.begin(), kept.end());
        for (auto one = kept.begin(); one != unique; ++one) reduced.push_back(**one);
    }
    return reduced;
}

}  // namespace filigree::ui
