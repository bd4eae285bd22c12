// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "methods/registry.h"

/// Sparse Model Soups: iterative magnitude pruning in which every phase retrains m copies of the pruned
/// network with another batch order (or weight decay, length, learning rate) each and averages them:
///   theta_{i+1} = prune((1/m) sum_j retrain_j(theta_i)).
/// The copies share their mask, so the average is exactly as sparse as they are. m = 1 is plain IMP. The
/// dense network and all copies are trained in runs of their own, as processes side by side. Source: Zimmer,
/// Spiegel, Pokutta, "Sparse Model Soups: A Recipe for Improved Pruning via Model Averaging", ICLR 2024,
/// arXiv 2306.16788.
namespace filigree::methods::sparse_model_soups {

extern const Method method;

}  // namespace filigree::methods::sparse_model_soups
