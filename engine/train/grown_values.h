// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "sparse/sparse_weight.h"

namespace filigree::train {

/// What a connection that was grown starts from. Source: google-research/rigl, `grow_init`; with w the
/// weights of the layer's other connections and d the divisor:
enum class GrownValue {
    Zero,
    Normal,        ///< N(0, 1) times the standard deviation of w, / d
    Uniform,       ///< uniform between -mean |w| and mean |w|, / d
    Initial,       ///< what the seed's initialisation gives its position, / d
    Gradient,      ///< G / d, the dense gradient there
    GradientSign,  ///< sign(G) / d
};
GrownValue grownValueFrom(std::string_view name);
/// Whether it reads the dense gradient.
bool needsGradient(GrownValue value);

/// Gives the connections that were born in the weight's last round their values, which are 0 so far. Random
/// numbers come from the stream "grown/<layer>" at the round. `gradient`: dense, in the weight's shape, for
/// the rules that read it. On the host alone.
void setGrownValues(sparse::SparseWeight& weight, GrownValue value, double divisor, const Tensor& gradient,
                    std::uint64_t seed);

}  // namespace filigree::train
