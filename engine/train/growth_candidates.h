// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "record/recorder.h"
#include "sparse/activity.h"
#include "sparse/rewiring.h"

namespace filigree::train {

/// What a round of one layer chose from, for a view that chooses again with another trade-off.
struct GrowthCandidates {
    std::string layer;
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<std::uint32_t> excluded;  ///< positions that could not grow, ascending
    std::int64_t grown = 0;               ///< k
    std::int64_t step = 0;                ///< t
    sparse::GrowthRule::Acquisition rule;
};

/// Records under "candidates/<layer>": a matrix [2, rows, columns] of |G| and N (rounds that the position was
/// active before this one), NaN where no connection could grow; and a text, the JSON object
/// {"grown", "step", "c", "eps", "normalize"} ("c" is null for infinity). |G| is that of a gradient of type
/// f32 exactly, so the same choice follows from it.
void recordCandidates(const GrowthCandidates& round, const sparse::DenseGradient& gradient,
                      const sparse::Activity& activity, record::Recorder& recorder,
                      const record::Stamp& stamp);

}  // namespace filigree::train
