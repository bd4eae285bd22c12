// SPDX-License-Identifier: Apache-2.0
#include "store/run_table.h"

#include "store/pyramid.h"
#include "store/sqlite.h"

namespace filigree::store {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::string_view view(const Statement& row, int column) {
    const auto bytes = row.blob(column);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

double number(const Statement& row, int column) {
    return row.isNull(column) ? nan : row.real(column);
}

std::vector<NamedId> dictionary(const Store& store, const char* sql) {
    Statement rows = store.database().prepare(sql);
    std::vector<NamedId> names;
    while (rows.step()) names.push_back({rows.integer(0), rows.text(1)});
    return names;
}

/// The surviving points of one attempt's series as one bucket, from the pyramid.
ScalarBucket wholeOf(Database& database, const SeriesKey& key, std::int64_t width, std::int64_t untilStep) {
    std::vector<ScalarBucket> parts;
    // Coarse enough for every level of the pyramid.
    constexpr std::int64_t coarsest = std::numeric_limits<std::int64_t>::max();
    readReduced(database, key, width, 0, untilStep, coarsest, parts);
    ScalarBucket whole = emptyBucket();
    for (const ScalarBucket& part : parts) addBucket(whole, part);
    return whole;
}

/// Adds another attempt's points, whose steps may lie anywhere among those of `summary`.
void add(MetricSummary& summary, const ScalarBucket& attempt) {
    if (attempt.count == 0) return;
    if (summary.count == 0 || attempt.lastStep >= summary.lastStep) {
        summary.lastStep = attempt.lastStep;
        summary.last = attempt.last;
    }
    if (summary.count == 0) {
        summary.least = attempt.least;
        summary.greatest = attempt.greatest;
    } else {
        if (!(attempt.least >= summary.least) && attempt.least == attempt.least)
            summary.least = attempt.least;
        if (!(attempt.greatest <= summary.greatest) && attempt.greatest == attempt.greatest)
            summary.greatest = attempt.greatest;
    }
    summary.count += attempt.count;
}

}  // namespace

std::vector<NamedId> configKeys(const Store& store) {
    return dictionary(store, "SELECT id, name FROM config_key ORDER BY id");
}

std::vector<NamedId> tagNames(const Store& store) {
    return dictionary(store, "SELECT id, name FROM tag ORDER BY id");
}

void visitConfigs(const Store& store, std::int64_t firstRun, std::int64_t lastRun,
                  const std::function<void(const ConfigCellView&)>& visit) {
    Statement rows = store.database().prepare(
        "SELECT run, key, type, num, text FROM config WHERE run >= ? AND run <= ? ORDER BY run, key");
    rows.with(firstRun, lastRun);
    while (rows.step()) {
        const std::string_view type = view(rows, 2);
        const bool isNumber = type == "float" || type == "int" || type == "bool";
        visit({rows.integer(0), rows.integer(1), type, isNumber ? number(rows, 3) : nan, view(rows, 4)});
    }
}

std::vector<MetricSummary> metricSummaries(const Store& store, std::int64_t firstRun, std::int64_t lastRun) {
    Database& database = store.database();
    Statement rows = database.prepare(
        "SELECT z.run, z.tag, z.attempt, z.width, z.count, z.last_step, z.last, z.least, z.greatest, "
        "a.until_step"
        " FROM series z JOIN attempt a ON a.run = z.run AND a.attempt = z.attempt"
        " WHERE z.run >= ? AND z.run <= ? ORDER BY z.run, z.tag, z.attempt");
    rows.with(firstRun, lastRun);
    std::vector<MetricSummary> summaries;
    while (rows.step()) {
        const SeriesKey key{rows.integer(0), rows.integer(1), rows.integer(2)};
        if (summaries.empty() || summaries.back().run != key.run || summaries.back().tag != key.tag) {
            if (!summaries.empty() && summaries.back().count == 0) summaries.pop_back();
            summaries.push_back({key.run, key.tag, 0, 0, nan, nan, nan});
        }
        const std::int64_t untilStep = rows.integer(9);
        ScalarBucket whole = emptyBucket();
        whole.count = rows.integer(4);
        whole.lastStep = rows.integer(5);
        if (whole.count > 0 && whole.lastStep < untilStep) {
            whole.last = number(rows, 6);
            whole.least = number(rows, 7);
            whole.greatest = number(rows, 8);
        } else {
            whole = wholeOf(database, key, rows.integer(3), untilStep);
        }
        add(summaries.back(), whole);
    }
    if (!summaries.empty() && summaries.back().count == 0) summaries.pop_back();
    return summaries;
}

std::unordered_map<std::int64_t, double> metricAt(const Store& store, std::string_view tag, std::int64_t step,
                                                  std::int64_t firstRun, std::int64_t lastRun) {
    // An attempt is superseded from until_step on, so the newest that has a value has the newest value. A
    // value that is there but no number must be told from one that is not there: it comes back as text.
    Statement rows = store.database().prepare(
        "SELECT z.run, (SELECT coalesce(y.value, 'nan') FROM scalar y WHERE y.run = z.run AND y.tag = z.tag"
        " AND y.attempt = z.attempt AND y.step <= ?2 AND y.step < a.until_step ORDER BY y.step DESC LIMIT 1)"
        " AS newest FROM series z JOIN tag t ON t.id = z.tag AND t.name = ?1"
        " JOIN attempt a ON a.run = z.run AND a.attempt = z.attempt WHERE z.run BETWEEN ?3 AND ?4"
        " ORDER BY z.run, z.attempt");
    rows.with(tag, step, firstRun, lastRun);
    std::unordered_map<std::int64_t, double> values;
    while (rows.step())
        if (!rows.isNull(1)) values[rows.integer(0)] = rows.isText(1) ? nan : rows.real(1);
    return values;
}

}  // namespace filigree::store
