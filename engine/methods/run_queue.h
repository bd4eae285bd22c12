// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "config/config.h"
#include "train/checkpoint.h"

namespace filigree::methods {

/// Runs of their own that an experiment needs: they wait in the queue of the same store and are trained as
/// processes beside it, a few at a time. They are found again by what they compute, so an experiment that
/// resumes asks for the same runs and gets those that are there, finished or not.
class RunQueue {
  public:
    virtual ~RunQueue() = default;

    /// Processes at a time; 0: as many as there are processors.
    virtual void setJobs(int jobs) = 0;
    /// The run of this computation, queued if there is none yet. Returns its id.
    virtual std::int64_t add(std::string_view method, const config::Config& config, std::uint64_t seed,
                             const std::string& name) = 0;
    /// Sees what ended and starts what may start. Returns at once; throws Error (Run) when one of the added
    /// runs has failed or was stopped.
    virtual void poll() = 0;
    virtual bool finished(std::int64_t run) const = 0;
    /// The checkpoint of a finished run's last step. Throws Error (Data) if its bytes are not those written.
    virtual train::Checkpoint result(std::int64_t run) const = 0;
};

/// Weights that several runs start from: safetensors files in one folder, named by the SHA-256 of their
/// bytes, so that a configuration that names one says which bits it begins with.
class WeightsFolder {
  public:
    explicit WeightsFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Writes the file unless it is there. Returns its digest, in hex.
    std::string put(const train::Checkpoint& weights) const;
    /// Throws Error (Data) if the file is missing or its bytes have another digest.
    train::Checkpoint get(const std::string& digest) const;

  private:
    std::filesystem::path folder_;
};

}  // namespace filigree::methods
