// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace filigree::data {

/// Parameters of the planted sparse teacher. The defaults give the published check values.
struct PlantedOptions {
    std::uint64_t seed = 101;  ///< wiring; seed+1 signs, seed+2 output weights, seed+3 inputs
    double trapScale = 3;      ///< planted-trap only: factor on the inputs 16..63, after labelling; > 0
    std::int64_t trainRows = 32000;
    std::int64_t testRows = 4000;  ///< the rows after the training rows
};

/// The network that gives the labels: h_j = tanh(1.5 * sum of its 3 inputs, each with its sign), label =
/// argmax W h.
struct PlantedTeacher {
    static constexpr int inputs = 128;
    static constexpr int relevantInputs = 16;  ///< only inputs 0..15 are wired
    static constexpr int units = 32;
    static constexpr int fanIn = 3;
    static constexpr int classes = 10;

    std::array<std::array<int, fanIn>, units> wires;  ///< inputs of each unit, ascending in their random keys
    std::array<std::array<double, fanIn>, units> signs;  ///< -1 or +1
    std::array<std::array<double, units>, classes> weights;

    explicit PlantedTeacher(std::uint64_t seed = 101);
    /// Class of one input row (at least `relevantInputs` values).
    int label(const double* x) const;
};

/// Draw `index` (0, 1, …) of the splitmix64 stream of `seed`, in counter form (any draw without those before
/// it). Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
std::uint64_t splitmix64(std::uint64_t seed, std::uint64_t index);

/// Rows of the planted task: 128 independent standard normals each, labelled by the teacher. With `trap` the
/// irrelevant inputs 16..63 are multiplied by options.trapScale once the labels are known. `split` is "train"
/// or "test". Throws Error (Usage) for negative, zero or excessive row counts and for a scale that is not
/// positive and finite.
Dataset makePlanted(const std::string& split, bool trap, const PlantedOptions& options = {});

}  // namespace filigree::data
