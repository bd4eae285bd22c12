// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "autograd/variable.h"
#include "tensor/tensor.h"

namespace filigree::methods::hard_attention_gates {

/// One output for one picture as a sum over places: output = offset + sum of the means of `maps`.
struct ActivationMaps {
    std::vector<double> outputs;  ///< all of them
    std::int64_t explained = 0;   ///< which of them the maps are of
    double offset = 0;            ///< what does not depend on a place
    std::vector<Tensor> maps;     ///< [h, w] of each branch, in their order
};

/// A network whose branches end in F [C, h, w], behind their last gate, the mean over places, and the head
///   p_c = mean F_c,  r = W1 (s1 p) + b1,  o = W2 (s2 max(r, 0)) + b2
/// with the scores s1, s2 of its gates (1 without them). For one picture, that is for given signs of r, the
/// head is linear, so gated class-activation maps need no gradient and add up exactly:
///   w_c = s1_c sum_j W2_oj s2_j [r_j > 0] W1_jc,  M(y, x) = sum_c w_c F_c(y, x),  o = offset + mean M,
///   offset = b2_o + sum_j W2_oj s2_j [r_j > 0] b1_j;
/// with several branches p is joined, each has its own M, and o = offset + the sum of their means. Source:
/// Zhou, Khosla, Lapedriza, Oliva, Torralba, "Learning deep features for discriminative localization", CVPR
/// 2016, for a head with a rectified layer.
class ActivationMapper {
  public:
    virtual ~ActivationMapper() = default;
    /// Of a picture x [1, channels, H, W], in evaluation, of one output; none: the largest. Throws Error
    /// (Run) for more than one picture.
    virtual ActivationMaps map(const autograd::Variable& x, std::optional<std::int64_t> output) = 0;
};

}  // namespace filigree::methods::hard_attention_gates
