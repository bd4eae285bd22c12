// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "nn/module.h"

namespace filigree::train {

/// How running statistics of batch norm follow from batches.
enum class StatisticsRule {
    Cumulative,   ///< mean of the batches' means, and of their unbiased variances
    Exponential,  ///< running <- (1 - momentum) running + momentum batch, from mean 0 and variance 1
};

/// Inputs of the model by batch.
using BatchReader = std::function<Tensor(std::int64_t batch)>;

/// Computes the running statistics of every batch norm anew from these batches (inputs of the model), each
/// normalised by its own statistics on the way down. An averaged or pruned network needs it before it is
/// evaluated: the statistics that it has are those of other weights. Does nothing for a model without batch
/// norm; leaves the model in evaluation. Throws Error (Run) without batches.
void recalibrate(nn::Module& model, std::int64_t batches, const BatchReader& read,
                 StatisticsRule rule = StatisticsRule::Cumulative, double momentum = 0.1);
void recalibrate(nn::Module& model, std::span<const Tensor> batches,
                 StatisticsRule rule = StatisticsRule::Cumulative, double momentum = 0.1);

/// Whether a model has running statistics.
bool hasStatistics(const nn::Module& model);

}  // namespace filigree::train
