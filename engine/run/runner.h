// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/run_file.h"
#include "data/search_path.h"
#include "methods/registry.h"
#include "run/device.h"
#include "store/state.h"
#include "store/writer.h"
#include "train/experiment.h"

namespace filigree::run {

/// What to run: a new run from a file or preset (`file`), or one that is in the store (`run`: an interrupted,
/// stopped or failed run goes on from its newest sound checkpoint, a queued one starts). Exactly one of the
/// two.
struct RunRequest {
    std::filesystem::path store;          ///< made if there is none
    std::optional<config::RunFile> file;  ///< its schema is run::schemaOf(method)
    std::optional<std::int64_t> run;
    std::string name;                   ///< of a new run; empty: the file's
    std::optional<std::uint64_t> seed;  ///< of a new run; none: the file's, else 0
    /// Threads of a new run; none: run.threads of its configuration. For a run of the store: overrides the
    /// number it was started with, which changes its bits and is recorded as a warning.
    std::optional<int> threads;
    /// Device of a new run; none: run.device of its configuration. For a run of the store: overrides the one
    /// it was started with, which changes its bits and is recorded as a warning.
    std::optional<std::string> device;
    data::SearchPath dataFolders;
    /// Ctrl-C and a request to terminate finish the step, save a checkpoint and stop the run; a second one
    /// leaves at once.
    bool obeyInterrupts = false;
    /// Take over a run of another host that gave no sign of life for long.
    bool evenWithoutContact = false;
};

/// Writes a new run (`request.file`) into the store in state queued and returns its id; a process that gets
/// the id as `RunRequest::run` starts it. Data and device are looked at only then: if they are missing, the
/// run ends as failed and its row says why. Throws Error (Usage, Data) if the store cannot be written.
std::int64_t queueRun(const RunRequest& request);

/// A glance at a run that goes on, for a progress line.
struct ProgressReport {
    train::Progress progress;
    store::RunState state = store::RunState::Running;  ///< running or paused
    double stepsPerSecond = 0;                         ///< smoothed over the last seconds; 0 until known
    std::optional<double> secondsLeft;                 ///< at that speed; none until known
    double seconds = 0;                                ///< since this attempt began
    std::int64_t peakMemoryBytes = 0;  ///< most memory that the process held so far; 0 if unknown
};
/// Called on the training thread, about ten times per second at most, and once at the end.
using ProgressSink = std::function<void(const ProgressReport&)>;

/// How an attempt ended.
struct RunResult {
    std::int64_t run = 0;
    std::int64_t attempt = 0;
    store::RunState state = store::RunState::Finished;  ///< finished, stopped or failed
    int exitCode = 0;                                   ///< 0 finished, 130 stopped, else as the error says
    std::optional<Error> error;                         ///< why it failed
    train::Progress progress;
    std::string weightsDigest;         ///< of the weights now; empty if it failed
    std::filesystem::path checkpoint;  ///< the newest one that was written or loaded; may be empty
    double seconds = 0;
    std::int64_t peakMemoryBytes = 0;  ///< most memory that the process held
};

/// How the runner does its work; the defaults are what a person wants.
struct RunnerOptions {
    std::function<const methods::Method&(std::string_view)> findMethod = methods::find;
    std::function<Tensor::Device(const std::string&)> openDevice = [](const std::string& name) {
        return run::openDevice(name);
    };
    store::WriterOptions writer;
    int pollMilliseconds = 100;       ///< how often the store is asked for commands
    int progressMilliseconds = 100;   ///< least time between two calls of the progress sink
    double performanceSeconds = 1.0;  ///< how often perf/… scalars are recorded
};

/// Drives one attempt of one run: steps, times, records, obeys commands, checkpoints, ends.
///
/// Records and checkpoints. A record is stamped with the number of steps done when it is made: those of
/// `begin` with 0, those of the k-th step with k (a method that does otherwise fails the run: resuming rests
/// on it). A checkpoint of step s is registered in the store only when its file is durable and every record
/// made so far is committed, so whoever resumes from s supersedes exactly the records after s. The checkpoint
/// of the last step is written after the records of `end`.
///
/// What ends a run. All steps done: finished. The command "stop" or an interrupt: a checkpoint, then stopped,
/// exit code 130. An exception from the experiment, the store or the last checkpoint: failed, the last good
/// checkpoint stays and the run can be resumed. A periodic checkpoint that cannot be written is a warning,
/// and tried again. A training loss that is not finite is a warning too: the method may go on.
///
/// Checkpoint files: `<store>.d/<uuid of the run>/step-00001234.safetensors` with the texts "method",
/// "config" (TOML), "seed", "step", "weights_digest" and, if any value was changed on the way, "settings"
/// (JSON). Nothing of the host, the time or the attempt goes in: equal runs write equal bytes.
class Runner {
  public:
    /// Builds the experiment, then makes the run or a new attempt of it. Throws Error before anything is
    /// stored when the request is wrong (Usage), data are missing (Data), or the store cannot be used.
    explicit Runner(const RunRequest& request, RunnerOptions options = {});
    /// A run that did not come to an end is left as interrupted.
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    std::int64_t run() const;
    std::int64_t attempt() const;
    /// Step from which this attempt goes on; 0 for a fresh start.
    std::int64_t startStep() const;
    int threads() const;

    /// Runs to the end. To be called once.
    RunResult go(const ProgressSink& sink = {});

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace filigree::run
