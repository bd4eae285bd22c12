// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/batch.h"
#include "store/pyramid.h"
#include "store/store.h"

namespace filigree::store {

/// Turns batches of one attempt into transactions.
///
/// `prepare` does, once, what depends on the order of records (differences of masks, pyramid, compression);
/// `write` is one transaction and may be repeated after a failure that may pass.
class BatchWriter {
  public:
    BatchWriter(Store store, std::int64_t run, std::int64_t attempt, int maskKeyInterval);

    void prepare(Batch batch);
    /// Throws SqliteError; what was prepared stays prepared until it succeeds. With nothing prepared it
    /// writes a heartbeat. Throws Error (Run) if a newer attempt has taken the run over.
    void write();

  private:
    struct MaskState {
        std::vector<std::uint32_t> newest, before;
        std::int64_t newestStep = -1;
        int sinceKey = 0, sinceKeyBefore = 0;
        std::size_t keyBytes = 0;
    };
    struct EncodedMask {
        std::string layer;
        std::int64_t rows, columns;
        std::string kernelJson;
        bool isKey;
        std::int64_t nonZeros, added, removed;
        std::vector<std::uint8_t> payload;
    };
    struct EncodedRewiring {
        std::string layer;
        std::int64_t round, dropped, grown, regrown;
        std::vector<std::uint8_t> droppedPayload, grownPayload;
    };
    struct EncodedRecord {
        RecordKind kind;
        std::string tag, field;
        std::vector<std::uint8_t> payload;
    };
    using Encoded = std::variant<EncodedMask, EncodedRewiring, EncodedRecord, record::Event, LogItem,
                                 CheckpointFile, CheckpointRemoval, RunState, Ending>;
    struct EncodedItem {
        Encoded record;
        std::int64_t step;
        std::int64_t milliseconds;
    };
    struct Series {
        std::string name;
        std::int64_t tag = 0;  ///< row of the table tag; 0: not looked up yet
        bool registered = false;
        bool touched = false;
        PyramidBuilder pyramid;
    };

    Encoded encoded(AnyRecord record, std::int64_t step);
    EncodedMask encodedMask(const record::Mask& mask, std::int64_t step);
    void writeAll();
    void writeScalars();
    void writeRecord(const EncodedItem& item);
    void endRun(const Ending& ending, double now);
    std::int64_t tagRow(const std::string& name);
    std::int64_t layerRow(const std::string& name);
    std::int64_t layerRow(const EncodedMask& mask);
    SeriesKey keyOf(const Series& series) const { return {run_, series.tag, attempt_}; }

    Store store_;
    Database& database_;
    std::int64_t run_;
    std::int64_t attempt_;
    int maskKeyInterval_;

    std::vector<Series> series_;
    std::unordered_map<std::string, MaskState> masks_;

    std::vector<ScalarItem> scalars_;
    std::vector<EncodedItem> records_;
    std::optional<Progress> progress_;
    std::optional<double> stepsPerEpoch_;
};

}  // namespace filigree::store
