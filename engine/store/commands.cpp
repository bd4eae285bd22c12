// SPDX-License-Identifier: Apache-2.0
#include "store/commands.h"

#include <charconv>

#include "store/reader.h"
#include "store/sqlite.h"
#include "store/state.h"

namespace filigree::store {
namespace {

constexpr const char* columns =
    "SELECT id, run, verb, argument, created, taken, acknowledged, answer FROM command ";

Command rowOf(const Statement& row) {
    return {row.integer(0), row.integer(1),      row.text(2),         row.text(3),
            row.real(4),    row.optionalReal(5), row.optionalReal(6), row.text(7)};
}

bool isPositiveInteger(std::string_view text, std::int64_t least) {
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    return code == std::errc() && end == text.data() + text.size() && value >= least;
}

/// What the argument should be like, or empty if it is.
std::string expectedInstead(std::string_view verb, std::string_view argument) {
    const auto space = argument.find(' ');
    const bool twoWords = space != std::string_view::npos && space > 0 && space + 1 < argument.size();
    if (verb == "pause" || verb == "continue" || verb == "stop" || verb == "checkpoint")
        return argument.empty() ? "" : "nothing";
    if (verb == "step") return isPositiveInteger(argument, 1) ? "" : "a number of steps, at least 1";
    if (verb == "set") return twoWords ? "" : "a key and a value, as in \"optimizer.lr 0.01\"";
    if (verb == "watch")
        return twoWords && isPositiveInteger(argument.substr(space + 1), 0)
                   ? ""
                   : "a kind of record and milliseconds, as in \"mask 500\"";
    throw Error(ErrorKind::Usage, "\"" + std::string(verb) + "\" is not a command", {},
                "Use one of: pause, continue, stop, checkpoint, step, set, watch.");
}

}  // namespace

std::int64_t append(Store& store, std::int64_t run, std::string_view verb, std::string_view argument) {
    const std::string expected = expectedInstead(verb, argument);
    if (!expected.empty())
        throw Error(ErrorKind::Usage,
                    "the command \"" + std::string(verb) + "\" cannot take \"" + std::string(argument) + "\"",
                    {}, "It takes " + expected + ".");
    Database& database = store.database();
    Transaction transaction(database);
    const RunInfo info = Reader(store).run(run);
    if (hasEnded(info.state))
        throw Error(ErrorKind::Usage,
                    "run " + std::to_string(run) + " is " + std::string(toString(info.state)) +
                        " and obeys no commands",
                    store.path().string());
    database.cached("INSERT INTO command(run, created, verb, argument) VALUES (?, ?, ?, ?)")
        .with(run, unixNow(), verb, argument)
        .run();
    const std::int64_t id = database.lastInsertId();
    transaction.commit();
    return id;
}

std::vector<Command> take(Store& store, std::int64_t run) {
    Database& database = store.database();
    Statement& waiting = database.cached("SELECT 1 FROM command WHERE run = ? AND taken IS NULL LIMIT 1");
    const bool any = waiting.with(run).step();
    waiting.reset();
    if (!any) return {};

    Transaction transaction(database);
    std::vector<Command> taken;
    {
        Statement rows =
            database.prepare(std::string(columns) + "WHERE run = ? AND taken IS NULL ORDER BY id");
        rows.with(run);
        while (rows.step()) taken.push_back(rowOf(rows));
    }
    const double now = unixNow();
    for (Command& command : taken) {
        command.taken = now;
        database.cached("UPDATE command SET taken = ? WHERE id = ?").with(now, command.id).run();
    }
    transaction.commit();
    return taken;
}

void acknowledge(Store& store, std::int64_t command, std::string_view answer) {
    Database& database = store.database();
    database.cached("UPDATE command SET acknowledged = ?, answer = ? WHERE id = ?")
        .with(unixNow(), answer, command)
        .run();
    if (database.changes() == 0)
        throw Error(ErrorKind::Usage, "there is no command " + std::to_string(command),
                    store.path().string());
}

Command command(const Store& store, std::int64_t id) {
    Statement row = store.database().prepare(std::string(columns) + "WHERE id = ?");
    if (!row.with(id).step())
        throw Error(ErrorKind::Usage, "there is no command " + std::to_string(id), store.path().string());
    return rowOf(row);
}

std::vector<Command> commands(const Store& store, std::int64_t run) {
    Statement rows = store.database().prepare(std::string(columns) + "WHERE run = ? ORDER BY id");
    rows.with(run);
    std::vector<Command> all;
    while (rows.step()) all.push_back(rowOf(rows));
    return all;
}

}  // namespace filigree::store
