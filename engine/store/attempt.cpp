// SPDX-License-Identifier: Apache-2.0
#include "store/attempt.h"

#include <array>
#include <cmath>
#include <limits>
#include <random>

#include "base/platform.h"
#include "store/sqlite.h"

namespace filigree::store {
namespace {

/// RFC 9562, version 4.
std::string randomUuid() {
    std::random_device device;
    std::array<std::uint8_t, 16> bytes{};
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(device());
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
    }
    return text;
}

void bindNumber(Statement& statement, int index, const ConfigValue& value) {
    if (const auto* flag = std::get_if<bool>(&value))
        statement.bind(index, *flag ? 1 : 0);
    else if (const auto* integer = std::get_if<std::int64_t>(&value))
        statement.bind(index, *integer);
    else if (const auto* real = std::get_if<double>(&value))
        statement.bind(index, *real);
    else
        statement.bind(index, nullptr);
}

}  // namespace

std::int64_t insertRun(Database& database, const NewRun& run) {
    database
        .prepare(
            "INSERT INTO run(uuid, created, method, preset, seed, state, total_steps)"
            " VALUES (?, ?, ?, ?, ?, 'queued', ?)")
        .with(randomUuid(), unixNow(), run.method, run.preset, run.seed, run.totalSteps)
        .run();
    const std::int64_t id = database.lastInsertId();
    database.prepare("INSERT INTO run_text(run, config_toml, machine) VALUES (?, ?, ?)")
        .with(id, run.configToml, run.machineJson)
        .run();
    database.prepare("INSERT INTO run_annotation(run, name) VALUES (?, ?)").with(id, run.name).run();

    Statement key = database.prepare("INSERT OR IGNORE INTO config_key(name) VALUES (?)");
    Statement entry = database.prepare(
        "INSERT INTO config(run, key, type, text, num) VALUES (?, (SELECT id FROM config_key WHERE name = "
        "?), ?, ?, ?)");
    for (const ConfigEntry& item : run.config) {
        key.with(item.key).run();
        entry.with(id, item.key, typeName(item.value), toText(item.value));
        bindNumber(entry, 5, item.value);
        entry.run();
    }
    return id;
}

std::int64_t beginAttempt(Database& database, std::int64_t run, std::int64_t fromStep) {
    const double now = unixNow();
    const std::string host = platform::hostName();
    const std::int64_t pid = platform::processId();
    const std::int64_t start = platform::processStartTime(pid);

    database.prepare("UPDATE attempt SET until_step = min(until_step, ?) WHERE run = ?")
        .with(fromStep, run)
        .run();
    database
        .prepare(
            "UPDATE attempt SET ended = (SELECT heartbeat FROM run WHERE id = ?1) WHERE run = ?1 AND ended "
            "IS NULL")
        .with(run)
        .run();
    database
        .prepare(
            "UPDATE command SET taken = coalesce(taken, ?1), acknowledged = ?1, answer = 'the run had ended'"
            " WHERE run = ?2 AND acknowledged IS NULL AND (SELECT attempt FROM run WHERE id = ?2) > 0")
        .with(now, run)
        .run();
    database
        .prepare(
            "UPDATE run SET state = 'running', attempt = attempt + 1, started = coalesce(started, ?1),"
            " ended = NULL, host = ?2, pid = ?3, process_start = ?4, heartbeat = ?1, exit_code = NULL, error "
            "= '',"
            " weights_digest = '', step = min(step, ?5) WHERE id = ?6")
        .with(now, host, pid, start, fromStep, run)
        .run();
    Statement number = database.prepare("SELECT attempt FROM run WHERE id = ?");
    if (!number.with(run).step())
        throw Error(ErrorKind::Usage, "there is no run " + std::to_string(run), database.name(),
                    "List the runs with: filigree runs");
    const std::int64_t attempt = number.integer(0);
    database
        .prepare(
            "INSERT INTO attempt(run, attempt, from_step, started, host, pid, process_start)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)")
        .with(run, attempt, fromStep, now, host, pid, start)
        .run();
    return attempt;
}

}  // namespace filigree::store
