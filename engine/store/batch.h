// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "record/record.h"
#include "store/writer.h"

/// What waits between the thread that records and the thread that writes.
namespace filigree::store {

struct ScalarItem {
    std::uint32_t tag;  ///< number of the tag within the writer
    std::int64_t step;
    std::int64_t milliseconds;  ///< since the run was created
    double value;
};

struct LogItem {
    record::LogLevel level;
    std::string message;
};

struct CheckpointRemoval {
    std::filesystem::path path;  ///< relative to the store's folder
};

using AnyRecord =
    std::variant<record::Mask, record::EdgeValues, record::Rewiring, record::Matrix, record::Image,
                 record::Text, record::Event, LogItem, CheckpointFile, CheckpointRemoval, RunState, Ending>;

struct RecordItem {
    AnyRecord record;
    std::int64_t step = 0;
    std::int64_t milliseconds = 0;
};

struct Batch {
    std::vector<std::string> newTags;  ///< names of the tags numbered since the last batch
    std::vector<ScalarItem> scalars;
    std::vector<RecordItem> records;
    std::optional<Progress> progress;
    std::optional<double> stepsPerEpoch;
    std::size_t bytes = 0;  ///< of the records, about

    std::size_t rows() const { return scalars.size() + records.size(); }
    bool empty() const { return rows() == 0 && !progress && !stepsPerEpoch; }
};

}  // namespace filigree::store
