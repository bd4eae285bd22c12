// SPDX-License-Identifier: Apache-2.0
#include "store/schema.h"

#include <array>
#include <string>

#include "store/sqlite.h"
#include "store/views.h"

namespace filigree::store {
namespace {

// Times are Unix seconds; the times of records are milliseconds since the run was created, which takes 4
// bytes instead of 8. scalar, scalar_pyramid and gate have no foreign keys: a look-up of the parents for each
// of 10^5 rows a second costs more than the row; deleting a run removes their rows by name.
constexpr const char* version1 = R"sql(
CREATE TABLE run(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    created REAL NOT NULL,
    method TEXT NOT NULL,
    preset TEXT NOT NULL,
    seed INTEGER NOT NULL,
    state TEXT NOT NULL CHECK(state IN
        ('queued', 'running', 'paused', 'finished', 'failed', 'stopped', 'interrupted')),
    started REAL,
    ended REAL,
    attempt INTEGER NOT NULL DEFAULT 0,
    host TEXT NOT NULL DEFAULT '',
    pid INTEGER NOT NULL DEFAULT 0,
    process_start INTEGER NOT NULL DEFAULT 0,
    heartbeat REAL NOT NULL DEFAULT 0,
    step INTEGER NOT NULL DEFAULT 0,
    total_steps INTEGER NOT NULL DEFAULT 0,
    epoch REAL NOT NULL DEFAULT 0,
    steps_per_second REAL NOT NULL DEFAULT 0,
    exit_code INTEGER,
    error TEXT NOT NULL DEFAULT '',
    weights_digest TEXT NOT NULL DEFAULT ''
);
CREATE TABLE run_text(
    run INTEGER PRIMARY KEY REFERENCES run(id) ON DELETE CASCADE,
    config_toml TEXT NOT NULL,
    machine TEXT NOT NULL
);
CREATE TABLE config_key(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE config(
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    key INTEGER NOT NULL REFERENCES config_key(id),
    type TEXT NOT NULL,
    num NUMERIC,
    text TEXT NOT NULL,
    PRIMARY KEY(run, key)
) WITHOUT ROWID;
CREATE TABLE attempt(
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    from_step INTEGER NOT NULL,
    until_step INTEGER NOT NULL DEFAULT 9223372036854775807,
    started REAL NOT NULL,
    ended REAL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    process_start INTEGER NOT NULL,
    steps_per_epoch REAL NOT NULL DEFAULT 0,
    PRIMARY KEY(run, attempt)
) WITHOUT ROWID;

CREATE TABLE run_annotation(
    run INTEGER PRIMARY KEY REFERENCES run(id) ON DELETE CASCADE,
    name TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    colour TEXT NOT NULL DEFAULT '',
    archived INTEGER NOT NULL DEFAULT 0,
    deleted REAL
);
CREATE INDEX run_annotation_name ON run_annotation(name);
CREATE TABLE run_tag(
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY(run, tag)
) WITHOUT ROWID;
CREATE TABLE bookmark(
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    label TEXT NOT NULL,
    created REAL NOT NULL
);
CREATE INDEX bookmark_run ON bookmark(run, step);

CREATE TABLE tag(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE series(
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    tag INTEGER NOT NULL REFERENCES tag(id),
    attempt INTEGER NOT NULL,
    width INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY(run, tag, attempt)
) WITHOUT ROWID;
CREATE TABLE scalar(
    run INTEGER NOT NULL,
    tag INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    step INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    value REAL,
    PRIMARY KEY(run, tag, attempt, step)
) WITHOUT ROWID;
CREATE TABLE scalar_pyramid(
    run INTEGER NOT NULL,
    tag INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    level INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    count INTEGER NOT NULL,
    first_step INTEGER NOT NULL,
    last_step INTEGER NOT NULL,
    first REAL,
    last REAL,
    least REAL,
    least_step INTEGER,
    greatest REAL,
    greatest_step INTEGER,
    non_finite INTEGER NOT NULL,
    non_finite_step INTEGER NOT NULL,
    PRIMARY KEY(run, tag, attempt, level, bucket)
) WITHOUT ROWID;

CREATE TABLE layer(
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    rows INTEGER,
    columns INTEGER,
    kernel TEXT NOT NULL DEFAULT '[]',
    UNIQUE(run, name)
);
CREATE TABLE mask_frame(
    layer INTEGER NOT NULL REFERENCES layer(id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    step INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    is_key INTEGER NOT NULL,
    non_zeros INTEGER NOT NULL,
    added INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY(layer, attempt, step)
);
CREATE TABLE rewiring(
    layer INTEGER NOT NULL REFERENCES layer(id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    step INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    round INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    grown INTEGER NOT NULL,
    regrown INTEGER NOT NULL,
    dropped_payload BLOB NOT NULL,
    grown_payload BLOB NOT NULL,
    PRIMARY KEY(layer, attempt, step)
);
CREATE TABLE record(
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    kind INTEGER NOT NULL,
    tag INTEGER NOT NULL REFERENCES tag(id),
    field TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    step INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY(run, kind, tag, field, attempt, step)
);
CREATE TABLE event(
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    step INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX event_run ON event(run);
CREATE TABLE log(
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    step INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    level INTEGER NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX log_run ON log(run);
CREATE TABLE checkpoint(
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    step INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    path TEXT NOT NULL,
    digest TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY(run, attempt, step)
);
CREATE TABLE command(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    created REAL NOT NULL,
    verb TEXT NOT NULL,
    argument TEXT NOT NULL,
    taken REAL,
    acknowledged REAL,
    answer TEXT NOT NULL DEFAULT ''
);
CREATE INDEX command_run ON command(run);
CREATE INDEX command_waiting ON command(run) WHERE taken IS NULL;
)sql";

// Gate values: one number per channel of a named gate vector. No method of this version records any yet.
constexpr const char* version2 = R"sql(
CREATE TABLE gate(
    run INTEGER NOT NULL,
    tag INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    step INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    value REAL,
    PRIMARY KEY(run, tag, attempt, step, channel)
) WITHOUT ROWID;
)sql";

// Summaries of series, so that a table of ten thousand runs reads one row a metric and not its points. A
// count of 0 means that nobody knows: then the points are read. An attempt that has not ended may be written
// by an older program, which does not keep them.
constexpr const char* version3 = R"sql(
ALTER TABLE series ADD COLUMN count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE series ADD COLUMN last_step INTEGER NOT NULL DEFAULT 0;
ALTER TABLE series ADD COLUMN last REAL;
ALTER TABLE series ADD COLUMN least REAL;
ALTER TABLE series ADD COLUMN greatest REAL;
UPDATE series SET
    (count, last_step, least, greatest) = (
        SELECT count(*), coalesce(max(s.step), 0), min(s.value) FILTER (WHERE s.value > -9e999 AND s.value < 9e999),
               max(s.value) FILTER (WHERE s.value > -9e999 AND s.value < 9e999)
          FROM scalar s WHERE s.run = series.run AND s.tag = series.tag AND s.attempt = series.attempt),
    last = (SELECT s.value FROM scalar s WHERE s.run = series.run AND s.tag = series.tag
               AND s.attempt = series.attempt ORDER BY s.step DESC LIMIT 1)
 WHERE EXISTS (SELECT 1 FROM attempt a WHERE a.run = series.run AND a.attempt = series.attempt
                  AND a.ended IS NOT NULL);
)sql";

constexpr std::array<Migration, 3> steps{{{1, version1}, {2, version2}, {3, version3}}};

}  // namespace

std::span<const Migration> migrations() {
    return steps;
}

int schemaVersion() {
    return steps.back().version;
}

void migrate(Database& database) {
    Transaction transaction(database, Transaction::Lock::Exclusive);
    const std::int64_t found = database.integer("PRAGMA user_version");
    if (found >= schemaVersion()) return;
    for (const Migration& step : steps)
        if (step.version > found) database.execute(step.sql);
    createViews(database);
    database.execute("PRAGMA application_id = " + std::to_string(applicationId));
    database.execute("PRAGMA user_version = " + std::to_string(schemaVersion()));
    transaction.commit();
}

}  // namespace filigree::store
