// SPDX-License-Identifier: Apache-2.0
#include "store/merge.h"

#include <string>
#include <system_error>

#include "store/reader.h"
#include "store/sqlite.h"
#include "store/state.h"

namespace fs = std::filesystem;

namespace filigree::store {
namespace {

/// Detaches the other store again, whatever happens.
class Attached {
  public:
    Attached(Database& database, const fs::path& path) : database_(database) {
        const std::u8string encoded = path.u8string();
        database_.prepare("ATTACH ? AS other").with(std::string(encoded.begin(), encoded.end())).run();
    }
    ~Attached() {
        try {
            database_.execute("DETACH other");
        } catch (const Error&) {
            // It stays attached to a connection that is about to report another error.
        }
    }
    Attached(const Attached&) = delete;
    Attached& operator=(const Attached&) = delete;

  private:
    Database& database_;
};

/// Columns of a run's row that are copied as they are.
constexpr const char* runColumns =
    "uuid, created, method, preset, seed, state, started, ended, attempt, host, pid, process_start, "
    "heartbeat, step,"
    " total_steps, epoch, steps_per_second, exit_code, error, weights_digest";

/// Copies all rows of one run (?1 there, ?2 here) but its own; dictionaries are translated by name.
constexpr const char* copies[] = {
    "INSERT INTO main.run_text SELECT ?2, config_toml, machine FROM other.run_text WHERE run = ?1",
    "INSERT OR IGNORE INTO main.config_key(name) SELECT k.name FROM other.config c JOIN other.config_key k"
    " ON k.id = c.key WHERE c.run = ?1 AND ?2",
    "INSERT INTO main.config(run, key, type, num, text) SELECT ?2, m.id, c.type, c.num, c.text FROM "
    "other.config c"
    " JOIN other.config_key k ON k.id = c.key JOIN main.config_key m ON m.name = k.name WHERE c.run = ?1",
    "INSERT INTO main.attempt(run, attempt, from_step, until_step, started, ended, host, pid, process_start,"
    " steps_per_epoch) SELECT ?2, attempt, from_step, until_step, started, ended, host, pid, process_start,"
    " steps_per_epoch FROM other.attempt WHERE run = ?1",
    "INSERT INTO main.run_annotation(run, name, note, colour, archived, deleted)"
    " SELECT ?2, name, note, colour, archived, deleted FROM other.run_annotation WHERE run = ?1",
    "INSERT INTO main.run_tag(run, tag) SELECT ?2, tag FROM other.run_tag WHERE run = ?1",
    "INSERT INTO main.bookmark(run, step, label, created)"
    " SELECT ?2, step, label, created FROM other.bookmark WHERE run = ?1 ORDER BY id",
    "INSERT OR IGNORE INTO main.tag(name) SELECT t.name FROM other.tag t WHERE ?2 AND (EXISTS (SELECT 1 FROM"
    " other.series s WHERE s.run = ?1 AND s.tag = t.id) OR EXISTS (SELECT 1 FROM other.record r WHERE r.run "
    "= ?1 AND"
    " r.tag = t.id) OR EXISTS (SELECT 1 FROM other.gate g WHERE g.run = ?1 AND g.tag = t.id))",
    "INSERT INTO main.series(run, tag, attempt, width, count, last_step, last, least, greatest) SELECT ?2, "
    "m.id, s.attempt, s.width, s.count, s.last_step, s.last, s.least, s.greatest FROM other.series s"
    " JOIN other.tag t ON t.id = s.tag JOIN main.tag m ON m.name = t.name WHERE s.run = ?1",
    "INSERT INTO main.scalar(run, tag, attempt, step, time_ms, value) SELECT ?2, m.id, s.attempt, s.step, "
    "s.time_ms,"
    " s.value FROM other.scalar s JOIN other.tag t ON t.id = s.tag JOIN main.tag m ON m.name = t.name WHERE "
    "s.run = ?1",
    "INSERT INTO main.scalar_pyramid(run, tag, attempt, level, bucket, count, first_step, last_step, first, "
    "last,"
    " least, least_step, greatest, greatest_step, non_finite, non_finite_step) SELECT ?2, m.id, s.attempt, "
    "s.level,"
    " s.bucket, s.count, s.first_step, s.last_step, s.first, s.last, s.least, s.least_step, s.greatest,"
    " s.greatest_step, s.non_finite, s.non_finite_step FROM other.scalar_pyramid s JOIN other.tag t ON t.id "
    "= s.tag"
    " JOIN main.tag m ON m.name = t.name WHERE s.run = ?1",
    "INSERT INTO main.gate(run, tag, attempt, step, channel, time_ms, value) SELECT ?2, m.id, g.attempt, "
    "g.step,"
    " g.channel, g.time_ms, g.value FROM other.gate g JOIN other.tag t ON t.id = g.tag JOIN main.tag m"
    " ON m.name = t.name WHERE g.run = ?1",
    "INSERT INTO main.layer(run, name, rows, columns, kernel) SELECT ?2, name, rows, columns, kernel FROM "
    "other.layer"
    " WHERE run = ?1 ORDER BY id",
    "INSERT INTO main.mask_frame(layer, attempt, step, time_ms, is_key, non_zeros, added, removed, payload)"
    " SELECT h.id, m.attempt, m.step, m.time_ms, m.is_key, m.non_zeros, m.added, m.removed, m.payload"
    " FROM other.layer l JOIN other.mask_frame m ON m.layer = l.id JOIN main.layer h ON h.run = ?2 AND "
    "h.name = l.name"
    " WHERE l.run = ?1",
    "INSERT INTO main.rewiring(layer, attempt, step, time_ms, round, dropped, grown, regrown, "
    "dropped_payload,"
    " grown_payload) SELECT h.id, w.attempt, w.step, w.time_ms, w.round, w.dropped, w.grown, w.regrown,"
    " w.dropped_payload, w.grown_payload FROM other.layer l JOIN other.rewiring w ON w.layer = l.id JOIN "
    "main.layer h"
    " ON h.run = ?2 AND h.name = l.name WHERE l.run = ?1",
    "INSERT INTO main.record(run, kind, tag, field, attempt, step, time_ms, payload) SELECT ?2, r.kind, "
    "m.id, r.field,"
    " r.attempt, r.step, r.time_ms, r.payload FROM other.record r JOIN other.tag t ON t.id = r.tag JOIN "
    "main.tag m"
    " ON m.name = t.name WHERE r.run = ?1",
    "INSERT INTO main.event(run, attempt, step, time_ms, kind, detail)"
    " SELECT ?2, attempt, step, time_ms, kind, detail FROM other.event WHERE run = ?1 ORDER BY id",
    "INSERT INTO main.log(run, attempt, step, time_ms, level, message)"
    " SELECT ?2, attempt, step, time_ms, level, message FROM other.log WHERE run = ?1 ORDER BY id",
    "INSERT INTO main.command(run, created, verb, argument, taken, acknowledged, answer)"
    " SELECT ?2, created, verb, argument, taken, acknowledged, answer FROM other.command WHERE run = ?1 "
    "ORDER BY id",
};

/// Copies one checkpoint file to `<folder>/merged-<uuid>/<path>`; returns the new relative path. A file that
/// is gone there keeps its row: resuming says so.
std::string copyCheckpoint(const fs::path& from, const fs::path& to, const std::string& path,
                           const std::string& uuid, std::int64_t& copied) {
    const fs::path relative = fs::path(std::u8string(path.begin(), path.end())).lexically_normal();
    if (relative.empty() || relative.is_absolute() || relative.has_root_name() || *relative.begin() == "..")
        throw Error(ErrorKind::Data, "a checkpoint of the other store lies outside its folder: " + path,
                    from.string());
    const fs::path moved = fs::path("merged-" + uuid) / relative;
    std::error_code code;
    if (fs::is_regular_file(from / relative, code)) {
        fs::create_directories((to / moved).parent_path(), code);
        const fs::path temporary = (to / moved).string() + ".tmp";
        fs::copy_file(from / relative, temporary, fs::copy_options::overwrite_existing, code);
        if (!code) fs::rename(temporary, to / moved, code);
        if (code)
            throw Error(ErrorKind::Run, "a checkpoint cannot be copied: " + code.message(),
                        (to / moved).string(), "Free some space or check the permissions, then merge again.");
        ++copied;
    }
    const std::u8string text = moved.generic_u8string();
    return std::string(text.begin(), text.end());
}

}  // namespace

MergeResult merge(Store& into, const fs::path& otherPath) {
    std::error_code code;
    if (fs::equivalent(into.path(), otherPath, code))
        throw Error(ErrorKind::Usage, "a store cannot be merged into itself", otherPath.string());
    const Store other = Store::open(otherPath, Mode::ReadOnly);
    RunFilter all;
    all.withDeleted = true;
    for (const RunInfo& run : Reader(other).runs(all))
        if (run.state == RunState::Running || run.state == RunState::Paused)
            throw Error(ErrorKind::Usage,
                        "run " + std::to_string(run.id) + " of the other store is " +
                            std::string(toString(run.state)),
                        otherPath.string(), "Stop it, or wait for its end.");

    Database& database = into.database();
    const Attached attached(database, otherPath);
    MergeResult result;
    Transaction transaction(database);
    struct Row {
        std::int64_t id;
        std::string uuid;
    };
    std::vector<Row> rows;
    {
        Statement runs = database.prepare("SELECT id, uuid FROM other.run ORDER BY id");
        while (runs.step()) rows.push_back({runs.integer(0), runs.text(1)});
    }
    for (const Row& row : rows) {
        Statement here = database.prepare("SELECT id FROM main.run WHERE uuid = ?");
        if (here.with(row.uuid).step()) {
            result.alreadyHere.push_back(here.integer(0));
            continue;
        }
        database
            .prepare(std::string("INSERT INTO main.run(") + runColumns + ") SELECT " + runColumns +
                     " FROM other.run WHERE id = ?")
            .with(row.id)
            .run();
        const std::int64_t id = database.lastInsertId();
        for (const char* copy : copies) database.cached(copy).with(row.id, id).run();
        Statement checkpoints = database.prepare(
            "SELECT attempt, step, time_ms, path, digest, bytes FROM other.checkpoint WHERE run = ?");
        checkpoints.with(row.id);
        while (checkpoints.step())
            database
                .prepare(
                    "INSERT INTO main.checkpoint(run, attempt, step, time_ms, path, digest, bytes)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)")
                .with(id, checkpoints.integer(0), checkpoints.integer(1), checkpoints.integer(2),
                      copyCheckpoint(other.folder(), into.folder(), checkpoints.text(3), row.uuid,
                                     result.checkpointFiles),
                      checkpoints.text(4), checkpoints.integer(5))
                .run();
        result.copied.emplace_back(row.id, id);
    }
    transaction.commit();
    return result;
}

}  // namespace filigree::store
