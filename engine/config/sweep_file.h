// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace filigree::config {

/// One value of a configuration as a sweep file gives it.
struct SweepAssignment {
    std::string key;
    std::string value;  ///< as TOML
    std::string where;  ///< "file:line:column"
};

/// One run of a sweep.
struct SweepCell {
    std::string base;                          ///< a preset or the path of a run file, as it is written
    std::string where;                         ///< of the base
    std::string name;                          ///< of the run; empty: the base's
    std::vector<SweepAssignment> assignments;  ///< a later one of a key counts
    std::uint64_t seed = 0;
};

/// A table of runs: entries of a list x a grid x random draws x seeds.
///
///     base = "dst_ee/digits"            # or a list of presets and files
///     tag = "growth"                    # that its runs get; none: the name of the file
///     jobs = 2                          # processes at a time; none: as many as there are processors
///     threads = 1                       # of each run
///     seeds = [0, 1, 2]                 # none: 0
///     [set]                             # for all of them
///     train.epochs = 3
///     [grid]                            # every combination
///     sparsity.density = [0.1, 0.05]
///     [[list]]                          # one after another; may have a base and a name of its own
///     name = "SET"
///     rewire.growth = "random"
///     [random]                          # draws, each for every combination
///     draws = 20
///     seed = 1
///     [random.uniform]                  # between two bounds; whole numbers if both bounds are
///     rewire.drop_fraction = [0.1, 0.5]
///     [random.log]                      # the logarithm is uniform
///     optimizer.lr = [0.001, 0.1]
///     [random.choice]
///     optimizer.kind = ["sgd", "adam"]
struct SweepFile {
    std::string tag;
    int jobs = 0;     ///< 0: not said
    int threads = 1;  ///< of each run
    std::vector<SweepCell> cells;
};

/// The seeds of one configuration follow each other. Draw d of a key comes from RandomStream(seed,
/// "sweep/<key>", d): adding keys or draws changes no other. Throws Error (Usage) with file, line and column.
SweepFile parseSweepFile(std::string_view toml, const std::string& fileName);
/// Reads a file from the disk (at most 1 MiB).
SweepFile readSweepFile(const std::string& path);

}  // namespace filigree::config
