// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "store/reader.h"

namespace filigree::run {

/// A path as an argument of a program.
std::string utf8(const std::filesystem::path& path);

struct RunProcessOptions {
    std::filesystem::path program;       ///< empty: `filigree` in the folder of this program
    int jobs = 1;                        ///< processes at a time
    std::vector<std::string> arguments;  ///< more of `filigree resume RUN --store S`
    int deaths = 5;                      ///< a run whose process died so often without ending it is given up
};

/// One run on its way to its end.
struct FollowedRun {
    std::int64_t run = 0;
    store::RunState state = store::RunState::Queued;  ///< as last seen
    bool settled = false;                             ///< nothing more will be done for it
    std::string error{};                              ///< why it did not finish, if it did not
};

/// Brings runs of a store to their end, each as a process of its own, a few at a time. The store alone says
/// what is done: a run that another process works on is waited for, one whose process died goes on from its
/// checkpoint, a finished one is left alone. Whoever follows the same runs again after this process was
/// killed goes on where it was; the processes that it started live on.
class RunProcesses {
  public:
    /// What the processes write to their standard error goes to `<store>.d/processes.log`.
    RunProcesses(std::filesystem::path store, RunProcessOptions options);

    /// A run that is queued, goes on, or can be resumed. Known ones are left as they are.
    void add(std::int64_t run);
    /// Sees what ended and starts what may start. Returns at once.
    void poll();
    bool done() const;
    const std::vector<FollowedRun>& runs() const { return followed_; }

    /// Starts no more, and asks those that go on to save their state and stop.
    void stop();
    /// True once every process that was started here has been asked: one that has just begun does not take
    /// wishes yet, and `poll` asks it again.
    bool everyoneAsked() const;

  private:
    /// What a run waits for, as of the last look at the store.
    enum class Waiting { Unknown, Place, ProcessHere, ProcessElsewhere };
    struct Worker {
        Waiting waiting = Waiting::Unknown;
        std::int64_t process = 0;  ///< id of one that was started here
        std::int64_t startTime = 0;
        int starts = 0;
        int deaths = 0;
        bool askedToStop = false;
    };

    static bool isAlive(const Worker& worker);
    /// Settles the run or finds out what it waits for.
    void look(FollowedRun& run, Worker& worker);
    void start(const FollowedRun& run, Worker& worker);
    void askToStop(const FollowedRun& run, Worker& worker);

    std::filesystem::path path_;
    RunProcessOptions options_;
    store::Store store_;
    std::vector<FollowedRun> followed_;
    std::vector<Worker> workers_;  ///< of each followed run
    bool stopping_ = false;
};

}  // namespace filigree::run
