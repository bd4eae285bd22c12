// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sparse/pruning.h"
#include "sparse/sparse_weight.h"

/// Pruning of whole units: an output unit (fully connected) or output channel (convolution) goes with all its
/// incoming connections, its row, and all its outgoing ones, its columns of the layer that reads it.
namespace filigree::sparse {

/// Score of each output unit of a layer: the L2 norm of its row. Source: Li et al., "Pruning filters for
/// efficient ConvNets", ICLR 2017, with the norm that the whole row has.
std::vector<double> rowNorms(const SparseWeight& weight);

/// A layer whose units may go. Places are those of a list of layers.
struct UnitLayer {
    std::size_t layer = 0;
    std::size_t reader = 0;      ///< the one layer that reads its outputs
    std::vector<double> scores;  ///< of each unit, the lowest goes first; those that are gone have -1
};

/// Units that stay, of each of the layers: round(density units) of all together (Global) or of each
/// (Uniform), but in every layer its best unit at least; ties as in pruning. None that was gone returns.
/// Throws Error (Run) for scores that are not numbers, and for another scope.
Survivors keepUnits(const std::vector<UnitLayer>& layers, double density, PruningScope scope);

/// Connections that stay with them: of every weight those whose unit stays and whose input is read from a
/// unit that stays. Inputs of the reader are the units in their order, each with as many columns (pixels of a
/// channel, places of a kernel).
Survivors connectionsOfUnits(const std::vector<const SparseWeight*>& weights,
                             const std::vector<UnitLayer>& layers, const Survivors& units);

}  // namespace filigree::sparse
