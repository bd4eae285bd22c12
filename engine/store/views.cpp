// SPDX-License-Identifier: Apache-2.0
#include "store/views.h"

#include <array>
#include <string>

#include "store/schema.h"
#include "store/sqlite.h"

namespace filigree::store {
namespace {

struct View {
    const char* name;
    const char* select;
};

// Plain SQL only, so that any SQLite client can read them. A record of attempt a at step s survives if
// s < attempt.until_step, which is the lowest step from which a newer attempt resumed.
constexpr std::array<View, 9> views{{
    {"v_runs", R"sql(
SELECT r.id AS run, r.uuid, coalesce(n.name, '') AS name, r.state, r.method, r.preset, r.seed, r.attempt,
       r.step, r.total_steps, r.epoch, r.steps_per_second,
       (SELECT coalesce(sum(max(0, coalesce(a.ended, r.heartbeat) - a.started)), 0)
          FROM attempt a WHERE a.run = r.id) AS seconds,
       r.created, strftime('%Y-%m-%dT%H:%M:%fZ', r.created, 'unixepoch') AS created_iso,
       r.started, strftime('%Y-%m-%dT%H:%M:%fZ', r.started, 'unixepoch') AS started_iso,
       r.ended, strftime('%Y-%m-%dT%H:%M:%fZ', r.ended, 'unixepoch') AS ended_iso,
       r.host, r.pid, r.heartbeat,
       CASE WHEN r.heartbeat > 0 THEN strftime('%Y-%m-%dT%H:%M:%fZ', r.heartbeat, 'unixepoch') END AS heartbeat_iso,
       r.exit_code, r.error, r.weights_digest,
       coalesce(n.note, '') AS note,
       coalesce((SELECT group_concat(g.tag, ',') FROM (SELECT tag FROM run_tag WHERE run = r.id ORDER BY tag) g), '')
           AS tags,
       coalesce(n.colour, '') AS colour, coalesce(n.archived, 0) AS archived, n.deleted
  FROM run r LEFT JOIN run_annotation n ON n.run = r.id)sql"},
    {"v_config", R"sql(
SELECT c.run, k.name AS key, c.type, c.num, c.text FROM config c JOIN config_key k ON k.id = c.key)sql"},
    {"v_scalars", R"sql(
SELECT s.run, s.attempt, s.step, r.created + s.time_ms / 1000.0 AS time, t.name AS key, s.value,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.created + s.time_ms / 1000.0, 'unixepoch') AS time_iso
  FROM series z
  JOIN tag t ON t.id = z.tag
  JOIN attempt a ON a.run = z.run AND a.attempt = z.attempt
  JOIN run r ON r.id = z.run
  JOIN scalar s ON s.run = z.run AND s.tag = z.tag AND s.attempt = z.attempt AND s.step < a.until_step)sql"},
    {"v_scalar_last", R"sql(
SELECT s.run, s.attempt, s.step, r.created + s.time_ms / 1000.0 AS time, t.name AS key, s.value,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.created + s.time_ms / 1000.0, 'unixepoch') AS time_iso
  FROM (SELECT DISTINCT run, tag FROM series) p
  JOIN tag t ON t.id = p.tag
  JOIN run r ON r.id = p.run
  JOIN scalar s ON s.run = p.run AND s.tag = p.tag AND (s.attempt, s.step) = (
       SELECT y.attempt, y.step FROM (
           SELECT z.attempt AS attempt,
                  (SELECT max(x.step) FROM scalar x WHERE x.run = z.run AND x.tag = z.tag
                      AND x.attempt = z.attempt AND x.step < a.until_step) AS step
             FROM series z JOIN attempt a ON a.run = z.run AND a.attempt = z.attempt
            WHERE z.run = p.run AND z.tag = p.tag) y
        WHERE y.step IS NOT NULL ORDER BY y.step DESC, y.attempt DESC LIMIT 1))sql"},
    {"v_scalar_best", R"sql(
SELECT b.run, b.key, b.count, b.min,
       (SELECT min(v.step) FROM v_scalars v WHERE v.run = b.run AND v.key = b.key AND v.value = b.min) AS min_step,
       b.max,
       (SELECT min(v.step) FROM v_scalars v WHERE v.run = b.run AND v.key = b.key AND v.value = b.max) AS max_step
  FROM (SELECT run, key, count(*) AS count,
               min(value) FILTER (WHERE value > -9e999 AND value < 9e999) AS min,
               max(value) FILTER (WHERE value > -9e999 AND value < 9e999) AS max
          FROM v_scalars GROUP BY run, key) b)sql"},
    {"v_events", R"sql(
SELECT e.run, e.attempt, e.step, r.created + e.time_ms / 1000.0 AS time,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.created + e.time_ms / 1000.0, 'unixepoch') AS time_iso, e.kind, e.detail
  FROM event e
  JOIN attempt a ON a.run = e.run AND a.attempt = e.attempt AND e.step < a.until_step
  JOIN run r ON r.id = e.run)sql"},
    {"v_checkpoints", R"sql(
SELECT c.run, c.attempt, c.step, r.created + c.time_ms / 1000.0 AS time,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.created + c.time_ms / 1000.0, 'unixepoch') AS time_iso,
       c.path, c.digest, c.bytes
  FROM checkpoint c
  JOIN attempt a ON a.run = c.run AND a.attempt = c.attempt AND c.step <= a.until_step
  JOIN run r ON r.id = c.run)sql"},
    {"v_topology", R"sql(
SELECT l.run, f.attempt, f.step, r.created + f.time_ms / 1000.0 AS time,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.created + f.time_ms / 1000.0, 'unixepoch') AS time_iso,
       l.name AS layer, l.rows, l.columns, f.nnz, f.nnz / (1.0 * l.rows * l.columns) AS density,
       f.round, f.grown, f.dropped, f.regrown, f.added, f.removed
  FROM (SELECT m.layer, m.attempt, m.step, m.time_ms, m.non_zeros AS nnz, w.round, w.grown, w.dropped, w.regrown,
               m.added, m.removed
          FROM mask_frame m LEFT JOIN rewiring w ON w.layer = m.layer AND w.attempt = m.attempt AND w.step = m.step
         UNION ALL
        SELECT w.layer, w.attempt, w.step, w.time_ms, NULL, w.round, w.grown, w.dropped, w.regrown, NULL, NULL
          FROM rewiring w
         WHERE NOT EXISTS (SELECT 1 FROM mask_frame m
                            WHERE m.layer = w.layer AND m.attempt = w.attempt AND m.step = w.step)) f
  JOIN layer l ON l.id = f.layer
  JOIN attempt a ON a.run = l.run AND a.attempt = f.attempt AND f.step < a.until_step
  JOIN run r ON r.id = l.run)sql"},
    {"v_gates", R"sql(
SELECT g.run, g.attempt, g.step, r.created + g.time_ms / 1000.0 AS time,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.created + g.time_ms / 1000.0, 'unixepoch') AS time_iso,
       t.name AS key, g.channel, g.value
  FROM gate g
  JOIN tag t ON t.id = g.tag
  JOIN attempt a ON a.run = g.run AND a.attempt = g.attempt AND g.step < a.until_step
  JOIN run r ON r.id = g.run)sql"},
}};

}  // namespace

void createViews(Database& database) {
    for (const View& view : views)
        database.execute(std::string("DROP VIEW IF EXISTS ") + view.name + "; CREATE VIEW " + view.name +
                         " AS" + view.select);
    database.execute("DROP VIEW IF EXISTS v_version; CREATE VIEW v_version AS SELECT " +
                     std::to_string(schemaVersion()) + " AS schema, " + std::to_string(viewsVersion) +
                     " AS views");
}

}  // namespace filigree::store
