// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "train/layer_connections.h"

namespace filigree::ui {

/// What a configuration means before anything is trained: exact where the engine says it (layers,
/// connections, steps, rounds), about where it must be guessed (memory, time).
struct Estimate {
    std::vector<train::LayerConnections> layers;
    std::int64_t active = 0;  ///< connections of all layers
    std::int64_t total = 0;
    std::int64_t stepsPerEpoch = 0;
    std::int64_t steps = 0;
    std::int64_t rounds = 0;  ///< mask rounds on the way
    /// Highest resident memory: 24 MB for the program, the data set once, 60 bytes per connection, the dense
    /// gradient of the largest layer, and 5 copies of all activations of an evaluation batch (or 6 of a
    /// training batch). Within a fifth of what digits, Fashion-MNIST mlp and cnn measure.
    double memoryBytes = 0;
    /// Multiply-adds over connections in all steps: run time is about proportional between similar
    /// configurations.
    double work = 0;
    /// Why such a run cannot work (a cnn on vectors, a batch larger than the set); empty if it can.
    std::string problem;
    std::string problemAdvice;
};

/// Empty for a method whose configuration has no supervised model with dynamic sparsity.
std::optional<Estimate> estimate(const config::Config& config);

}  // namespace filigree::ui
