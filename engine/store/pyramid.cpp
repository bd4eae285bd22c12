// SPDX-License-Identifier: Apache-2.0
#include "store/pyramid.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "store/sqlite.h"

namespace filigree::store {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double number(const Statement& row, int column) {
    return row.isNull(column) ? nan : row.real(column);
}

/// Steps per bucket of a level >= 1.
std::int64_t bucketWidth(std::int64_t width, int level) {
    for (int above = 1; above < level; ++above) {
        if (width > std::numeric_limits<std::int64_t>::max() / bucketsPerParent)
            return std::numeric_limits<std::int64_t>::max();
        width *= bucketsPerParent;
    }
    return width;
}

std::int64_t widthFor(std::int64_t distance) {
    return std::min(distance, std::numeric_limits<std::int64_t>::max() / pointsPerBucket) * pointsPerBucket;
}

void readPoints(Database& database, const SeriesKey& key, std::int64_t from, std::int64_t end,
                std::int64_t resolution, std::vector<ScalarBucket>& out) {
    Statement& rows = database.cached(
        "SELECT step, value FROM scalar WHERE run = ? AND tag = ? AND attempt = ? AND step >= ? AND step < ?"
        " ORDER BY step");
    rows.with(key.run, key.tag, key.attempt, from, end);
    std::int64_t current = 0;
    bool open = false;
    while (rows.step()) {
        const std::int64_t step = rows.integer(0);
        const std::int64_t cell = step / std::max<std::int64_t>(resolution, 1);
        if (!open || cell != current) out.push_back(emptyBucket());
        open = true;
        current = cell;
        addPoint(out.back(), step, number(rows, 1));
    }
    rows.reset();
}

struct StoredBucket {
    std::int64_t id;
    ScalarBucket bucket;
};

std::vector<StoredBucket> storedBuckets(Database& database, const SeriesKey& key, int level,
                                        std::int64_t firstId, std::int64_t endId) {
    Statement& rows = database.cached(
        "SELECT bucket, first_step, last_step, count, first, last, least, greatest, least_step, "
        "greatest_step,"
        " non_finite, non_finite_step FROM scalar_pyramid"
        " WHERE run = ? AND tag = ? AND attempt = ? AND level = ? AND bucket >= ? AND bucket < ? ORDER BY "
        "bucket");
    rows.with(key.run, key.tag, key.attempt, level, firstId, endId);
    std::vector<StoredBucket> buckets;
    while (rows.step())
        buckets.push_back({rows.integer(0),
                           {rows.integer(1), rows.integer(2), rows.integer(3), number(rows, 4),
                            number(rows, 5), number(rows, 6), number(rows, 7), rows.integer(8),
                            rows.integer(9), rows.integer(10), rows.integer(11)}});
    rows.reset();
    return buckets;
}

void readLevel(Database& database, const SeriesKey& key, std::int64_t width, int level, std::int64_t from,
               std::int64_t end, std::int64_t resolution, std::vector<ScalarBucket>& out) {
    if (from >= end) return;
    if (level == 0) return readPoints(database, key, from, end, resolution, out);
    const std::int64_t span = bucketWidth(width, level);
    const std::int64_t firstId = from / span + (from % span != 0 ? 1 : 0);
    const std::int64_t endId = end / span;
    std::int64_t done = from;
    if (firstId < endId)
        for (const StoredBucket& stored : storedBuckets(database, key, level, firstId, endId)) {
            readLevel(database, key, width, level - 1, done, stored.id * span, resolution, out);
            out.push_back(stored.bucket);
            done = (stored.id + 1) * span;
        }
    readLevel(database, key, width, level - 1, done, end, resolution, out);
}

}  // namespace

ScalarBucket emptyBucket() {
    ScalarBucket bucket;
    bucket.least = nan;
    bucket.greatest = nan;
    return bucket;
}

void addPoint(ScalarBucket& bucket, std::int64_t step, double value) {
    if (bucket.count == 0) {
        bucket.firstStep = step;
        bucket.first = value;
    }
    bucket.lastStep = step;
    bucket.last = value;
    ++bucket.count;
    if (!std::isfinite(value)) {
        if (bucket.nonFinite++ == 0) bucket.nonFiniteStep = step;
        return;
    }
    if (!(value >= bucket.least)) {
        bucket.least = value;
        bucket.leastStep = step;
    }
    if (!(value <= bucket.greatest)) {
        bucket.greatest = value;
        bucket.greatestStep = step;
    }
}

void addBucket(ScalarBucket& bucket, const ScalarBucket& later) {
    if (later.count == 0) return;
    if (bucket.count == 0) {
        bucket = later;
        return;
    }
    bucket.lastStep = later.lastStep;
    bucket.last = later.last;
    bucket.count += later.count;
    if (bucket.nonFinite == 0) bucket.nonFiniteStep = later.nonFiniteStep;
    bucket.nonFinite += later.nonFinite;
    if (later.count == later.nonFinite) return;
    if (!(later.least >= bucket.least)) {
        bucket.least = later.least;
        bucket.leastStep = later.leastStep;
    }
    if (!(later.greatest <= bucket.greatest)) {
        bucket.greatest = later.greatest;
        bucket.greatestStep = later.greatestStep;
    }
}

void PyramidBuilder::add(std::int64_t step, double value) {
    if (broken_) return;
    if (newest_ && step > newest_->step) addPoint(before_, newest_->step, newest_->value);
    newest_ = Point{step, value};
    if (points_.empty()) {
        points_.push_back({step, value});
        return;
    }
    Point& newest = points_.back();
    if (step == newest.step) {
        newest.value = value;
        return;
    }
    if (step < newest.step) {
        broken_ = true;
        points_.clear();
        open_.clear();
        complete_.clear();
        return;
    }
    if (width_ == 0) {
        width_ = widthFor(step - newest.step);
        open_.resize(pyramidLevels - 1);
    }
    feed({step, value});
}

void PyramidBuilder::feed(Point point) {
    if (points_.back().step / width_ != point.step / width_) closePoints();
    points_.push_back(point);
}

void PyramidBuilder::closePoints() {
    Open closed{points_.back().step / width_, emptyBucket()};
    // The very first two points may lie in different buckets of their common width.
    for (const Point& point : points_) addPoint(closed.bucket, point.step, point.value);
    points_.clear();
    close(0, closed);
}

/// `closed` is the complete bucket of level `level` + 1.
void PyramidBuilder::close(std::size_t level, const Open& closed) {
    complete_.push_back({static_cast<int>(level) + 1, closed.id, closed.bucket});
    if (level == open_.size()) return;
    std::optional<Open>& parent = open_[level];
    const std::int64_t id = closed.id / bucketsPerParent;
    if (parent && parent->id != id) {
        const Open full = *parent;
        parent.reset();
        close(level + 1, full);
    }
    if (!parent) parent = Open{id, emptyBucket()};
    addBucket(parent->bucket, closed.bucket);
}

void PyramidBuilder::write(Database& database, const SeriesKey& key) {
    if (broken_) {
        database.cached("DELETE FROM scalar_pyramid WHERE run = ? AND tag = ? AND attempt = ?")
            .with(key.run, key.tag, key.attempt)
            .run();
        database.cached("UPDATE series SET width = 0, count = 0 WHERE run = ? AND tag = ? AND attempt = ?")
            .with(key.run, key.tag, key.attempt)
            .run();
        return;
    }
    ScalarBucket whole = before_;
    if (newest_) addPoint(whole, newest_->step, newest_->value);
    database
        .cached(
            "UPDATE series SET width = ?, count = ?, last_step = ?, last = ?, least = ?, greatest = ?"
            " WHERE run = ? AND tag = ? AND attempt = ?")
        .with(width_, whole.count, whole.lastStep, whole.last, whole.least, whole.greatest, key.run, key.tag,
              key.attempt)
        .run();
    Statement& insert = database.cached(
        "INSERT OR REPLACE INTO scalar_pyramid(run, tag, attempt, level, bucket, first_step, last_step, "
        "count, first,"
        " last, least, greatest, least_step, greatest_step, non_finite, non_finite_step)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (const auto& [level, id, b] : complete_)
        insert
            .with(key.run, key.tag, key.attempt, level, id, b.firstStep, b.lastStep, b.count, b.first, b.last,
                  b.least, b.greatest, b.leastStep, b.greatestStep, b.nonFinite, b.nonFiniteStep)
            .run();
}

void PyramidBuilder::committed() {
    complete_.clear();
}

void PyramidBuilder::repair(Database& database, const SeriesKey& key) {
    if (!broken_) return;
    write(database, key);
    PyramidBuilder ordered;
    Statement rows = database.prepare(
        "SELECT step, value FROM scalar WHERE run = ? AND tag = ? AND attempt = ? ORDER BY step");
    rows.with(key.run, key.tag, key.attempt);
    while (rows.step()) ordered.add(rows.integer(0), number(rows, 1));
    ordered.write(database, key);
}

void readReduced(Database& database, const SeriesKey& key, std::int64_t width, std::int64_t fromStep,
                 std::int64_t endStep, std::int64_t resolution, std::vector<ScalarBucket>& out) {
    int level = 0;
    while (width > 0 && level < pyramidLevels && bucketWidth(width, level + 1) <= resolution) ++level;
    std::vector<ScalarBucket> fine;
    readLevel(database, key, width, level, fromStep, endStep, resolution, fine);
    bool open = false;
    for (const ScalarBucket& bucket : fine) {
        if (open && out.back().firstStep / resolution == bucket.firstStep / resolution)
            addBucket(out.back(), bucket);
        else
            out.push_back(bucket);
        open = true;
    }
}

}  // namespace filigree::store
