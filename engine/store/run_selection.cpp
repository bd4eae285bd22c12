// SPDX-License-Identifier: Apache-2.0
#include "store/run_selection.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"
#include "store/reader.h"
#include "store/run_table.h"

namespace filigree::store {
namespace {

bool isNumber(const ConfigValue& value) {
    return !std::holds_alternative<std::string>(value) && !std::holds_alternative<ConfigArray>(value);
}

std::vector<SelectedRun> allRuns(const Store& store) {
    const Reader reader(store);
    std::vector<SelectedRun> runs;
    for (RunInfo& info : reader.runs()) {
        SelectedRun& run = runs.emplace_back(SelectedRun{std::move(info), {}});
        for (ConfigEntry& entry : reader.config(run.info.id))
            run.config.emplace(std::move(entry.key), std::move(entry.value));
    }
    std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a.info.id < b.info.id; });
    return runs;
}

QueryFields fieldsOf(const Store& store, const std::vector<SelectedRun>& runs) {
    QueryFields fields;
    for (const NamedId& key : configKeys(store)) {
        const bool number = std::all_of(runs.begin(), runs.end(), [&](const SelectedRun& run) {
            const auto found = run.config.find(key.name);
            return found == run.config.end() || isNumber(found->second);
        });
        fields.configKeys.push_back({key.name, number});
    }
    for (const NamedId& tag : tagNames(store)) fields.metrics.push_back(tag.name);
    return fields;
}

}  // namespace

std::unordered_map<std::int64_t, double> metricValues(const Store& store, const MetricTerm& term) {
    if (term.function == MetricFunction::At) return metricAt(store, term.metric, term.step);
    std::int64_t id = -1;
    for (const NamedId& tag : tagNames(store))
        if (tag.name == term.metric) id = tag.id;
    const bool least = term.function == MetricFunction::Min ||
                       (term.function == MetricFunction::Best && lessIsBetter(term.metric));
    std::unordered_map<std::int64_t, double> values;
    for (const MetricSummary& metric : metricSummaries(store, 0, std::numeric_limits<std::int64_t>::max())) {
        if (metric.tag != id) continue;
        const double value = term.function == MetricFunction::Last ? metric.last
                             : least                               ? metric.least
                                                                   : metric.greatest;
        if (!std::isnan(value)) values.emplace(metric.run, value);
    }
    return values;
}

std::vector<SelectedRun> selectRuns(const Store& store, std::string_view text) {
    std::vector<SelectedRun> runs = allRuns(store);
    const auto parsed = Query::parse(text, fieldsOf(store, runs));
    if (const auto* error = std::get_if<QueryError>(&parsed))
        throw Error(ErrorKind::Usage, error->message,
                    "\"" + std::string(text.substr(0, error->begin)) + " >>> " +
                        std::string(text.substr(error->begin, error->end - error->begin)) + " <<< " +
                        std::string(text.substr(std::min(error->end, text.size()))) + "\"");
    const Query& query = std::get<Query>(parsed);
    std::vector<std::unordered_map<std::int64_t, double>> metrics;
    for (const MetricTerm& term : query.metrics()) metrics.push_back(metricValues(store, term));
    const double now = unixNow();
    std::erase_if(runs, [&](const SelectedRun& run) {
        std::vector<const ConfigValue*> config;
        for (const std::string& key : query.configKeys()) {
            const auto found = run.config.find(key);
            config.push_back(found == run.config.end() ? nullptr : &found->second);
        }
        std::vector<double> values;
        for (const auto& metric : metrics) {
            const auto found = metric.find(run.info.id);
            values.push_back(found == metric.end() ? std::numeric_limits<double>::quiet_NaN()
                                                   : found->second);
        }
        return !query.matches({&run.info, config, values, now});
    });
    return runs;
}

}  // namespace filigree::store
