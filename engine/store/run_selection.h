// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/query.h"
#include "store/run_row.h"
#include "store/store.h"

namespace filigree::store {

/// A run with what it was told.
struct SelectedRun {
    RunInfo info;
    std::map<std::string, ConfigValue> config;
};

/// Runs that fulfil the query (query.h; empty: all), ascending id, without those in the bin. Throws Error
/// (Usage) that shows where the query is wrong.
std::vector<SelectedRun> selectRuns(const Store& store, std::string_view query);

/// Value of a metric by run; runs that have none are absent.
std::unordered_map<std::int64_t, double> metricValues(const Store& store, const MetricTerm& term);

}  // namespace filigree::store
