// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "store/run_row.h"

/// Stores with many runs, written straight into the tables, as a year of work would leave them.
struct ManyRuns {
    std::int64_t runs = 100;
    int keys = 100;             ///< of a configuration; every tenth is varied
    int metrics = 5;            ///< per run
    std::int64_t points = 200;  ///< per metric
};

/// Makes the store, unless it is there already. The runs are finished; names, tags and a bin included.
void makeManyRuns(const std::filesystem::path& store, const ManyRuns& what);

/// A run that is about to start, without a configuration.
inline filigree::store::NewRun newRun(const std::string& name) {
    filigree::store::NewRun run;
    run.name = name;
    run.method = "rigl";
    return run;
}
