// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tensor/tensor.h"

namespace filigree::backend {

/// Cross entropy of each row against its label, from logProbabilities[N, K] = logSoftmax(logits) and
/// labels[N] (I32 or I64): -(1 - s) p[label] - s / K sum_k p[k] with s = labelSmoothing -> [N]. Source of
/// smoothing: Szegedy et al., "Rethinking the Inception architecture", CVPR 2016, section 7. Throws Error
/// (Run) on shapes that do not fit and on labels outside 0 … K-1.
Tensor crossEntropy(const Tensor& logProbabilities, const Tensor& labels, double labelSmoothing);
/// gradient[n] (exp(p[n, k]) - target[n, k]): the gradient with respect to the logits, [N, K].
Tensor crossEntropyBackward(const Tensor& gradient, const Tensor& logProbabilities, const Tensor& labels,
                            double labelSmoothing);

/// 1 for each row of logits[N, K] whose largest (the first of equals) is its label's, else 0: f32 [N]. Labels
/// I32.
Tensor isCorrect(const Tensor& logits, const Tensor& labels);

}  // namespace filigree::backend
