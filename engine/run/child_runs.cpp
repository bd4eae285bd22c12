// SPDX-License-Identifier: Apache-2.0
#include "run/child_runs.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/error.h"
#include "run/sweep.h"

namespace filigree::run {
namespace fs = std::filesystem;

ChildRuns::ChildRuns(fs::path store, data::SearchPath dataFolders)
    : path_(std::move(store)), dataFolders_(std::move(dataFolders)) {}

ChildRuns::~ChildRuns() {
    try {
        if (!processes_ || processes_->done()) return;
        processes_->stop();
        for (int tries = 0; tries < 50 && !processes_->everyoneAsked(); ++tries) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            processes_->poll();
        }
    } catch (const std::exception&) {
        // They go on by themselves then, and are found finished.
    }
}

void ChildRuns::setJobs(int jobs) {
    jobs_ = jobs;
}

std::int64_t ChildRuns::add(std::string_view method, const config::Config& config, std::uint64_t seed,
                            const std::string& name) {
    RunRequest request;
    request.store = path_;
    request.file = config::RunFile{.method = std::string(method),
                                   .preset = {},
                                   .title = {},
                                   .description = {},
                                   .name = name,
                                   .minutes = 0,
                                   .seed = seed,
                                   .config = config};
    const std::int64_t run = queueOnce({request}).front().run;
    if (!processes_) {
        RunProcessOptions options;
        options.jobs = jobs_ > 0 ? jobs_ : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
        // The first folder is the one that was named on the command line, if one was.
        if (!dataFolders_.folders.empty())
            options.arguments = {"--data-dir", utf8(fs::absolute(dataFolders_.folders.front()))};
        processes_ = std::make_unique<RunProcesses>(path_, options);
    }
    processes_->add(run);
    names_[run] = name;
    return run;
}

void ChildRuns::poll() {
    if (!processes_) return;
    processes_->poll();
    for (const FollowedRun& run : processes_->runs())
        if (run.settled && run.state != store::RunState::Finished)
            throw Error(
                ErrorKind::Run,
                "run " + std::to_string(run.run) + " (" + names_[run.run] +
                    "), which this one needs, did not finish",
                run.error,
                "find out why with: filigree log " + std::to_string(run.run) + "; then resume this run");
}

bool ChildRuns::finished(std::int64_t run) const {
    if (!processes_) return false;
    return std::any_of(processes_->runs().begin(), processes_->runs().end(), [&](const FollowedRun& one) {
        return one.run == run && one.settled && one.state == store::RunState::Finished;
    });
}

train::Checkpoint ChildRuns::result(std::int64_t run) const {
    const store::Store store = store::Store::open(path_, store::Mode::ReadOnly);
    const auto checkpoints = store::Reader(store).checkpoints(run);
    if (checkpoints.empty())
        throw Error(ErrorKind::Data, "run " + std::to_string(run) + " has no checkpoint left", path_.string(),
                    "put the run into the bin; it is then trained again");
    const store::CheckpointInfo& last = checkpoints.back();
    const fs::path file = store.folder() / std::u8string(last.path.begin(), last.path.end());
    if ("sha256:" + train::sha256OfFile(file) != last.digest)
        throw Error(ErrorKind::Data, "the bytes of the checkpoint are not those that were written",
                    file.string(), "put the run into the bin; it is then trained again");
    return train::Checkpoint::read(file);
}

}  // namespace filigree::run
