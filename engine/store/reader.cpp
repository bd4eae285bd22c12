// SPDX-License-Identifier: Apache-2.0
#include "store/reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

#include "store/pyramid.h"
#include "store/sqlite.h"
#include "store/state.h"

namespace filigree::store {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double number(const Statement& row, int column) {
    return row.isNull(column) ? nan : row.real(column);
}

constexpr const char* runColumns = R"sql(
SELECT r.id, r.uuid, r.method, r.preset, r.seed, r.state, r.created, r.started, r.ended, r.attempt, r.host, r.pid,
       r.process_start, r.heartbeat, r.step, r.total_steps, r.epoch, r.steps_per_second, r.exit_code, r.error,
       r.weights_digest, n.name, n.note, n.colour, n.archived, n.deleted,
       (SELECT sum(max(0, coalesce(a.ended, r.heartbeat) - a.started)) FROM attempt a WHERE a.run = r.id),
       (SELECT group_concat(g.tag, ',') FROM run_tag g WHERE g.run = r.id)
  FROM run r LEFT JOIN run_annotation n ON n.run = r.id )sql";

std::vector<std::string> splitTags(const std::string& joined) {
    std::vector<std::string> tags;
    for (std::size_t begin = 0; begin < joined.size();) {
        const std::size_t end = std::min(joined.find(',', begin), joined.size());
        tags.push_back(joined.substr(begin, end - begin));
        begin = end + 1;
    }
    std::sort(tags.begin(), tags.end());
    return tags;
}

RunInfo runOf(const Statement& row, double now) {
    RunInfo run;
    run.id = row.integer(0);
    run.uuid = row.text(1);
    run.method = row.text(2);
    run.preset = row.text(3);
    run.seed = row.integer(4);
    run.storedState = parseRunState(row.text(5));
    run.created = row.real(6);
    run.started = row.optionalReal(7);
    run.ended = row.optionalReal(8);
    run.attempt = row.integer(9);
    run.process = {row.text(10), row.integer(11), row.integer(12), row.real(13)};
    run.progress = {row.integer(14), row.integer(15), row.real(16), row.real(17)};
    run.exitCode = row.optionalInteger(18);
    run.error = row.text(19);
    run.weightsDigest = row.text(20);
    run.name = row.text(21);
    run.note = row.text(22);
    run.colour = row.text(23);
    run.archived = row.integer(24) != 0;
    run.deleted = row.optionalReal(25);
    run.activeSeconds = row.real(26);
    run.tags = splitTags(row.text(27));
    const ObservedState observed = observe(run.storedState, run.process, now);
    run.state = observed.state;
    run.noContact = observed.noContact;
    // An ended run's row says when; of an interrupted one nobody wrote it.
    if (run.state == RunState::Interrupted && !run.ended) run.ended = run.process.heartbeat;
    return run;
}

std::size_t editDistance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t above = row[j + 1];
            row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (left[i] == right[j] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row.back();
}

/// A sentence with the up to three names that are most like `wanted`.
std::string nearestNames(Database& database, std::string_view wanted) {
    constexpr std::size_t longest = 200;  // distance costs the product of the lengths
    std::vector<std::pair<std::size_t, std::string>> names;
    Statement rows = database.prepare(
        "SELECT DISTINCT name FROM run_annotation WHERE name <> '' AND deleted IS NULL AND length(name) <= "
        "200");
    while (rows.step() && wanted.size() <= longest) {
        const std::string name = rows.text(0);
        const bool contains = name.find(wanted) != std::string::npos;
        names.emplace_back(contains ? 0 : editDistance(wanted, name), name);
    }
    std::sort(names.begin(), names.end());
    std::string list;
    for (std::size_t i = 0; i < names.size() && i < 3; ++i)
        if (names[i].first <= std::max<std::size_t>(2, wanted.size() / 2))
            list += (list.empty() ? "" : ", ") + ("\"" + names[i].second + "\"");
    return list.empty() ? "List the runs with: filigree runs" : "Nearest: " + list + ".";
}

std::optional<std::int64_t> asInteger(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::vector<RunInfo> Reader::runs(const RunFilter& filter) const {
    std::string where = "WHERE 1";
    if (!filter.withDeleted) where += " AND n.deleted IS NULL";
    if (!filter.withArchived) where += " AND coalesce(n.archived, 0) = 0";
    if (filter.method) where += " AND r.method = :method";
    if (filter.tag) where += " AND EXISTS (SELECT 1 FROM run_tag t WHERE t.run = r.id AND t.tag = :tag)";
    Statement rows = store_->database().prepare(runColumns + where + " ORDER BY r.id DESC");
    int parameter = 0;
    if (filter.method) rows.bind(++parameter, *filter.method);
    if (filter.tag) rows.bind(++parameter, *filter.tag);
    const double now = unixNow();
    std::vector<RunInfo> found;
    while (static_cast<std::int64_t>(found.size()) < filter.limit && rows.step()) {
        RunInfo run = runOf(rows, now);
        if (filter.states.empty() ||
            std::find(filter.states.begin(), filter.states.end(), run.state) != filter.states.end())
            found.push_back(std::move(run));
    }
    return found;
}

RunInfo Reader::run(std::int64_t id) const {
    Statement row = store_->database().prepare(std::string(runColumns) + "WHERE r.id = ?");
    if (!row.with(id).step())
        throw Error(ErrorKind::Usage, "there is no run " + std::to_string(id), store_->path().string(),
                    "List the runs with: filigree runs");
    RunInfo run = runOf(row, unixNow());
    Statement text = store_->database().prepare("SELECT machine FROM run_text WHERE run = ?");
    if (text.with(id).step()) run.machineJson = text.text(0);
    return run;
}

std::int64_t Reader::find(std::string_view wanted) const {
    Database& database = store_->database();
    if (const auto id = asInteger(wanted)) {
        Statement row = database.prepare("SELECT id FROM run WHERE id = ?");
        if (row.with(*id).step()) return *id;
    }
    if (wanted == "last") {
        Statement row = database.prepare(
            "SELECT max(r.id) FROM run r LEFT JOIN run_annotation n ON n.run = r.id WHERE n.deleted IS NULL");
        if (row.step() && !row.isNull(0)) return row.integer(0);
        throw Error(ErrorKind::Usage, "the store has no run yet", store_->path().string(),
                    "Make one with: filigree run PRESET");
    }
    Statement rows =
        database.prepare("SELECT run FROM run_annotation WHERE name = ? AND deleted IS NULL ORDER BY run");
    rows.with(wanted);
    std::vector<std::int64_t> ids;
    while (rows.step()) ids.push_back(rows.integer(0));
    if (ids.size() == 1) return ids[0];
    if (ids.empty())
        throw Error(ErrorKind::Usage, "there is no run \"" + std::string(wanted) + "\"",
                    store_->path().string(), nearestNames(database, wanted));
    std::string list;
    for (const std::int64_t id : ids) list += (list.empty() ? "" : ", ") + std::to_string(id);
    throw Error(ErrorKind::Usage,
                std::to_string(ids.size()) + " runs have the name \"" + std::string(wanted) + "\"",
                store_->path().string(), "Name one by its id: " + list + ".");
}

std::string Reader::configToml(std::int64_t run) const {
    Statement row = store_->database().prepare("SELECT config_toml FROM run_text WHERE run = ?");
    return row.with(run).step() ? row.text(0) : std::string();
}

std::vector<ConfigEntry> Reader::config(std::int64_t run) const {
    Statement rows =
        store_->database().prepare("SELECT key, type, num, text FROM v_config WHERE run = ? ORDER BY key");
    rows.with(run);
    std::vector<ConfigEntry> entries;
    while (rows.step()) {
        const std::string type = rows.text(1);
        ConfigEntry entry{rows.text(0), std::string()};
        if (type == "bool")
            entry.value = rows.integer(2) != 0;
        else if (type == "int")
            entry.value = rows.integer(2);
        else if (type == "float")
            entry.value = number(rows, 2);
        else if (type == "array")
            entry.value = ConfigArray{rows.text(3)};
        else if (type == "string")
            entry.value = rows.text(3);
        else
            throw Error(ErrorKind::Data, "a config value has the unknown type \"" + type + "\"",
                        store_->path().string() + ", run " + std::to_string(run) + ", " + entry.key);
        entries.push_back(std::move(entry));
    }
    return entries;
}

std::vector<AttemptInfo> Reader::attempts(std::int64_t run) const {
    Statement rows = store_->database().prepare(
        "SELECT attempt, from_step, nullif(until_step, 9223372036854775807), started, ended, host, pid, "
        "steps_per_epoch"
        " FROM attempt WHERE run = ? ORDER BY attempt");
    rows.with(run);
    std::vector<AttemptInfo> attempts;
    while (rows.step())
        attempts.push_back({rows.integer(0), rows.integer(1), rows.optionalInteger(2), rows.real(3),
                            rows.optionalReal(4), rows.text(5), rows.integer(6), rows.real(7)});
    return attempts;
}

std::vector<std::string> Reader::scalarTags(std::int64_t run) const {
    Statement rows = store_->database().prepare(
        "SELECT name FROM tag WHERE id IN (SELECT tag FROM series WHERE run = ?) ORDER BY name");
    rows.with(run);
    std::vector<std::string> tags;
    while (rows.step()) tags.push_back(rows.text(0));
    return tags;
}

std::vector<ScalarPoint> Reader::scalars(std::int64_t run, std::string_view tag, std::int64_t fromStep,
                                         std::int64_t toStep) const {
    Statement rows = store_->database().prepare(
        "SELECT step, value, time, attempt FROM v_scalars WHERE run = ? AND key = ? AND step >= ? AND step "
        "<= ?"
        " ORDER BY step, attempt");
    rows.with(run, tag, fromStep, toStep);
    std::vector<ScalarPoint> points;
    while (rows.step()) points.push_back({rows.integer(0), number(rows, 1), rows.real(2), rows.integer(3)});
    return points;
}

std::vector<ScalarPoint> Reader::supersededScalars(std::int64_t run, std::string_view tag) const {
    Statement rows = store_->database().prepare(
        "SELECT s.step, s.value, r.created + s.time_ms / 1000.0, s.attempt FROM series z"
        " JOIN tag t ON t.id = z.tag AND t.name = ?2"
        " JOIN attempt a ON a.run = z.run AND a.attempt = z.attempt"
        " JOIN run r ON r.id = z.run"
        " JOIN scalar s ON s.run = z.run AND s.tag = z.tag AND s.attempt = z.attempt AND s.step >= "
        "a.until_step"
        " WHERE z.run = ?1 ORDER BY s.attempt, s.step");
    rows.with(run, tag);
    std::vector<ScalarPoint> points;
    while (rows.step()) points.push_back({rows.integer(0), number(rows, 1), rows.real(2), rows.integer(3)});
    return points;
}

std::vector<ScalarBucket> Reader::reducedScalars(std::int64_t run, std::string_view tag,
                                                 std::int64_t fromStep, std::int64_t toStep,
                                                 std::int64_t buckets) const {
    if (buckets < 1)
        throw Error(ErrorKind::Usage, "a series cannot be reduced to " + std::to_string(buckets) + " parts");
    Database& database = store_->database();
    struct Part {
        SeriesKey key;
        std::int64_t width;
        std::int64_t from, end;
    };
    std::vector<Part> parts;
    {
        Statement rows = database.prepare(
            "SELECT z.tag, z.attempt, z.width, a.until_step FROM series z JOIN tag t ON t.id = z.tag AND "
            "t.name = ?2"
            " JOIN attempt a ON a.run = z.run AND a.attempt = z.attempt WHERE z.run = ?1 ORDER BY z.attempt");
        rows.with(run, tag);
        constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
        const std::int64_t end = toStep < most ? toStep + 1 : most;
        while (rows.step())
            parts.push_back({{run, rows.integer(0), rows.integer(1)},
                             rows.integer(2),
                             std::max<std::int64_t>(fromStep, 0),
                             std::min(end, rows.integer(3))});
    }
    // The stretch of steps that has points at all, and whether there are few of them.
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    std::int64_t last = -1;
    std::int64_t points = 0;
    constexpr const char* inPart =
        " FROM scalar WHERE run = ? AND tag = ? AND attempt = ? AND step >= ? AND step < ?";
    for (const Part& part : parts) {
        const auto& [key, width, from, end] = part;
        for (const bool newest : {false, true}) {
            Statement edge =
                database.prepare(std::string("SELECT step") + inPart +
                                 (newest ? " ORDER BY step DESC LIMIT 1" : " ORDER BY step LIMIT 1"));
            if (!edge.with(key.run, key.tag, key.attempt, from, end).step()) continue;
            first = std::min(first, edge.integer(0));
            last = std::max(last, edge.integer(0));
        }
        Statement few =
            database.prepare(std::string("SELECT count(*) FROM (SELECT 1") + inPart + " LIMIT ?)");
        few.with(key.run, key.tag, key.attempt, from, end, std::max<std::int64_t>(buckets + 1 - points, 0))
            .step();
        points += few.integer(0);
    }
    std::vector<ScalarBucket> reduced;
    if (last < first) return reduced;
    const std::int64_t resolution =
        points <= buckets ? 1 : std::max<std::int64_t>(1, (last - first) / buckets + 1);
    for (const Part& part : parts)
        readReduced(database, part.key, part.width, part.from, part.end, resolution, reduced);
    std::stable_sort(reduced.begin(), reduced.end(), [](const ScalarBucket& left, const ScalarBucket& right) {
        return left.firstStep < right.firstStep;
    });
    return reduced;
}

std::vector<NamedScalar> Reader::lastScalars(std::int64_t run) const {
    Statement rows = store_->database().prepare(
        "SELECT key, step, value, time, attempt FROM v_scalar_last WHERE run = ? ORDER BY key");
    rows.with(run);
    std::vector<NamedScalar> last;
    while (rows.step())
        last.push_back({rows.text(0), {rows.integer(1), number(rows, 2), rows.real(3), rows.integer(4)}});
    return last;
}

std::vector<ScalarExtremes> Reader::scalarExtremes(std::int64_t run) const {
    std::vector<ScalarExtremes> extremes;
    for (const std::string& tag : scalarTags(run)) {
        ScalarBucket all = emptyBucket();
        for (const ScalarBucket& bucket :
             reducedScalars(run, tag, 0, std::numeric_limits<std::int64_t>::max(), 256))
            addBucket(all, bucket);
        extremes.push_back({tag, all.count, all.least, all.greatest, all.leastStep, all.greatestStep});
    }
    return extremes;
}

std::vector<LogLine> Reader::log(std::int64_t run, std::int64_t afterId) const {
    Statement rows = store_->database().prepare(
        "SELECT g.id, g.level, g.message, g.step, g.attempt, r.created + g.time_ms / 1000.0 FROM log g"
        " JOIN run r ON r.id = g.run WHERE g.run = ? AND g.id > ? ORDER BY g.id");
    rows.with(run, afterId);
    std::vector<LogLine> lines;
    while (rows.step()) {
        const std::int64_t level = std::clamp<std::int64_t>(rows.integer(1), 0, 3);
        lines.push_back({rows.integer(0), static_cast<record::LogLevel>(level), rows.text(2), rows.integer(3),
                         rows.integer(4), rows.real(5)});
    }
    return lines;
}

std::vector<EventLine> Reader::events(std::int64_t run) const {
    Statement rows = store_->database().prepare(
        "SELECT e.id, e.kind, e.detail, e.step, e.attempt, r.created + e.time_ms / 1000.0 FROM event e"
        " JOIN attempt a ON a.run = e.run AND a.attempt = e.attempt AND e.step < a.until_step"
        " JOIN run r ON r.id = e.run WHERE e.run = ? ORDER BY e.step, e.id");
    rows.with(run);
    std::vector<EventLine> events;
    while (rows.step())
        events.push_back(
            {rows.integer(0), {rows.text(1), rows.text(2)}, rows.integer(3), rows.integer(4), rows.real(5)});
    return events;
}

std::vector<CheckpointInfo> Reader::checkpoints(std::int64_t run) const {
    Statement rows = store_->database().prepare(
        "SELECT step, attempt, time, path, digest, bytes FROM v_checkpoints WHERE run = ? ORDER BY step, "
        "attempt");
    rows.with(run);
    std::vector<CheckpointInfo> checkpoints;
    while (rows.step())
        checkpoints.push_back(
            {rows.integer(0), rows.integer(1), rows.real(2), rows.text(3), rows.text(4), rows.integer(5)});
    return checkpoints;
}

}  // namespace filigree::store
