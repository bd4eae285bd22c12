// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "app/command_tree.h"
#include "app/context.h"
#include "app/progress.h"
#include "app/run_view.h"
#include "base/error.h"
#include "run/presets.h"
#include "run/runner.h"

/// run, resume: everything that trains.
namespace filigree::app {
namespace {

struct TrainingOptions {
    std::string what;
    std::string name;
    std::vector<std::string> assignments;
    std::string device;
    std::string threads;
    std::string dataDir;
    std::string progress = "auto";
    std::optional<std::uint64_t> seed;
    bool force = false;
};

/// Options that `run` and `resume` share.
void addTrainingOptions(CLI::App* command, TrainingOptions& options) {
    command->add_option("--threads", options.threads, "Threads to compute with")->type_name("N");
    command
        ->add_option("--device", options.device,
                     "What computes: cpu, vulkan, or vulkan:NAME; filigree devices lists them")
        ->type_name("DEVICE");
    command->add_option("--data-dir", options.dataDir, "Folder in which data sets are looked for first")
        ->type_name("DIR");
    command->add_option("--progress", options.progress, "How to show progress: auto, bar, plain, json, none")
        ->type_name("KIND")
        ->default_str("auto");
}

void applySettings(Context& context, const TrainingOptions& options) {
    if (!options.threads.empty()) context.override("threads", options.threads);
    if (!options.device.empty()) context.override("device", options.device);
    if (!options.dataDir.empty()) context.override("data_dir", options.dataDir);
}

/// Drives the run to its end, tells how it went, and returns the exit code.
int drive(Context& context, const run::RunRequest& request, ProgressKind kind) {
    Output& output = context.output();
    run::Runner runner(request);
    output.note(runner.startStep() > 0 ? fmt::format("run {} goes on from step {}, attempt {}", runner.run(),
                                                     runner.startStep(), runner.attempt())
                                       : fmt::format("run {} in {}", runner.run(), request.store.string()));
    ProgressDisplay display(output, kind);
    const run::RunResult result = runner.go([&](const run::ProgressReport& report) { display.show(report); });
    display.end();

    if (result.error) {
        output.err() << output.onErr(Style::Bad, "error:") << " run " << result.run
                     << " failed: " << result.error->message() << "\n";
        if (!result.error->where().empty()) output.err() << "  at " << result.error->where() << "\n";
        if (!result.error->advice().empty()) output.err() << "  " << result.error->advice() << "\n";
    }
    if (result.state == store::RunState::Stopped)
        output.note(fmt::format("stopped at step {}, state saved; go on with: filigree resume {}",
                                result.progress.step, result.run));
    const store::Store opened = store::Store::open(request.store, store::Mode::ReadOnly);
    const store::Reader reader(opened);
    const store::RunInfo info = reader.run(result.run);
    if (output.json())
        output.print(fullJson(reader, info));
    else if (output.form() == Form::Plain)
        output.out() << result.run << '\t' << store::toString(result.state) << '\n';
    else
        output.out() << fmt::format(
            "run {} {}: {}\n", result.run, store::toString(result.state),
            progressText({result.progress, result.state, 0, {}, result.seconds, result.peakMemoryBytes}));
    return result.exitCode;
}

int runNew(Context& context, const TrainingOptions& options) {
    const ProgressKind kind = parseProgressKind(options.progress);
    applySettings(context, options);
    config::RunFile file = run::openRunFile(options.what);
    for (const std::string& assignment : options.assignments) file.config.set(assignment);
    run::RunRequest request;
    request.store = context.settings().store();
    request.name = options.name;
    request.seed = options.seed;
    request.threads = context.settings().threads();
    // Whoever says no device leaves the choice to the configuration.
    if (!options.device.empty() || context.settings().device() != "cpu")
        request.device = context.settings().device();
    request.dataFolders = context.settings().dataFolders();
    request.obeyInterrupts = true;
    request.file = std::move(file);
    return drive(context, request, kind);
}

int resume(Context& context, const TrainingOptions& options) {
    const ProgressKind kind = parseProgressKind(options.progress);
    applySettings(context, options);
    run::RunRequest request;
    {
        const store::Store opened = context.openStore(store::Mode::ReadOnly);
        request.run = store::Reader(opened).find(options.what);
    }
    request.store = context.settings().store();
    // A number of threads from the settings must not change the bits of a run that was started with another
    // one.
    if (!options.threads.empty()) request.threads = context.settings().threads();
    if (!options.device.empty()) request.device = options.device;
    request.dataFolders = context.settings().dataFolders();
    request.obeyInterrupts = true;
    request.evenWithoutContact = options.force;
    return drive(context, request, kind);
}

}  // namespace

void addRunCommands(CommandTree& tree) {
    const auto options = std::make_shared<TrainingOptions>();
    CLI::App* run = tree.add(nullptr, "run",
                             "Train a network as a preset or a file says, and keep everything in the store",
                             {{"filigree run digits", "a preset, by its short name"},
                              {"filigree run mine.toml --name first --seed 3", "a file of your own"},
                              {"filigree run digits --set sparsity.density=0.05", "one value changed"}},
                             [options](Context& context) { return runNew(context, *options); });
    run->add_option("what", options->what, "A preset (filigree presets lists them) or a TOML file")
        ->required()
        ->type_name("PRESET|FILE.toml");
    run->add_option("--set", options->assignments, "Change one value of the configuration")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    run->add_option("--name", options->name, "Name of the run")->type_name("NAME");
    run->add_option("--seed", options->seed, "Seed of every random stream of the run")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
    addTrainingOptions(run, *options);

    const auto again = std::make_shared<TrainingOptions>();
    CLI::App* resumed =
        tree.add(nullptr, "resume", "Go on with a run that was stopped, interrupted or has failed",
                 {{"filigree resume last", "the newest run, from its last checkpoint"}},
                 [again](Context& context) { return resume(context, *again); });
    resumed->add_option("run", again->what, "Id, name, or last")->required()->type_name("RUN");
    resumed->add_flag("--even-without-contact", again->force,
                      "Take over a run of another host that gives no sign of life");
    addTrainingOptions(resumed, *again);
}

}  // namespace filigree::app
