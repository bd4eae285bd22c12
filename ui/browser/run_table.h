// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/run_row.h"
#include "store/run_table.h"
#include "ui/model/run_key.h"

namespace filigree::ui {

/// A value of a configuration. Equal values of one key are one object, so runs are compared by address.
struct ConfigCell {
    store::ConfigValue value;
    std::string text;   ///< as store::toText
    double number = 0;  ///< NaN for text and arrays
};

/// Numbers for the names of keys and metrics, and one object for every distinct value. Only grows; used by
/// several workers at once.
class RunDictionary {
  public:
    std::size_t key(const std::string& name);
    std::size_t metric(const std::string& name);
    const ConfigCell* cell(std::size_t key, std::string_view type, std::string_view text, double number);

    struct Key {
        std::string name;
        bool isNumber = true;  ///< no value of text or array was seen
    };
    using Keys = std::shared_ptr<const std::vector<Key>>;
    using Names = std::shared_ptr<const std::vector<std::string>>;
    /// By number; the same object as long as nothing new was met.
    Keys keys() const;
    Names metrics() const;

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    template <typename Value>
    using ByText = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

    mutable std::mutex mutex_;
    std::vector<Key> keys_;
    std::vector<std::string> metrics_;
    ByText<std::size_t> keyNumbers_, metricNumbers_;
    std::vector<ByText<const ConfigCell*>> cells_;  ///< by key; the text is "type:text"
    std::deque<ConfigCell> storage_;
    mutable Keys sharedKeys_;
    mutable Names sharedMetrics_;
};

/// One run as the table knows it. Never changes: a refresh makes another one.
struct RunRow {
    RunKey key;
    store::RunInfo info;
    /// By number of the key; may be shorter; nullptr where the run has no such key. Null until it was read.
    std::shared_ptr<const std::vector<const ConfigCell*>> config;
    struct Metric {
        std::size_t number = 0;
        store::MetricSummary summary;
    };
    std::shared_ptr<const std::vector<Metric>> metrics;  ///< ascending number; null until read

    const ConfigCell* cell(std::size_t number) const {
        return config && number < config->size() ? (*config)[number] : nullptr;
    }
    const store::MetricSummary* metric(std::size_t number) const;
};
using RowPointer = std::shared_ptr<const RunRow>;

/// The runs of one store, descending id.
struct StoreRows {
    QString path;
    std::vector<RowPointer> rows;
    RowPointer find(qint64 run) const;
};

/// All runs of all open stores at one instant. A value: whoever holds it sees it unchanged.
struct RunTable {
    std::vector<std::shared_ptr<const StoreRows>> stores;
    RunDictionary::Keys keys = std::make_shared<const std::vector<RunDictionary::Key>>();
    RunDictionary::Names metrics = std::make_shared<const std::vector<std::string>>();
    std::shared_ptr<const RunDictionary> dictionary;  ///< owns the values that the rows point to
    bool isComplete = false;                          ///< configurations and metrics of all runs were read

    std::size_t size() const;
    RowPointer find(const RunKey& key) const;
    /// Number of a key or metric; `npos` if no run has it.
    std::size_t keyNumber(std::string_view name) const;
    std::size_t metricNumber(std::string_view name) const;
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
};

/// The metric that a table shows if nobody chose one: an accuracy on the test set, else on another, else a
/// loss, else the first by name. Empty if there is none.
std::string mainMetric(const std::vector<std::string>& metrics);

/// The last or best of a metric; NaN if the run has none.
double lastOf(const RunRow& row, std::size_t metric);
double bestOf(const RunRow& row, std::size_t metric, const std::string& name);

}  // namespace filigree::ui
