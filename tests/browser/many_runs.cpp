// SPDX-License-Identifier: GPL-3.0-or-later
#include "many_runs.h"

#include <array>
#include <cmath>
#include <string>

#include "base/random.h"
#include "store/pyramid.h"
#include "store/sqlite.h"
#include "store/state.h"
#include "store/store.h"

using namespace filigree;
using namespace filigree::store;

namespace {

constexpr std::array<const char*, 10> metricNames{
    "test/acc",       "test/loss",    "train/loss", "train/acc",        "sparsity/density",
    "sparsity/churn", "optimizer/lr", "perf/steps", "sparsity/explore", "layers/dead/fc1"};
constexpr std::array<const char*, 6> methods{"dst_ee", "rigl", "set", "snfs", "mest", "dense"};
constexpr std::array<const char*, 10> varied{
    "sparsity.density",     "optimizer.lr",       "sparsity.drop_fraction",
    "optimizer.name",       "train.batch_size",   "sparsity.interval_steps",
    "model.width",          "optimizer.momentum", "data.augment",
    "sparsity.distribution"};

/// Value of a key of a run as text and number, and its type.
struct Cell {
    const char* type;
    std::string text;
    double number;
};
Cell cellOf(int key, std::int64_t run) {
    static constexpr std::array<const char*, 4> densities{"0.05", "0.1", "0.2", "0.5"};
    static constexpr std::array<const char*, 3> rates{"0.01", "0.05", "0.1"};
    if (key == 0) return {"float", densities[static_cast<std::size_t>(run / 5 % 4)], 0};
    if (key == 1) return {"float", rates[static_cast<std::size_t>(run / 20 % 3)], 0};
    if (key == 2) return {"float", run / 60 % 2 == 0 ? "0.3" : "0.5", 0};
    if (key == 3) return {"string", run / 120 % 2 == 0 ? "sgd" : "adam", 0};
    if (key < 10) return {"int", std::to_string(32 << (run / 240 % (key - 2))), 0};
    return {"int", std::to_string(key), 0};
}

}  // namespace

void makeManyRuns(const std::filesystem::path& path, const ManyRuns& what) {
    if (std::filesystem::exists(path)) return;
    const std::filesystem::path making = path.string() + ".part";
    std::filesystem::remove(making);
    {
        const Store store = Store::create(making);
        Database& database = store.database();
        database.execute("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -200000");
        const double now = unixNow();
        Transaction transaction(database);
        for (int key = 0; key < what.keys; ++key) {
            const std::string name = key < static_cast<int>(varied.size())
                                         ? varied[static_cast<std::size_t>(key)]
                                         : "group" + std::to_string(key / 10) + ".key" + std::to_string(key);
            database.cached("INSERT INTO config_key(id, name) VALUES (?, ?)").with(key + 1, name).run();
        }
        for (int metric = 0; metric < what.metrics; ++metric)
            database.cached("INSERT INTO tag(id, name) VALUES (?, ?)")
                .with(metric + 1, metricNames[static_cast<std::size_t>(metric) % metricNames.size()])
                .run();
        for (std::int64_t i = 0; i < what.runs; ++i) {
            const std::int64_t run = i + 1;
            const char* method = methods[static_cast<std::size_t>(i / 480 % 6)];
            const double created = now - static_cast<double>(what.runs - i) * 1700;
            const std::int64_t seed = i % 5;
            const bool failed = i % 97 == 13;
            const std::string name =
                std::string(method) + " d" + cellOf(0, i).text + " s" + std::to_string(seed);
            database
                .cached(
                    "INSERT INTO run(id, uuid, created, method, preset, seed, state, started, ended, "
                    "attempt, host, "
                    "pid, heartbeat, step, total_steps, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 'lab', "
                    "1, ?, ?, "
                    "?, ?)")
                .with(run, "uuid-" + std::to_string(run), created, method, std::string(method) + "/digits",
                      seed, failed ? "failed" : "finished", created, created + 600, created + 600,
                      what.points * 10, what.points * 10, failed ? "the loss is not a number" : "")
                .run();
            database.cached("INSERT INTO run_text VALUES (?, 'seed = 1', '{}')").with(run).run();
            database
                .cached(
                    "INSERT INTO attempt(run, attempt, from_step, started, ended, host, pid, process_start)"
                    " VALUES (?, 1, 0, ?, ?, 'lab', 1, 1)")
                .with(run, created, created + 600)
                .run();
            database.cached("INSERT INTO run_annotation(run, name, archived, deleted) VALUES (?, ?, ?, ?)")
                .with(run, name, i % 50 == 7 ? 1 : 0, i % 100 == 42 ? std::optional(now) : std::nullopt)
                .run();
            if (i % 7 == 0) database.cached("INSERT INTO run_tag VALUES (?, 'paper')").with(run).run();
            if (i % 11 == 0) database.cached("INSERT INTO run_tag VALUES (?, 'baseline')").with(run).run();
            for (int key = 0; key < what.keys; ++key) {
                const Cell cell = cellOf(key, i);
                Statement& insert =
                    database.cached("INSERT INTO config(run, key, type, num, text) VALUES (?, ?, ?, ?, ?)");
                insert.reset();
                insert.bind(1, run).bind(2, key + 1).bind(3, cell.type).bind(5, cell.text);
                if (cell.type == std::string("string"))
                    insert.bind(4, nullptr);
                else if (cell.type == std::string("int"))
                    insert.bind(4, std::int64_t{std::stoll(cell.text)});
                else
                    insert.bind(4, std::stod(cell.text));
                insert.run();
            }
            RandomStream random(static_cast<std::uint64_t>(run), "points");
            const double density = std::stod(cellOf(0, i).text);
            for (int metric = 0; metric < what.metrics; ++metric) {
                const bool less = metric == 1 || metric == 2;
                const double target = 0.98 - 0.02 / std::sqrt(density) + 0.004 * random.uniform(-1, 1);
                database.cached("INSERT INTO series(run, tag, attempt) VALUES (?, ?, 1)")
                    .with(run, metric + 1)
                    .run();
                PyramidBuilder pyramid;
                Statement& insert = database.cached(
                    "INSERT INTO scalar(run, tag, attempt, step, time_ms, value) VALUES (?, ?, 1, ?, ?, ?)");
                for (std::int64_t p = 0; p < what.points; ++p) {
                    const double share = static_cast<double>(p) / static_cast<double>(what.points);
                    double value = target * (1 - std::exp(-6 * share) * (1 + 0.1 * random.uniform(-1, 1)));
                    if (less) value = 2.3 * (1 - value);
                    insert.with(run, metric + 1, (p + 1) * 10, (p + 1) * 1000, value).run();
                    pyramid.add((p + 1) * 10, value);
                }
                pyramid.write(database, {run, metric + 1, 1});
            }
        }
        transaction.commit();
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    std::filesystem::rename(making, path);
}
