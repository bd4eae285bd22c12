// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "app/command_tree.h"
#include "app/context.h"
#include "base/error.h"
#include "store/commands.h"
#include "store/reader.h"

/// pause, continue, stop: wishes to a run that another process drives.
namespace filigree::app {
namespace {

struct ControlOptions {
    std::string run;
    double wait = 10;
};

int send(Context& context, const ControlOptions& options, const std::string& verb) {
    store::Store opened = context.openStore(store::Mode::ReadWrite);
    const store::Reader reader(opened);
    const std::int64_t run = reader.find(options.run);
    const std::int64_t id = store::append(opened, run, verb);

    const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(options.wait);
    store::Command command = store::command(opened, id);
    while (!command.acknowledged && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        command = store::command(opened, id);
    }
    const store::RunInfo info = reader.run(run);
    const bool answered = command.acknowledged.has_value();
    Output& output = context.output();
    if (output.json()) {
        output.print({{"run", run},
                      {"command", verb},
                      {"answered", answered},
                      {"answer", command.answer},
                      {"status", store::toString(info.state)}});
    } else if (answered && command.answer == "ok") {
        output.note(fmt::format("run {}: {} done", run, verb));
    } else if (!answered) {
        output.note(
            fmt::format("run {} has not answered yet; it will {} when it reads the store", run, verb));
    }
    if (answered && command.answer != "ok")
        throw Error(ErrorKind::Run, fmt::format("run {} did not {}: {}", run, verb, command.answer));
    return 0;
}

void addOne(CommandTree& tree, const std::string& verb, const std::string& summary,
            const std::string& meaning) {
    const auto options = std::make_shared<ControlOptions>();
    CLI::App* command = tree.add(nullptr, verb, summary, {{"filigree " + verb + " last", meaning}},
                                 [options, verb](Context& context) { return send(context, *options, verb); });
    command->add_option("run", options->run, "Id, name, or last")->required()->type_name("RUN");
    command->add_option("--wait", options->wait, "Seconds to wait for the answer")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.0, 86400.0))
        ->default_str("10");
}

}  // namespace

void addControlCommands(CommandTree& tree) {
    addOne(tree, "pause", "Hold a running run after its present step", "the newest run waits");
    addOne(tree, "continue", "Let a paused run go on", "the newest run goes on");
    addOne(tree, "stop", "End a running run after a checkpoint; it can be resumed", "the newest run ends");
}

}  // namespace filigree::app
