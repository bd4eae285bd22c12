// SPDX-License-Identifier: Apache-2.0
#include "run/run_processes.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/platform.h"
#include "base/process.h"
#include "store/commands.h"

namespace filigree::run {
namespace fs = std::filesystem;
using store::RunState;

std::string utf8(const fs::path& path) {
    const std::u8string text = path.u8string();
    return {text.begin(), text.end()};
}

RunProcesses::RunProcesses(fs::path store, RunProcessOptions options)
    : path_(fs::absolute(store).lexically_normal()),
      options_(std::move(options)),
      store_(store::Store::open(path_, store::Mode::ReadWrite)) {
    if (!options_.program.empty()) return;
    options_.program = platform::programFolder() / "filigree";
#ifdef _WIN32
    options_.program += ".exe";
#endif
}

void RunProcesses::add(std::int64_t run) {
    if (std::any_of(followed_.begin(), followed_.end(), [&](const auto& known) { return known.run == run; }))
        return;
    followed_.push_back({.run = run});
    workers_.emplace_back();
}

void RunProcesses::poll() {
    // A run that waits for a place is looked at again only when there is one: a sweep may have thousands.
    int running = 0;
    for (std::size_t i = 0; i < followed_.size(); ++i) {
        Worker& worker = workers_[i];
        if (followed_[i].settled) continue;
        if (worker.waiting != Waiting::Place && !isAlive(worker)) look(followed_[i], worker);
        const bool works =
            worker.waiting == Waiting::ProcessHere || worker.waiting == Waiting::ProcessElsewhere;
        running += works && !followed_[i].settled;
        if (stopping_) askToStop(followed_[i], worker);
    }
    for (std::size_t i = 0; i < followed_.size(); ++i) {
        if (followed_[i].settled || workers_[i].waiting != Waiting::Place) continue;
        if (running >= options_.jobs && !stopping_) return;
        look(followed_[i], workers_[i]);
        if (!followed_[i].settled && workers_[i].waiting == Waiting::Place) start(followed_[i], workers_[i]);
        running += !followed_[i].settled;
    }
}

bool RunProcesses::isAlive(const Worker& worker) {
    return worker.process != 0 && platform::processIsAlive(worker.process, worker.startTime);
}

void RunProcesses::look(FollowedRun& run, Worker& worker) {
    const bool ended = worker.process != 0;
    if (ended) platform::forgetEnded(worker.process);
    worker.process = 0;
    worker.waiting = Waiting::Place;
    const store::RunInfo info = store::Reader(store_).run(run.run);
    run.state = info.storedState;
    run.error = run.state == RunState::Finished ? "" : info.error;
    const auto settle = [&](const std::string& why) {
        run.settled = true;
        if (run.error.empty()) run.error = why;
    };
    switch (run.state) {
        case RunState::Finished:
            return settle("");
        case RunState::Failed:
        case RunState::Stopped:
            // What failed or was stopped before gets one more try; what happened under our eyes was meant.
            if (worker.starts > 0) return settle("somebody stopped it");
            break;
        case RunState::Running:
        case RunState::Paused:
            if (!store::mayBeAlive(info.process)) break;
            worker.waiting = Waiting::ProcessElsewhere;
            if (stopping_) settle("another process goes on with it");
            return;
        case RunState::Queued:
        case RunState::Interrupted:
            break;
    }
    if (stopping_) return settle("stopped");
    if (ended && ++worker.deaths >= options_.deaths) {
        run.error.clear();
        settle("its process ended " + std::to_string(worker.deaths) +
               " times without ending the run; what it said is in processes.log beside the checkpoints");
    }
}

void RunProcesses::start(const FollowedRun& run, Worker& worker) {
    std::vector<std::string> arguments{
        "resume", std::to_string(run.run), "--store", utf8(path_), "--progress", "none", "--quiet"};
    arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
    const fs::path folder = store::Store::folderOf(path_);
    fs::create_directories(folder);
    worker.process = platform::startDetached(
        {options_.program, std::move(arguments), fs::current_path(), folder / "processes.log"});
    worker.startTime = platform::processStartTime(worker.process);
    worker.waiting = Waiting::ProcessHere;
    ++worker.starts;
}

bool RunProcesses::done() const {
    return std::all_of(followed_.begin(), followed_.end(), [](const auto& run) { return run.settled; });
}

void RunProcesses::stop() {
    stopping_ = true;
    for (std::size_t i = 0; i < followed_.size(); ++i) askToStop(followed_[i], workers_[i]);
}

bool RunProcesses::everyoneAsked() const {
    return std::all_of(workers_.begin(), workers_.end(), [](const Worker& worker) {
        return worker.process == 0 || worker.askedToStop || !isAlive(worker);
    });
}

void RunProcesses::askToStop(const FollowedRun& run, Worker& worker) {
    if (run.settled || worker.process == 0 || worker.askedToStop) return;
    try {
        store::append(store_, run.run, "stop");
        worker.askedToStop = true;
    } catch (const Error&) {
        // It has ended by itself, or its process has not begun with it: asked again at the next look.
    }
}

}  // namespace filigree::run
