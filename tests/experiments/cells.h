// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// An experiment is a table of cells; a cell is one configuration run with several seeds by the real program.
namespace filigree::experiments {

struct Cell {
    std::string name;                   ///< unique, e.g. "A1/rigl"
    std::string preset;                 ///< "dst_ee/planted"
    std::vector<std::string> settings;  ///< "sparsity.density=0.02"
    std::vector<std::uint64_t> seeds;
};

/// The final figures of one run.
struct Outcome {
    double accuracy = 0;  ///< test, in %
    double trainLoss = 0;
    double exploration = 0;
    double relevantShare = 0;  ///< planted sets, else NaN
    double regrowShare = 0;  ///< mean over all rounds and layers, each counting the same; NaN without rounds
    double seconds = 0;
    double density = 0;        ///< at the end; NaN for dense networks
    double trainingBytes = 0;  ///< largest perf/training_bytes
    double finalBytes = 0;     ///< last perf/training_bytes
    double processBytes = 0;   ///< largest resident memory
    double flops = 0;          ///< of training in theory (perf/training_flops); NaN in old stores
    double cpuSeconds = 0;     ///< processor time of the steps, evaluations among them; NaN in old stores
};

struct Spread {
    double mean = 0;
    double deviation = 0;  ///< sample standard deviation, 0 for one value
};

/// Runs whatever is not yet finished in the store, `jobs` at a time, each as a process of `program`; so an
/// interrupted experiment goes on where it was. Returns the outcomes by cell, in the order of the seeds.
std::map<std::string, std::vector<Outcome>> runCells(const std::filesystem::path& program,
                                                     const std::filesystem::path& store,
                                                     const std::vector<Cell>& cells, int jobs);

Spread spread(const std::vector<Outcome>& outcomes, double Outcome::*figure);
/// "62.4 (2.5)".
std::string text(const Spread& spread, int digits);

}  // namespace filigree::experiments
