// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/store.h"

/// What a table of all runs needs, read in few scans: cost follows runs, keys and metrics, never the number
/// of points. Names are given as the ids of their dictionaries, which never change their meaning in one file.
namespace filigree::store {

struct NamedId {
    std::int64_t id = 0;
    std::string name;
};
/// The keys of all configurations, ascending id.
std::vector<NamedId> configKeys(const Store& store);
/// The names of all metrics (and of other tagged records), ascending id.
std::vector<NamedId> tagNames(const Store& store);

/// One value of one configuration. The views are valid during the call only.
struct ConfigCellView {
    std::int64_t run = 0;
    std::int64_t key = 0;
    std::string_view type;  ///< "bool", "int", "float", "string" or "array"
    double number = 0;      ///< NaN for strings and arrays
    std::string_view text;  ///< as toText(ConfigValue)
};
/// Calls `visit` for every value of the runs firstRun … lastRun, ascending (run, key).
void visitConfigs(const Store& store, std::int64_t firstRun, std::int64_t lastRun,
                  const std::function<void(const ConfigCellView&)>& visit);

/// One metric of one run over its surviving points. Extremes are over finite values (NaN if there is none).
struct MetricSummary {
    std::int64_t run = 0;
    std::int64_t tag = 0;
    std::int64_t count = 0;
    std::int64_t lastStep = 0;
    double last = 0;  ///< NaN if it was not a number
    double least = 0;
    double greatest = 0;
    bool operator==(const MetricSummary&) const = default;
};
/// The metrics of the runs firstRun … lastRun, ascending (run, tag). A metric without a surviving point is
/// left out.
std::vector<MetricSummary> metricSummaries(const Store& store, std::int64_t firstRun, std::int64_t lastRun);

/// Value of a metric at the newest surviving step <= `step`, by run, of the runs firstRun … lastRun. Runs
/// without one are absent.
std::unordered_map<std::int64_t, double> metricAt(
    const Store& store, std::string_view tag, std::int64_t step, std::int64_t firstRun = 0,
    std::int64_t lastRun = std::numeric_limits<std::int64_t>::max());

}  // namespace filigree::store
