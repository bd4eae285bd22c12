// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "config/sweep_file.h"
#include "run/runner.h"
#include "store/run_identity.h"

namespace filigree::run {

/// The runs of a sweep, each with its configuration checked. Run files are looked for beside the sweep file,
/// in `folder`. Throws Error (Usage) that names the place in the file.
std::vector<RunRequest> requestsOf(const config::SweepFile& file, const std::filesystem::path& folder,
                                   const std::filesystem::path& store);

/// For each request the run of the store that is the same computation, queued if there is none; so a sweep
/// that comes again finds its runs. Two equal requests are one run.
std::vector<store::AddedRun> queueOnce(const std::vector<RunRequest>& requests);

}  // namespace filigree::run
