// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace filigree::store {

/// A wish to a run. Verbs: "pause", "continue", "stop", "checkpoint" (no argument), "step" ("5": so many,
/// then pause), "set" ("optimizer.lr 0.01"), "watch" ("mask 500": that kind of record every so many
/// milliseconds, 0 ends it).
struct Command {
    std::int64_t id = 0;
    std::int64_t run = 0;
    std::string verb;
    std::string argument;
    double created = 0;  ///< Unix seconds, as all times here
    std::optional<double> taken;
    std::optional<double> acknowledged;
    std::string answer;  ///< of the runner: "ok", or why not
};

/// Appends a command; anyone may. Throws Error (Usage) for an unknown verb, a malformed argument, or a run
/// that does not exist or has ended (as observed). Returns its id.
std::int64_t append(Store& store, std::int64_t run, std::string_view verb, std::string_view argument = {});

/// For the runner: hands out every command exactly once, in order. Costs one indexed read when there is none.
std::vector<Command> take(Store& store, std::int64_t run);
/// For the runner: says what became of a command that it took.
void acknowledge(Store& store, std::int64_t command, std::string_view answer = "ok");

/// Throws Error (Usage) if there is no such command.
Command command(const Store& store, std::int64_t id);
/// All commands of a run, oldest first.
std::vector<Command> commands(const Store& store, std::int64_t run);

}  // namespace filigree::store
