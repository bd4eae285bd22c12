// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "app/output.h"
#include "store/reader.h"

/// How runs are shown.
namespace filigree::app {

/// "finished", "running (no contact)": the state as observed, with its colour.
std::string stateWord(const store::RunInfo& run);
Style stateStyle(const store::RunInfo& run);

/// Share of zeros over all layers with a recorded pattern, from the newest one of each; none without
/// patterns.
std::optional<double> achievedSparsity(const store::Reader& reader, std::int64_t run);

/// The configuration with its tables: {"sparsity": {"density": 0.1}}.
nlohmann::json configJson(const std::vector<store::ConfigEntry>& entries);

/// One row of `filigree runs --json`.
nlohmann::json summaryJson(const store::RunInfo& run);
/// Everything that `filigree show --json` tells.
nlohmann::json fullJson(const store::Reader& reader, const store::RunInfo& run);

/// The run as a file that `filigree run` takes: method, name, seed and the whole configuration.
std::string runFileOf(const store::Reader& reader, const store::RunInfo& run);

/// The same for people.
void showRun(Output& output, const store::Reader& reader, const store::RunInfo& run);

}  // namespace filigree::app
