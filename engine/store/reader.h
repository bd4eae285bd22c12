// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/record.h"
#include "store/run_row.h"
#include "store/store.h"

namespace filigree::store {

struct RunFilter {
    std::optional<std::string> method;
    std::optional<std::string> tag;
    std::vector<RunState> states;  ///< as observed; empty: all
    bool withDeleted = false;      ///< also those in the bin
    bool withArchived = true;
    std::int64_t limit = std::numeric_limits<std::int64_t>::max();  ///< newest first
};

/// One value of one scalar. A value that was not a number reads as NaN.
struct ScalarPoint {
    std::int64_t step = 0;
    double value = 0;
    double time = 0;  ///< Unix seconds
    std::int64_t attempt = 0;
    bool operator==(const ScalarPoint&) const = default;
};

/// All points of a stretch of steps. `least` and `greatest` are over the finite values; count == nonFinite:
/// both NaN.
struct ScalarBucket {
    std::int64_t firstStep = 0;
    std::int64_t lastStep = 0;
    std::int64_t count = 0;
    double first = 0;
    double last = 0;
    double least = 0;
    double greatest = 0;
    std::int64_t leastStep = 0;       ///< first step with the least value
    std::int64_t greatestStep = 0;    ///< first step with the greatest value
    std::int64_t nonFinite = 0;       ///< how many are NaN or infinite
    std::int64_t nonFiniteStep = -1;  ///< first step of those, -1 if there is none
};

struct NamedScalar {
    std::string tag;
    ScalarPoint point;
};

/// What a summary of one scalar knows. Extremes are over finite values (NaN if there is none).
struct ScalarExtremes {
    std::string tag;
    std::int64_t count = 0;
    double least = 0, greatest = 0;
    std::int64_t leastStep = 0, greatestStep = 0;
};

struct MaskLayer {
    std::string layer;
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<std::int64_t> kernel;
};

/// One snapshot of a layer's pattern, without the pattern.
struct MaskFrameInfo {
    std::int64_t step = 0;
    std::int64_t attempt = 0;
    double time = 0;
    std::int64_t nonZeros = 0;
    std::int64_t added = 0;  ///< against the snapshot before it in the same attempt; 0 for the first
    std::int64_t removed = 0;
};

/// A record with when it was made.
template <typename Record>
struct Stamped {
    Record record;
    std::int64_t step = 0;
    std::int64_t attempt = 0;
    double time = 0;
};

struct LogLine {
    std::int64_t id = 0;  ///< ascending within a run: pass the last one to read on
    record::LogLevel level = record::LogLevel::Info;
    std::string message;
    std::int64_t step = 0;
    std::int64_t attempt = 0;
    double time = 0;
};

struct EventLine {
    std::int64_t id = 0;
    record::Event event;
    std::int64_t step = 0;
    std::int64_t attempt = 0;
    double time = 0;
};

struct CheckpointInfo {
    std::int64_t step = 0;
    std::int64_t attempt = 0;
    double time = 0;
    std::string path;  ///< relative to the store's folder (`<store>.d`)
    std::string digest;
    std::int64_t bytes = 0;
};

enum class RecordKind { EdgeValues = 1, Matrix = 2, Image = 3, Text = 4, Surface = 5 };

struct RecordSteps {
    std::string tag;    ///< layer for edge values
    std::string field;  ///< for edge values, else empty
    std::vector<std::int64_t> steps;
};

/// Reads runs. Works on a read-only connection, while runs write. Only surviving records are seen: a newer
/// attempt supersedes all records of older ones from the step it resumed at; series come in ascending step.
///
/// Throws Error (Data) if a payload is damaged, Error (Usage) for a run that does not exist.
class Reader {
  public:
    /// The store must outlive the reader.
    explicit Reader(const Store& store) : store_(&store) {}
    const Store& store() const { return *store_; }

    std::vector<RunInfo> runs(const RunFilter& filter = {}) const;
    RunInfo run(std::int64_t id) const;
    /// Id of the run that "3", a name, or "last" (the newest) means. Runs in the bin are found by id only.
    /// Throws Error (Usage) with the nearest names if there is none, and with the ids if several have the
    /// name.
    std::int64_t find(std::string_view idNameOrLast) const;

    std::string configToml(std::int64_t run) const;
    /// In ascending key.
    std::vector<ConfigEntry> config(std::int64_t run) const;
    std::vector<AttemptInfo> attempts(std::int64_t run) const;

    /// Ascending.
    std::vector<std::string> scalarTags(std::int64_t run) const;
    /// Points with fromStep <= step <= toStep. An unknown tag has none.
    std::vector<ScalarPoint> scalars(std::int64_t run, std::string_view tag, std::int64_t fromStep = 0,
                                     std::int64_t toStep = std::numeric_limits<std::int64_t>::max()) const;
    /// The same points in at most about 2 * `buckets` stretches, from the min/max pyramid: reads a number of
    /// rows that follows `buckets`, not the length of the series. A series with no more than `buckets` points
    /// comes one by one.
    std::vector<ScalarBucket> reducedScalars(std::int64_t run, std::string_view tag, std::int64_t fromStep,
                                             std::int64_t toStep, std::int64_t buckets) const;
    /// Points that a newer attempt replaced: of the oldest attempt first, each in ascending step.
    std::vector<ScalarPoint> supersededScalars(std::int64_t run, std::string_view tag) const;
    /// The point with the highest step of every tag, ascending tag.
    std::vector<NamedScalar> lastScalars(std::int64_t run) const;
    std::vector<ScalarExtremes> scalarExtremes(std::int64_t run) const;

    std::vector<MaskLayer> maskLayers(std::int64_t run) const;
    std::vector<MaskFrameInfo> maskSteps(std::int64_t run, std::string_view layer) const;
    /// The pattern at `step`: the newest snapshot at or before it. Empty if there is none.
    std::optional<Stamped<record::Mask>> mask(std::int64_t run, std::string_view layer,
                                              std::int64_t step) const;

    /// What was recorded of one kind, ascending tag.
    std::vector<RecordSteps> recordSteps(std::int64_t run, RecordKind kind) const;
    /// Each: the newest record at or before `step`; empty if there is none.
    std::optional<Stamped<record::EdgeValues>> edgeValues(std::int64_t run, std::string_view layer,
                                                          std::string_view field, std::int64_t step) const;
    std::optional<Stamped<record::Matrix>> matrix(std::int64_t run, std::string_view tag,
                                                  std::int64_t step) const;
    std::optional<Stamped<record::Image>> image(std::int64_t run, std::string_view tag,
                                                std::int64_t step) const;
    std::optional<Stamped<record::Text>> text(std::int64_t run, std::string_view tag,
                                              std::int64_t step) const;

    std::vector<Stamped<record::Rewiring>> rewirings(
        std::int64_t run, std::string_view layer, std::int64_t fromStep = 0,
        std::int64_t toStep = std::numeric_limits<std::int64_t>::max()) const;

    /// Lines with an id above `afterId`, oldest first. The log keeps the lines of superseded attempts too: it
    /// tells what happened.
    std::vector<LogLine> log(std::int64_t run, std::int64_t afterId = 0) const;
    std::vector<EventLine> events(std::int64_t run) const;
    /// Ascending (step, attempt). A checkpoint at the very step from which a newer attempt resumed survives.
    std::vector<CheckpointInfo> checkpoints(std::int64_t run) const;

  private:
    const Store* store_;
};

}  // namespace filigree::store
