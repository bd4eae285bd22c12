// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "run/checkpoint_keeper.h"
#include "run/runner.h"

namespace filigree::run {

/// An attempt that is ready to take its first step: the experiment is built, the run is ours.
struct Preparation {
    Preparation(config::Config configuration, Identity who, int threadCount)
        : config(std::move(configuration)), identity(std::move(who)), threads(threadCount) {}

    config::Config config;
    Identity identity;
    std::unique_ptr<train::Experiment> experiment;
    std::unique_ptr<store::RunWriter> writer;
    std::filesystem::path store;               ///< absolute
    std::filesystem::path folder;              ///< of the checkpoints: `<store>.d/<uuid>`
    std::optional<std::int64_t> restored;      ///< step of the checkpoint that was loaded
    Settings settings;                         ///< that it held
    std::vector<std::filesystem::path> sound;  ///< checkpoints that are there, oldest first
    std::vector<std::string> warnings;         ///< for the log of the run
    /// Messages for the log that come up on the way: what the CPU computes in place of the device.
    std::shared_ptr<std::vector<std::string>> notices = std::make_shared<std::vector<std::string>>();
    int threads = 1;
};

/// Makes a run of the store for `request.file`, or a new attempt for `request.run`. Everything that can be
/// wrong with the request, its data or its checkpoints is found before the store is written.
Preparation prepare(const RunRequest& request, const RunnerOptions& options);

/// The row of a new run that waits in the queue, with its number of threads settled.
store::NewRun queuedRow(const RunRequest& request);

}  // namespace filigree::run
