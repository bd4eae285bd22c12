// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTemporaryDir>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "run/runner.h"
#include "store/reader.h"

namespace filigree::testing {

/// A folder with a store in it, for runs of least squares.
class Workshop {
  public:
    std::filesystem::path store() const {
        return std::filesystem::path(folder_.path().toStdString()) / "s.filigree";
    }

    /// A new run; `toml` are the tables after `method = "least_squares"`.
    run::RunRequest request(const std::string& toml = "", std::uint64_t seed = 1) const;
    /// The run of the store that has this id.
    run::RunRequest resumption(std::int64_t run) const;
    run::RunResult runToEnd(const run::RunRequest& request, const run::ProgressSink& sink = {}) const;

    store::RunInfo info(std::int64_t run) const;
    std::vector<store::ScalarPoint> scalars(std::int64_t run, const std::string& tag) const;
    std::vector<store::CheckpointInfo> checkpoints(std::int64_t run) const;
    /// Details of the events of a kind, in order.
    std::vector<std::string> events(std::int64_t run, const std::string& kind) const;
    std::vector<std::string> logOf(std::int64_t run, record::LogLevel level) const;
    /// Files in the run's folder of checkpoints, sorted.
    std::vector<std::string> files(std::int64_t run) const;
    std::filesystem::path folder(std::int64_t run) const;

  private:
    QTemporaryDir folder_;
};

/// "finished", …
inline std::string word(store::RunState state) {
    return std::string(store::toString(state));
}

/// Appends a command and returns when the runner's mailbox has taken it. Called from the progress sink, on
/// the training thread, it makes the command be obeyed before the next step.
void say(store::Store& store, std::int64_t run, const std::string& verb, const std::string& argument = "");

/// Of tests: knows least squares, asks for commands every 5 ms.
run::RunnerOptions testOptions();
std::string bytesOf(const std::filesystem::path& path);
void writeBytes(const std::filesystem::path& path, const std::string& bytes);

/// Value by step of all surviving points.
std::map<std::int64_t, double> byStep(const std::vector<store::ScalarPoint>& points);

}  // namespace filigree::testing
