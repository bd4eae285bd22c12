// SPDX-License-Identifier: Apache-2.0
#include "store/batch_writer.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "record/mask_codec.h"
#include "store/record_codec.h"
#include "store/sqlite.h"
#include "store/state.h"

namespace filigree::store {
namespace {

/// Flat indices of a rewiring do not know their layer's size.
constexpr std::uint64_t anyLayer = std::uint64_t{1} << 32;

std::int64_t count(std::size_t size) {
    return static_cast<std::int64_t>(size);
}

std::int64_t common(const std::vector<std::uint32_t>& left, const std::vector<std::uint32_t>& right) {
    std::int64_t both = 0;
    for (auto l = left.begin(), r = right.begin(); l != left.end() && r != right.end();) {
        if (*l < *r)
            ++l;
        else if (*r < *l)
            ++r;
        else
            ++both, ++l, ++r;
    }
    return both;
}

}  // namespace

BatchWriter::BatchWriter(Store store, std::int64_t run, std::int64_t attempt, int maskKeyInterval)
    : store_(std::move(store)),
      database_(store_.database()),
      run_(run),
      attempt_(attempt),
      maskKeyInterval_(maskKeyInterval) {}

BatchWriter::EncodedMask BatchWriter::encodedMask(const record::Mask& mask, std::int64_t step) {
    const auto universe = static_cast<std::uint64_t>(mask.rows * mask.columns);
    MaskState& state = masks_[mask.layer];
    if (state.newestStep == step) {
        // A second mask at one step replaces the first: go back to the one before.
        state.newest = state.before;
        state.sinceKey = state.sinceKeyBefore;
    }
    const bool first = state.keyBytes == 0 || state.sinceKey == 0;
    EncodedMask result{mask.layer,
                       mask.rows,
                       mask.columns,
                       nlohmann::json(mask.kernel).dump(),
                       true,
                       count(mask.active.size()),
                       0,
                       0,
                       {}};
    if (!first) {
        const std::int64_t kept = common(state.newest, mask.active);
        result.added = count(mask.active.size()) - kept;
        result.removed = count(state.newest.size()) - kept;
        if (state.sinceKey < maskKeyInterval_) {
            result.payload = record::encodeMaskDelta(state.newest, mask.active, universe);
            result.isKey = result.payload.size() > state.keyBytes;
        }
    }
    if (result.isKey) {
        result.payload = record::encodeMask(mask.active, universe);
        state.keyBytes = result.payload.size();
    }
    state.sinceKeyBefore = state.sinceKey;
    state.sinceKey = result.isKey ? 1 : state.sinceKey + 1;
    state.before = std::move(state.newest);
    state.newest = mask.active;
    state.newestStep = step;
    return result;
}

BatchWriter::Encoded BatchWriter::encoded(AnyRecord any, std::int64_t step) {
    return std::visit(
        [&](auto&& item) -> Encoded {
            using Item = std::decay_t<decltype(item)>;
            if constexpr (std::is_same_v<Item, record::Mask>) {
                return encodedMask(item, step);
            } else if constexpr (std::is_same_v<Item, record::Rewiring>) {
                return EncodedRewiring{item.layer,
                                       item.round,
                                       count(item.dropped.size()),
                                       count(item.grown.size()),
                                       common(item.dropped, item.grown),
                                       record::encodeIndices(item.dropped, anyLayer),
                                       record::encodeIndices(item.grown, anyLayer)};
            } else if constexpr (std::is_same_v<Item, record::EdgeValues>) {
                return EncodedRecord{RecordKind::EdgeValues, item.layer, item.field, encode(item)};
            } else if constexpr (std::is_same_v<Item, record::Matrix>) {
                return EncodedRecord{RecordKind::Matrix, item.tag, {}, encode(item)};
            } else if constexpr (std::is_same_v<Item, record::Image>) {
                return EncodedRecord{RecordKind::Image, item.tag, {}, encode(item)};
            } else if constexpr (std::is_same_v<Item, record::Text>) {
                return EncodedRecord{RecordKind::Text, item.tag, {}, encode(item)};
            } else {
                return std::move(item);
            }
        },
        std::move(any));
}

void BatchWriter::prepare(Batch batch) {
    for (std::string& name : batch.newTags) series_.emplace_back().name = std::move(name);
    scalars_ = std::move(batch.scalars);
    for (const ScalarItem& item : scalars_) {
        Series& series = series_[item.tag];
        series.touched = true;
        series.pyramid.add(item.step, item.value);
    }
    // Neighbours in the table are written one after the other; equal steps keep their order, so that the last
    // one wins.
    std::stable_sort(scalars_.begin(), scalars_.end(),
                     [](const ScalarItem& left, const ScalarItem& right) { return left.tag < right.tag; });
    records_.clear();
    records_.reserve(batch.records.size());
    for (RecordItem& item : batch.records)
        records_.push_back({encoded(std::move(item.record), item.step), item.step, item.milliseconds});
    progress_ = batch.progress;
    stepsPerEpoch_ = batch.stepsPerEpoch;
}

void BatchWriter::write() {
    try {
        Transaction transaction(database_);
        writeAll();
        transaction.commit();
    } catch (...) {
        // Rows of the dictionaries that this transaction made are gone.
        for (Series& series : series_)
            if (!series.registered) series.tag = 0;
        throw;
    }
    for (Series& series : series_) {
        if (!series.touched) continue;
        series.registered = true;
        series.touched = false;
        series.pyramid.committed();
    }
    scalars_.clear();
    records_.clear();
    progress_.reset();
    stepsPerEpoch_.reset();
}

void BatchWriter::writeAll() {
    const double now = unixNow();
    database_.cached("UPDATE run SET heartbeat = ? WHERE id = ? AND attempt = ?")
        .with(now, run_, attempt_)
        .run();
    if (database_.changes() == 0)
        throw Error(ErrorKind::Run,
                    "another process has resumed run " + std::to_string(run_) + ", or deleted it",
                    store_.path().string(), "Let one process write a run.");
    if (progress_)
        database_
            .cached("UPDATE run SET step = ?, total_steps = ?, epoch = ?, steps_per_second = ? WHERE id = ?")
            .with(progress_->step, progress_->totalSteps, progress_->epoch, progress_->stepsPerSecond, run_)
            .run();
    if (stepsPerEpoch_)
        database_.cached("UPDATE attempt SET steps_per_epoch = ? WHERE run = ? AND attempt = ?")
            .with(*stepsPerEpoch_, run_, attempt_)
            .run();
    writeScalars();
    for (const EncodedItem& item : records_) writeRecord(item);
}

void BatchWriter::writeScalars() {
    for (Series& series : series_) {
        if (!series.touched || series.registered) continue;
        series.tag = tagRow(series.name);
        database_.cached("INSERT OR IGNORE INTO series(run, tag, attempt) VALUES (?, ?, ?)")
            .with(run_, series.tag, attempt_)
            .run();
    }
    Statement& insert = database_.cached(
        "INSERT OR REPLACE INTO scalar(run, tag, attempt, step, time_ms, value) VALUES (?, ?, ?, ?, ?, ?)");
    insert.with(run_, 0, attempt_);
    for (const ScalarItem& item : scalars_) {
        insert.bind(2, series_[item.tag].tag)
            .bind(4, item.step)
            .bind(5, item.milliseconds)
            .bind(6, item.value);
        insert.run();
    }
    for (Series& series : series_)
        if (series.touched) series.pyramid.write(database_, keyOf(series));
}

void BatchWriter::writeRecord(const EncodedItem& item) {
    std::visit(
        [&](const auto& record) {
            using Item = std::decay_t<decltype(record)>;
            if constexpr (std::is_same_v<Item, EncodedMask>) {
                database_
                    .cached(
                        "INSERT OR REPLACE INTO mask_frame(layer, attempt, step, time_ms, is_key, non_zeros, "
                        "added,"
                        " removed, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
                    .with(layerRow(record), attempt_, item.step, item.milliseconds, record.isKey ? 1 : 0,
                          record.nonZeros, record.added, record.removed, std::span(record.payload))
                    .run();
            } else if constexpr (std::is_same_v<Item, EncodedRewiring>) {
                database_
                    .cached(
                        "INSERT OR REPLACE INTO rewiring(layer, attempt, step, time_ms, round, dropped, "
                        "grown,"
                        " regrown, dropped_payload, grown_payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                    .with(layerRow(record.layer), attempt_, item.step, item.milliseconds, record.round,
                          record.dropped, record.grown, record.regrown, std::span(record.droppedPayload),
                          std::span(record.grownPayload))
                    .run();
            } else if constexpr (std::is_same_v<Item, EncodedRecord>) {
                database_
                    .cached(
                        "INSERT OR REPLACE INTO record(run, kind, tag, field, attempt, step, time_ms, "
                        "payload)"
                        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
                    .with(run_, static_cast<int>(record.kind), tagRow(record.tag), record.field, attempt_,
                          item.step, item.milliseconds, std::span(record.payload))
                    .run();
            } else if constexpr (std::is_same_v<Item, record::Event>) {
                database_
                    .cached(
                        "INSERT INTO event(run, attempt, step, time_ms, kind, detail) VALUES (?, ?, ?, ?, ?, "
                        "?)")
                    .with(run_, attempt_, item.step, item.milliseconds, record.kind, record.detail)
                    .run();
            } else if constexpr (std::is_same_v<Item, LogItem>) {
                database_
                    .cached(
                        "INSERT INTO log(run, attempt, step, time_ms, level, message) VALUES (?, ?, ?, ?, ?, "
                        "?)")
                    .with(run_, attempt_, item.step, item.milliseconds, static_cast<int>(record.level),
                          record.message)
                    .run();
            } else if constexpr (std::is_same_v<Item, CheckpointFile>) {
                const std::u8string path = record.path.generic_u8string();
                database_
                    .cached(
                        "INSERT OR REPLACE INTO checkpoint(run, attempt, step, time_ms, path, digest, bytes)"
                        " VALUES (?, ?, ?, ?, ?, ?, ?)")
                    .with(run_, attempt_, item.step, item.milliseconds, std::string(path.begin(), path.end()),
                          record.digest, record.bytes)
                    .run();
            } else if constexpr (std::is_same_v<Item, CheckpointRemoval>) {
                const std::u8string path = record.path.generic_u8string();
                database_.cached("DELETE FROM checkpoint WHERE run = ? AND path = ?")
                    .with(run_, std::string(path.begin(), path.end()))
                    .run();
            } else if constexpr (std::is_same_v<Item, RunState>) {
                database_.cached("UPDATE run SET state = ? WHERE id = ?").with(toString(record), run_).run();
            } else {
                endRun(record, unixNow());
            }
        },
        item.record);
}

void BatchWriter::endRun(const Ending& ending, double now) {
    for (Series& series : series_)
        if (series.tag != 0) series.pyramid.repair(database_, keyOf(series));
    database_
        .cached(
            "UPDATE run SET state = ?, ended = ?, exit_code = ?, error = ?, weights_digest = ? WHERE id = ?")
        .with(toString(ending.state), now, ending.exitCode, ending.error, ending.weightsDigest, run_)
        .run();
    database_.cached("UPDATE attempt SET ended = ? WHERE run = ? AND attempt = ?")
        .with(now, run_, attempt_)
        .run();
}

std::int64_t BatchWriter::tagRow(const std::string& name) {
    Statement& find = database_.cached("SELECT id FROM tag WHERE name = ?");
    if (find.with(name).step()) {
        const std::int64_t id = find.integer(0);
        find.reset();
        return id;
    }
    find.reset();
    database_.cached("INSERT INTO tag(name) VALUES (?)").with(name).run();
    return database_.lastInsertId();
}

std::int64_t BatchWriter::layerRow(const std::string& name) {
    database_.cached("INSERT OR IGNORE INTO layer(run, name) VALUES (?, ?)").with(run_, name).run();
    Statement& find = database_.cached("SELECT id FROM layer WHERE run = ? AND name = ?");
    find.with(run_, name).step();
    const std::int64_t id = find.integer(0);
    find.reset();
    return id;
}

std::int64_t BatchWriter::layerRow(const EncodedMask& mask) {
    const std::int64_t id = layerRow(mask.layer);
    database_.cached("UPDATE layer SET rows = ?, columns = ?, kernel = ? WHERE id = ? AND rows IS NULL")
        .with(mask.rows, mask.columns, mask.kernelJson, id)
        .run();
    Statement& find = database_.cached("SELECT rows, columns FROM layer WHERE id = ?");
    find.with(id).step();
    const bool same = find.integer(0) == mask.rows && find.integer(1) == mask.columns;
    find.reset();
    if (!same)
        throw Error(ErrorKind::Run, "a layer has another shape than before", "layer \"" + mask.layer + "\"",
                    "Give layers of different shape different names.");
    return id;
}

}  // namespace filigree::store
