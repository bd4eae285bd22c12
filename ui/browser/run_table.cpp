// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/browser/run_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "store/query.h"

namespace filigree::ui {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

store::ConfigValue valueOf(std::string_view type, std::string_view text, double number) {
    if (type == "bool") return number != 0;
    if (type == "int") return static_cast<std::int64_t>(number);
    if (type == "float") return number;
    if (type == "array") return store::ConfigArray{std::string(text)};
    return std::string(text);
}

}  // namespace

std::size_t RunDictionary::key(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto [found, isNew] = keyNumbers_.try_emplace(name, keys_.size());
    if (isNew) {
        keys_.push_back({name, true});
        cells_.emplace_back();
        sharedKeys_.reset();
    }
    return found->second;
}

std::size_t RunDictionary::metric(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto [found, isNew] = metricNumbers_.try_emplace(name, metrics_.size());
    if (isNew) {
        metrics_.push_back(name);
        sharedMetrics_.reset();
    }
    return found->second;
}

const ConfigCell* RunDictionary::cell(std::size_t key, std::string_view type, std::string_view text,
                                      double number) {
    thread_local std::string name;
    name.assign(type);
    name += ':';
    name += text;
    const std::lock_guard lock(mutex_);
    ByText<const ConfigCell*>& known = cells_.at(key);
    if (const auto found = known.find(std::string_view(name)); found != known.end()) return found->second;
    storage_.push_back({valueOf(type, text, number), std::string(text), number});
    if (std::isnan(number) && keys_[key].isNumber && type != "float") {
        keys_[key].isNumber = false;
        sharedKeys_.reset();
    }
    known.emplace(name, &storage_.back());
    return &storage_.back();
}

RunDictionary::Keys RunDictionary::keys() const {
    const std::lock_guard lock(mutex_);
    if (!sharedKeys_) sharedKeys_ = std::make_shared<const std::vector<Key>>(keys_);
    return sharedKeys_;
}

RunDictionary::Names RunDictionary::metrics() const {
    const std::lock_guard lock(mutex_);
    if (!sharedMetrics_) sharedMetrics_ = std::make_shared<const std::vector<std::string>>(metrics_);
    return sharedMetrics_;
}

const store::MetricSummary* RunRow::metric(std::size_t number) const {
    if (!metrics) return nullptr;
    const auto found =
        std::lower_bound(metrics->begin(), metrics->end(), number,
                         [](const Metric& metric, std::size_t wanted) { return metric.number < wanted; });
    return found != metrics->end() && found->number == number ? &found->summary : nullptr;
}

RowPointer StoreRows::find(qint64 run) const {
    const auto found =
        std::lower_bound(rows.begin(), rows.end(), run,
                         [](const RowPointer& row, qint64 wanted) { return row->info.id > wanted; });
    return found != rows.end() && (*found)->info.id == run ? *found : nullptr;
}

std::size_t RunTable::size() const {
    std::size_t sum = 0;
    for (const auto& store : stores) sum += store->rows.size();
    return sum;
}

RowPointer RunTable::find(const RunKey& key) const {
    for (const auto& store : stores)
        if (store->path == key.store) return store->find(key.run);
    return nullptr;
}

std::size_t RunTable::keyNumber(std::string_view name) const {
    for (std::size_t i = 0; i < keys->size(); ++i)
        if ((*keys)[i].name == name) return i;
    return npos;
}

std::size_t RunTable::metricNumber(std::string_view name) const {
    for (std::size_t i = 0; i < metrics->size(); ++i)
        if ((*metrics)[i] == name) return i;
    return npos;
}

std::string mainMetric(const std::vector<std::string>& metrics) {
    static constexpr std::array<std::string_view, 6> wanted{"test/acc", "val/acc",   "test/loss",
                                                            "val/loss", "train/acc", "train/loss"};
    for (const std::string_view name : wanted)
        for (const std::string& metric : metrics)
            if (metric.starts_with(name)) return metric;
    if (metrics.empty()) return {};
    return *std::min_element(metrics.begin(), metrics.end());
}

double lastOf(const RunRow& row, std::size_t metric) {
    const store::MetricSummary* summary = row.metric(metric);
    return summary ? summary->last : nan;
}

double bestOf(const RunRow& row, std::size_t metric, const std::string& name) {
    const store::MetricSummary* summary = row.metric(metric);
    if (!summary) return nan;
    return store::lessIsBetter(name) ? summary->least : summary->greatest;
}

}  // namespace filigree::ui
