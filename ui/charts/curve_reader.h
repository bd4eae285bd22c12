// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/reader.h"
#include "ui/charts/active_time.h"

/// What a chart draws of one scalar of one run, read on a worker thread.
namespace filigree::ui {

enum class XAxis {
    Step,
    Epoch,  ///< steps divided by the steps of an epoch
    Time,   ///< see ActiveTime
};

struct Interval {
    double low = 0;
    double high = 0;
    bool operator==(const Interval&) const = default;
    double size() const { return high - low; }
};

/// A recorded point, or one of the smoothed curve.
struct Vertex {
    double x = 0;
    double y = 0;  ///< NaN: the line is broken here
    std::int64_t step = 0;
};

/// Values that no axis can show.
struct NonFinite {
    double x = 0;
    double value = 0;  ///< NaN or an infinity; NaN also where a stretch with several is meant
    std::int64_t count = 1;
    std::int64_t step = 0;
};

/// A series under an exponential mean (smoothing.h) of one half-life over one axis, kept between reads: new
/// points are appended to it.
class SmoothedSeries {
    friend class CurveReader;
    std::mutex mutex_;
    std::size_t attempts_ = 0;
    std::vector<Vertex> vertices_;
    std::vector<double> raw_;  ///< values under the vertices, to go on from
};

struct CurveQuery {
    XAxis axis = XAxis::Step;
    std::optional<Interval> range;  ///< in units of x; none: everything
    std::int64_t buckets = 2000;    ///< more points than that in the range are reduced
    bool byDecades = false;         ///< spend the buckets equally on decades of x (logarithmic x axis)
    double halfLife = 0;            ///< in units of x; 0: no smoothing
    bool superseded = false;        ///< also what a newer attempt replaced
    std::shared_ptr<SmoothedSeries> smoothed;  ///< of this run, tag, axis and half-life; may be null
};

struct Curve {
    /// Recorded points in ascending x. Reduced: first, least, greatest and last of each bucket, no others.
    std::vector<Vertex> raw;
    std::vector<Vertex> smoothed;  ///< empty without smoothing
    std::vector<Vertex> superseded;
    std::vector<NonFinite> nonFinite;
    std::optional<Interval> loaded;  ///< range asked for; none: everything
    std::int64_t points = 0;         ///< recorded in that range
    bool reduced = false;
    /// The series is too long to be smoothed point by point: each bucket went in with the mean of its first
    /// and last value, weighted by its count. (The middle of the extremes would be drawn towards spikes.)
    bool smoothedBuckets = false;
    // Of the whole series:
    std::optional<Interval> extent;  ///< none: it has no point
    std::int64_t total = 0;
    std::int64_t lastStep = -1;
    double last = 0;
    double least = 0, greatest = 0;  ///< over finite values; NaN without any
    std::int64_t nonFiniteCount = 0;
    double firstNonFiniteX = 0;
    bool noEpochs = false;  ///< epochs were asked for and the run does not know how many steps one has
};

/// Reads curves of one run. The reader must outlive it.
class CurveReader {
  public:
    CurveReader(const store::Reader& reader, std::int64_t run);

    Curve read(const std::string& tag, const CurveQuery& query);

    /// Series with more points are smoothed by buckets.
    static constexpr std::int64_t mostSmoothedPoints = 1'500'000;

  private:
    class StepTimes;
    void loadTimes();
    double x(const CurveQuery& query, const StepTimes* times, std::int64_t step) const;
    double x(const CurveQuery& query, const store::ScalarPoint& point) const;
    std::vector<store::ScalarBucket> bucketsOf(const std::string& tag, const CurveQuery& query,
                                               const StepTimes* times) const;
    void smoothFully(const std::string& tag, const CurveQuery& query, Curve& curve);
    void smoothBuckets(const std::string& tag, const CurveQuery& query, const StepTimes* times, Curve& curve);

    const store::Reader& reader_;
    std::int64_t run_;
    std::vector<store::AttemptInfo> attempts_;
    double stepsPerEpoch_ = 0;
    std::optional<ActiveTime> activeTime_;
};

/// The curve reduced to first, least, greatest and last point of each of `columns` equal parts of the range;
/// a neighbour on each side stays, so that lines reach the edges.
std::vector<Vertex> reduceVertices(const std::vector<Vertex>& curve, const std::optional<Interval>& range,
                                   std::int64_t columns);

}  // namespace filigree::ui
