// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "data/search_path.h"
#include "methods/run_queue.h"
#include "run/run_processes.h"

namespace filigree::run {

/// The queue of an experiment's own runs, in the store that it writes to itself.
class ChildRuns final : public methods::RunQueue {
  public:
    ChildRuns(std::filesystem::path store, data::SearchPath dataFolders);
    /// Asks the runs that go on to save their state and stop: whoever asks for them again resumes them.
    ~ChildRuns() override;

    void setJobs(int jobs) override;
    std::int64_t add(std::string_view method, const config::Config& config, std::uint64_t seed,
                     const std::string& name) override;
    void poll() override;
    bool finished(std::int64_t run) const override;
    train::Checkpoint result(std::int64_t run) const override;

  private:
    std::filesystem::path path_;
    data::SearchPath dataFolders_;
    int jobs_ = 0;
    std::unique_ptr<RunProcesses> processes_;  ///< once the store is there
    std::map<std::int64_t, std::string> names_;
};

}  // namespace filigree::run
