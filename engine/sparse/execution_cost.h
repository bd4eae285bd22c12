// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sparse/sparse_weight.h"

namespace filigree::sparse {

/// Predicted time of one training step in a linear layer, forward and backward, on one thread.
struct LinearCost {
    double sparseMs = 0;
    double maskedMs = 0;
    Execution faster() const { return maskedMs < sparseMs ? Execution::MaskedDense : Execution::Sparse; }
};

/// The model: with B the batch rounded up to vectors,
///   sparse = B (edges s + (rows + columns) a) + edges e,
///   masked = batch (positions d + (rows + columns) c) + positions p,
/// s and d the time of one multiply-add in forward and backward over an edge or a position, a and c that of
/// what is done once per activation, e and p that of what is done once per value (index reading; scattering,
/// gathering). The constants were measured (help page "Performance"), so the choice depends on the layer, the
/// batch and the instruction set and never on a clock: the same configuration takes the same path every time.
/// `firstLayer`: no gradient of the input is wanted.
LinearCost predictLinearCost(std::int64_t rows, std::int64_t columns, std::int64_t edges, std::int64_t batch,
                             bool firstLayer);

}  // namespace filigree::sparse
