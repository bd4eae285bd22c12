// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/vulkan/kernel.h"

namespace filigree::vulkan {

/// Per sample: loss[n] = -(1 - s) p[label] - s / K sum_k p[k] with p = log softmax(logits), s = smoothing;
/// correct[n] = 1 if the largest logit is the label's, else 0; gradient = scale (softmax(logits) - target).
/// Logits and gradient are batch-tiled [batch, classes], lanes of the gradient past the batch become 0.
/// Labels must lie in 0 … classes - 1 (not checked here: they are on the device). Absolute error against f64:
/// 1e-6 (1 + the largest |logit|).
void crossEntropy(Stream& stream, const Layout& layout, std::uint64_t classes, const View& logits,
                  const View& labels, float smoothing, float scale, const View& loss, const View& correct,
                  const View& gradient);

}  // namespace filigree::vulkan
