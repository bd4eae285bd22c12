// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "app/command_tree.h"
#include "app/context.h"
#include "app/format.h"
#include "base/error.h"
#include "run/interrupt.h"
#include "run/run_processes.h"
#include "run/sweep.h"
#include "store/annotations.h"

/// sweep: many runs from one file.
namespace filigree::app {
namespace {

using nlohmann::json;

struct SweepOptions {
    std::string file;
    std::string dataDir;
    int jobs = 0;
    bool dryRun = false;
};

std::string describe(const config::SweepCell& cell) {
    std::string text = cell.base;
    if (!cell.name.empty()) text += " \"" + cell.name + "\"";
    for (const config::SweepAssignment& one : cell.assignments) text += " " + one.key + "=" + one.value;
    return text + fmt::format(" seed {}", cell.seed);
}

int jobsFor(const config::SweepFile& file, int asked) {
    if (asked > 0) return asked;
    if (file.jobs > 0) return file.jobs;
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / file.threads);
}

void printPlan(Context& context, const config::SweepFile& file) {
    Output& output = context.output();
    if (output.json()) {
        json cells = json::array();
        for (const config::SweepCell& cell : file.cells) {
            json one{{"base", cell.base}, {"name", cell.name}, {"seed", cell.seed}, {"set", json::object()}};
            for (const config::SweepAssignment& each : cell.assignments) one["set"][each.key] = each.value;
            cells.push_back(std::move(one));
        }
        output.print({{"tag", file.tag}, {"cells", std::move(cells)}});
        return;
    }
    for (const config::SweepCell& cell : file.cells) output.out() << printable(describe(cell)) << '\n';
}

/// Tells of every run once, when nothing more will be done for it.
class Announcer {
  public:
    Announcer(Output& output, std::size_t total) : output_(output), told_(total), total_(total) {}

    /// Runs that had finished before are told of in one line.
    void tellFinishedBefore(const std::vector<run::FollowedRun>& runs) {
        for (std::size_t i = 0; i < runs.size(); ++i) {
            if (!runs[i].settled || runs[i].state != store::RunState::Finished) continue;
            told_[i] = true;
            ++count_;
        }
        if (count_ > 0) output_.note(fmt::format("[{}/{}] finished before", count_, total_));
    }

    void tell(const std::vector<run::FollowedRun>& runs) {
        for (std::size_t i = 0; i < runs.size(); ++i) {
            if (!runs[i].settled || told_[i]) continue;
            told_[i] = true;
            ++count_;
            output_.note(fmt::format("[{}/{}] run {} {}{}", count_, total_, runs[i].run,
                                     store::toString(runs[i].state),
                                     runs[i].error.empty() ? "" : ": " + printable(runs[i].error)));
        }
    }

  private:
    Output& output_;
    std::vector<bool> told_;
    std::size_t total_;
    std::size_t count_ = 0;
};

/// Follows the runs until all are settled; Ctrl-C and a request to terminate stop them first.
void follow(run::RunProcesses& processes, Announcer& announcer) {
    run::countInterrupts();
    const int before = run::interruptsSoFar();
    bool stopping = false;
    processes.poll();
    announcer.tellFinishedBefore(processes.runs());
    for (; !processes.done(); processes.poll()) {
        announcer.tell(processes.runs());
        if (!stopping && run::interruptsSoFar() > before) {
            stopping = true;
            processes.stop();
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    announcer.tell(processes.runs());
}

int report(Context& context, const std::vector<run::FollowedRun>& runs, std::size_t cells,
           std::int64_t newRuns) {
    std::int64_t finished = 0;
    json list = json::array();
    for (const run::FollowedRun& run : runs) {
        finished += run.state == store::RunState::Finished;
        list.push_back(
            {{"run", run.run}, {"status", std::string(store::toString(run.state))}, {"error", run.error}});
    }
    const bool stopped = run::interruptsSoFar() > 0;
    const auto total = static_cast<std::int64_t>(runs.size());
    Output& output = context.output();
    if (output.json())
        output.print(
            {{"cells", cells}, {"new_runs", newRuns}, {"finished", finished}, {"runs", std::move(list)}});
    else
        output.out() << fmt::format("{} of {} runs finished{}\n", finished, total,
                                    finished < total ? "; give the same command again to go on" : "");
    if (finished == total) return 0;
    return stopped ? 130 : 1;
}

int sweep(Context& context, const SweepOptions& options) {
    if (!options.dataDir.empty()) context.override("data_dir", options.dataDir);
    const config::SweepFile file = config::readSweepFile(options.file);
    const auto folder = std::filesystem::path(options.file).parent_path();
    const std::filesystem::path path = context.settings().store();
    const auto requests = run::requestsOf(file, folder, path);
    if (options.dryRun) {
        printPlan(context, file);
        return 0;
    }
    const auto queued = run::queueOnce(requests);
    std::vector<std::int64_t> ids;
    std::int64_t newRuns = 0;
    for (const store::AddedRun& added : queued) {
        if (std::find(ids.begin(), ids.end(), added.run) == ids.end()) ids.push_back(added.run);
        newRuns += added.isNew;
    }
    {
        store::Store opened = store::Store::open(path, store::Mode::ReadWrite);
        store::tag(opened, ids, file.tag);
    }
    run::RunProcessOptions process;
    process.jobs = jobsFor(file, options.jobs);
    if (!options.dataDir.empty())
        process.arguments = {"--data-dir", run::utf8(std::filesystem::absolute(options.dataDir))};
    run::RunProcesses processes(path, process);
    for (const std::int64_t id : ids) processes.add(id);
    context.output().note(fmt::format("{} runs, {} of them new, {} at a time, tag \"{}\"", ids.size(),
                                      newRuns, process.jobs, printable(file.tag)));
    Announcer announcer(context.output(), ids.size());
    follow(processes, announcer);
    return report(context, processes.runs(), file.cells.size(), newRuns);
}

}  // namespace

void addSweepCommands(CommandTree& tree) {
    const auto options = std::make_shared<SweepOptions>();
    CLI::App* command = tree.add(nullptr, "sweep",
                                 "Train every combination that a file lists, several at a time; again: go on",
                                 {{"filigree sweep growth.toml",
                                   "what is not finished yet, as many at a time as there are processors"},
                                  {"filigree sweep growth.toml --dry-run", "only list the runs"}},
                                 [options](Context& context) { return sweep(context, *options); });
    command->add_option("file", options->file, "A sweep file (TOML), as the help page on sweeps explains")
        ->required()
        ->type_name("FILE");
    command->add_option("--jobs", options->jobs, "Runs at a time")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    command->add_option("--data-dir", options->dataDir, "Folder in which data sets are looked for first")
        ->type_name("DIR");
    command->add_flag("--dry-run", options->dryRun, "List the runs and start none");
}

}  // namespace filigree::app
