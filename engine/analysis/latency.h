// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "nn/module.h"

namespace filigree::analysis {

/// Wall time of a forward pass in evaluation, in ms.
struct Latencies {
    double before = 0, after = 0;  ///< medians
    double ratio = 0;              ///< median over the pairs of before / after
};

/// Times two networks on the same batch, in pairs of passes. They take turns, and who begins too, so that
/// neither is always the one behind the other. Leaves both in evaluation.
Latencies timeInTurns(nn::Module& before, nn::Module& after, const Tensor& x, std::int64_t pairs);

}  // namespace filigree::analysis
