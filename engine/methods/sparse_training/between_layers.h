// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "config/config.h"
#include "train/drop_and_grow.h"
#include "train/dynamic_sparsity.h"

/// What algorithms share that move connections from layer to layer.
namespace filigree::methods::sparse_training {

/// Throws Error (Usage) if connections come in tiles: then layers cannot exchange single ones.
void requireSingleConnections(const config::Config& config);

/// So many drops in each layer, but at least one connection stays; and as many grown in all, shared among the
/// layers in proportion to `shares`, none beyond a layer's free positions.
std::vector<train::DropAndGrow::Budget> shareGrowth(const train::DynamicSparsity& sparsity,
                                                    const std::vector<std::int64_t>& drops,
                                                    const std::vector<double>& shares);

}  // namespace filigree::methods::sparse_training
