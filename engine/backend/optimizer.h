// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace filigree::backend {

/// Factors of one step of stochastic gradient descent: v <- momentum v + g + pull w;
/// w <- shrink w - rate (nesterov ? g + pull w + momentum v : v).
struct SgdFactors {
    double rate = 0.1;
    double momentum = 0;
    bool nesterov = false;
    double shrink = 1;  ///< decoupled decay: 1 - rate decay
    double pull = 0;    ///< coupled decay
};

/// Factors of one step of Adam: with g' = g + pull w, m <- beta1 m + (1 - beta1) g'; s <- beta2 s + (1 -
/// beta2) g'^2; w <- shrink w - rate / (1 - beta1^t) m / (sqrt(s / (1 - beta2^t)) + epsilon).
struct AdamFactors {
    double rate = 1e-3;
    double beta1 = 0.9, beta2 = 0.999;
    double epsilon = 1e-8;
    std::int64_t step = 1;  ///< t
    double shrink = 1;
    double pull = 0;
};

/// One step of SGD over a whole tensor, on the host or a device; `momentum` is null where there is none. The
/// bits do not depend on the instruction set nor on the number of threads.
void sgd(const SgdFactors& factors, Tensor& value, Tensor* momentum, const Tensor& gradient);

}  // namespace filigree::backend
