// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "nn/module.h"
#include "sparse/pruning.h"

/// Scores of connections before training. The model's sparse weights hold every connection that takes part;
/// one scored layer for each, in the model's order. Biases and norms are not scored.
namespace filigree::methods::sparse_training {

/// The first `each` samples of every class, ascending; empty if some class has fewer. labels [N] of I32.
std::vector<std::int64_t> firstOfEachClass(const Tensor& labels, std::int64_t classes, std::int64_t each);

/// |w dL/dw| on one batch (Lee et al., "SNIP", ICLR 2019, equation 5, without its normalisation by the sum,
/// which does not change the order).
std::vector<sparse::ScoredLayer> snipScores(nn::Module& model, const Tensor& x, const Tensor& labels);

/// w (H g) with g = dL/dw and H the Hessian of L = cross entropy of logits / temperature; the highest are
/// kept (Wang et al., "Picking winning tickets before training by preserving gradient flow", ICLR 2020,
/// algorithm 1, which removes the highest of -w H g). H g by central differences of gradients along g, the
/// step being 1e-2 in length.
std::vector<sparse::ScoredLayer> graspScores(nn::Module& model, const Tensor& x, const Tensor& labels,
                                             double temperature);

/// |w dR/dw| with R the sum of the outputs for an input of ones and |w| for every weight (Tanaka et al.,
/// "SynFlow", NeurIPS 2020, equation 6). The weights of the model must be non-negative, its norms at their
/// initial values; x is [1, sample shape] of ones.
std::vector<sparse::ScoredLayer> synflowScores(nn::Module& model, const Tensor& x);

/// Prunes the model's weights to `kept` connections in all, to the density D^(i / iterations) in iteration i,
/// scoring anew each time (algorithm 1 of the same paper). Weights become |w|, scaled per layer so that no
/// product of layers overflows, which multiplies all scores alike. Returns the survivors of each weight.
sparse::Survivors synflowSurvivors(nn::Module& model, const Shape& sample, std::int64_t kept,
                                   std::int64_t iterations);
/// The same to `kept` connections of each layer, which falls to its own density that way.
sparse::Survivors synflowSurvivors(nn::Module& model, const Shape& sample,
                                   const std::vector<std::int64_t>& kept, std::int64_t iterations);

/// As many positions in each layer as there are survivors, every choice equally likely: what is left of a
/// score when only its numbers per layer stay (Frankle et al., "Pruning neural networks at initialization:
/// why are we missing the mark?", ICLR 2021).
sparse::Survivors shuffledWithinLayers(const sparse::Survivors& survivors, const std::vector<Shape>& shapes,
                                       std::uint64_t seed);

}  // namespace filigree::methods::sparse_training
