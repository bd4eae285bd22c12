// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "store/reader.h"

/// The min/max pyramid over a series of scalars, for charts whose cost follows pixels.
///
/// Level 1 cuts the steps into buckets of `width` steps (64 times the distance of the first two steps of the
/// series), level L into buckets of width * 16^(L-1). Only buckets that are complete have a row: the end of a
/// series, and any bucket without a row, is read from the level below, and at last from the points
/// themselves. So the pyramid is never wrong, only absent: it can be deleted at any time.
namespace filigree::store {

inline constexpr std::int64_t pointsPerBucket = 64;
inline constexpr std::int64_t bucketsPerParent = 16;
inline constexpr int pyramidLevels = 6;

class Database;

/// A bucket without a point.
ScalarBucket emptyBucket();
void addPoint(ScalarBucket& bucket, std::int64_t step, double value);
/// Adds the points of `later`, all of whose steps lie behind those of `bucket`.
void addBucket(ScalarBucket& bucket, const ScalarBucket& later);

/// Where a series is kept.
struct SeriesKey {
    std::int64_t run = 0;
    std::int64_t tag = 0;
    std::int64_t attempt = 0;
};

/// Builds the pyramid of one series while its points arrive, and its summary (count, last and extreme values)
/// in the row of the table series.
///
/// `add` takes a point in; `write` stores what became complete and must follow in the transaction that stores
/// the points; `committed` says that the transaction succeeded. `write` may be repeated after a failed
/// transaction.
class PyramidBuilder {
  public:
    void add(std::int64_t step, double value);
    void write(Database& database, const SeriesKey& key);
    void committed();
    /// Makes the pyramid anew from the stored points if points had come out of order. Inside a transaction.
    void repair(Database& database, const SeriesKey& key);

  private:
    struct Point {
        std::int64_t step;
        double value;
    };
    struct Open {
        std::int64_t id = 0;
        ScalarBucket bucket;
    };
    struct Complete {
        int level;
        std::int64_t id;
        ScalarBucket bucket;
    };
    void feed(Point point);
    void closePoints();
    void close(std::size_t level, const Open& closed);

    std::int64_t width_ = 0;
    /// The points of the level-1 bucket that still grows (the newest may yet be replaced); before the width
    /// is known, the first point.
    std::vector<Point> points_;
    std::vector<std::optional<Open>> open_;  ///< the growing bucket of level 2, 3, …
    std::vector<Complete> complete_;         ///< not committed yet
    ScalarBucket before_ = emptyBucket();    ///< all points but the newest, which may yet be replaced
    std::optional<Point> newest_;
    bool broken_ = false;  ///< a point came before the newest one: no pyramid until repaired
};

/// The points of one series with fromStep <= step < endStep as buckets in ascending step, at most one for
/// each `resolution` steps (1: every point). `width` is the series' own, 0 if it has no pyramid.
void readReduced(Database& database, const SeriesKey& key, std::int64_t width, std::int64_t fromStep,
                 std::int64_t endStep, std::int64_t resolution, std::vector<ScalarBucket>& out);

}  // namespace filigree::store
