// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/vulkan/reduction.h"

namespace filigree::vulkan {

// Batch norm and layer norm as backend/normalization.h defines them. Batch norm is over [batch, features] or
// [batch, features, height, width]. Lanes past the batch do not count and become 0. Absolute error against
// f64 for numbers of size 1: 1e-5.

/// Mean and biased variance of each feature, [features]: first the mean, then the squares about it.
void featureStatistics(Stream& stream, const FeatureShape& shape, const View& x, const View& mean,
                       const View& variance);
/// y = (x - mean) / sqrt(variance + epsilon) gamma + beta.
void batchNorm(Stream& stream, const FeatureShape& shape, const View& x, const View& mean,
               const View& variance, const View& gamma, const View& beta, float epsilon, const View& y);
/// `statisticsOfX`: the statistics are those of x, whose gradient runs through them (training), else
/// constants. `workspace` [features].
void batchNormGradient(Stream& stream, const FeatureShape& shape, const View& x, const View& mean,
                       const View& variance, const View& gamma, const View& dy, float epsilon,
                       bool statisticsOfX, const View& dx, const View& dGamma, const View& dBeta,
                       const View& workspace);

/// Layer norm over rows of x [rows, width], statistics of each row: y = (x - mean) root gamma + beta with
/// root = 1 / sqrt(variance + epsilon). gamma, beta [width]; mean, root [rows] are for the backward pass.
void layerNorm(Stream& stream, std::uint64_t rows, const View& x, const View& gamma, const View& beta,
               float epsilon, const View& y, const View& mean, const View& root);
/// `workspace` [rows, width].
void layerNormGradient(Stream& stream, std::uint64_t rows, const View& x, const View& gamma, const View& mean,
                       const View& root, const View& dy, const View& dx, const View& dGamma,
                       const View& dBeta, const View& workspace);

}  // namespace filigree::vulkan
