// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "store/reader.h"
#include "store/writer.h"
#include "train/experiment.h"

namespace filigree::run {

/// What every checkpoint of one run says about it, beside the state. Nothing of the host, the time or the
/// attempt.
struct Identity {
    std::string method;
    std::string configToml;
    std::uint64_t seed = 0;
};

/// Values that were changed by the command "set", by key.
using Settings = std::map<std::string, double>;

/// Writes the checkpoints of a run when they are due, and keeps the newest few.
class CheckpointKeeper {
  public:
    /// `folder` is `<store>.d/<uuid>`; it is made when the first file is written.
    CheckpointKeeper(std::filesystem::path folder, Identity identity, const config::Config& config);

    /// True when the configuration wants a checkpoint now. `seconds` is the time since the attempt began; a
    /// checkpoint that failed is due again after ten seconds at the earliest.
    bool isDue(std::int64_t step, double seconds) const;

    /// Writes the file durably, commits all records made so far, registers the checkpoint, then removes what
    /// is no longer kept. Throws Error (Run) if the file cannot be written; the checkpoints before stay.
    void write(const train::Experiment& experiment, const Settings& settings, store::RunWriter& writer,
               double seconds);

    /// Takes over the files of earlier attempts, oldest first: they count as kept.
    void adopt(const std::vector<std::filesystem::path>& files);
    /// Removes what no row knows: files that a killed process left half-written or unregistered.
    void sweep() const;

    /// The newest; empty if there is none.
    std::filesystem::path newest() const { return kept_.empty() ? std::filesystem::path() : kept_.back(); }
    /// Step of the newest, -1 if there is none.
    std::int64_t newestStep() const { return newestStep_; }
    void setNewestStep(std::int64_t step) { newestStep_ = step; }

  private:
    std::filesystem::path folder_;
    Identity identity_;
    double everySeconds_;
    std::int64_t everySteps_;
    std::size_t keep_;
    std::deque<std::filesystem::path> kept_;
    std::int64_t newestStep_ = -1;
    double lastSeconds_ = 0;
    std::optional<double> failedSeconds_;
};

/// An experiment as a checkpoint left it, or a fresh one.
struct Restored {
    std::unique_ptr<train::Experiment> experiment;
    std::optional<std::int64_t> step;  ///< of the checkpoint; none: from the beginning
    Settings settings;
    std::vector<std::filesystem::path>
        sound;                          ///< the checkpoint loaded from and those before it, oldest first
    std::vector<std::string> warnings;  ///< checkpoints that could not be used, and why
};

/// Loads the newest checkpoint whose bytes have the digest that the store says, that belongs to this run, and
/// that the experiment accepts; those that do not are left out with a warning. `make` builds a fresh
/// experiment.
Restored restore(const store::Store& store, std::int64_t run, const Identity& identity,
                 const std::function<std::unique_ptr<train::Experiment>()>& make);

}  // namespace filigree::run
