// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "autograd/variable.h"

namespace filigree::autograd {

/// What a loss does with its terms.
enum class Reduction { Mean, Sum, None };

/// Cross entropy of softmax(logits[N, K]) against labels[N] (I32 or I64); one term per row.
/// With label smoothing s the target is (1 - s) onehot + s / K. Source: Szegedy et al., CVPR 2016, section 7.
/// Throws Error (Run) on shapes that do not fit, labels outside 0 … K-1, s outside [0, 1], and the mean of no
/// rows.
Variable crossEntropy(const Variable& logits, const Tensor& labels, double labelSmoothing = 0,
                      Reduction reduction = Reduction::Mean);

// prediction and target have the same shape; one term per element; both get gradients where they need them.
/// (prediction - target)^2.
Variable mse(const Variable& prediction, const Variable& target, Reduction reduction = Reduction::Mean);
/// |prediction - target|.
Variable l1(const Variable& prediction, const Variable& target, Reduction reduction = Reduction::Mean);
/// d^2 / (2 beta) for |d| < beta, else |d| - beta / 2, with d = prediction - target.
Variable smoothL1(const Variable& prediction, const Variable& target, double beta = 1,
                  Reduction reduction = Reduction::Mean);
/// target (log target - logInput), 0 where the target is 0. `Mean` divides by the size of the first axis
/// ("batchmean").
Variable klDivergence(const Variable& logInput, const Variable& target,
                      Reduction reduction = Reduction::Mean);

}  // namespace filigree::autograd
