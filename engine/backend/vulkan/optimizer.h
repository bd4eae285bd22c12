// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/vulkan/kernel.h"

namespace filigree::vulkan {

/// Factors of a step of stochastic gradient descent, as optim::Sgd has them.
struct SgdStep {
    float rate = 0.1F;
    float momentum = 0;  ///< 0: no state, and `velocity` is not touched
    bool nesterov = false;
    float shrink = 1;  ///< decoupled decay: 1 - rate decay
    float pull = 0;    ///< coupled decay
};
/// v <- m v + g + pull w;  w <- shrink w - rate (nesterov ? g + m v : v). Arrays of one size: all parameters
/// of a model at once if they lie in one array. Three roundings per number.
void sgd(Stream& stream, const SgdStep& step, const View& parameters, const View& gradient,
         const View& velocity);

/// Factors of a step of Adam (or AdamW), as optim::Adam has them.
struct AdamStep {
    float rate = 1e-3F;  ///< learning rate
    double beta1 = 0.9, beta2 = 0.999;
    float epsilon = 1e-8F;
    std::int64_t step = 1;  ///< t, from 1
    float shrink = 1;       ///< decoupled decay: 1 - rate decay
    float pull = 0;         ///< coupled decay
};
void adam(Stream& stream, const AdamStep& step, const View& parameters, const View& gradient,
          const View& first, const View& second);

}  // namespace filigree::vulkan
