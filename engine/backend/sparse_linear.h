// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/sparse_pattern.h"
#include "tensor/tensor.h"

namespace filigree::backend {

/// Lanes of the vectors that the chosen kernels use: 16 with AVX-512, else 8.
int linearVectorWidth();

/// x [N, F] in the memory order that linear layers over batch tiles read (f32), else x itself. Whoever needs
/// it twice converts it once.
Tensor linearInput(const Tensor& x);

/// y = x W^T + b over the edges of W alone, and max(0, y) with `rectified`. x [N, columns] in any memory
/// order, values [edges], bias [rows] or undefined; y [N, rows] is batch-tiled for f32. Cost: 2 N edges
/// operations. f64 is a plain reference loop. The bits depend neither on the number of threads nor on the
/// schedule.
Tensor sparseLinear(const Tensor& x, const SparsePattern& pattern, const SparseSchedule& schedule,
                    const Tensor& values, const Tensor& bias, bool rectified = false);

/// What a linear layer's backward tells of its input.
enum class InputGradient {
    None,       ///< nothing: the first layer
    Plain,      ///< its gradient
    Rectified,  ///< its gradient where the input is positive, else 0, and the sums of that: the input came
                ///< out of a rectified linear layer, whose backward then starts with both
    Replacing  ///< the same, and nobody needs the input afterwards: the gradient may take its place in memory
};

struct SparseLinearGradients {
    Tensor x;       ///< [N, columns], undefined if not wanted
    Tensor xSums;   ///< [columns], with InputGradient::Rectified or Replacing
    Tensor values;  ///< [edges]: at the edges alone (a sampled dense-dense product)
};
/// All gradients in one pass over the columns of the pattern; without that of x (sparseLinearValueGradient),
/// one pass over its rows. The bits of `x` do not depend on the number of threads. Those of the sums over the
/// batch do, where rows are short and several threads take samples of their own: each part is summed by
/// itself.
SparseLinearGradients sparseLinearBackward(const Tensor& x, const Tensor& gradient,
                                           const SparsePattern& pattern, const SparseSchedule& schedule,
                                           const Tensor& values, InputGradient wanted);

/// The gradient of the values alone, [edges], on the host. In f32 the schedule says where edges are: of the
/// pattern only rowStart is read.
Tensor sparseLinearValueGradient(const Tensor& x, const Tensor& gradient, const SparsePattern& pattern,
                                 const SparseSchedule& schedule);

struct LinearOutputGradient {
    Tensor gradient;  ///< [N, F] before the rectifier, in the memory order of `linearInput`
    Tensor bias;      ///< [F]: its sum over the batch; undefined if not wanted
};
/// What a linear layer's backward starts with, in one pass: the gradient of its output becomes that before
/// the rectifier (0 where the output y is 0; y undefined: there was none), and is summed for the bias.
LinearOutputGradient linearOutputGradient(const Tensor& gradient, const Tensor& y, bool wantsBias);

/// The dense counterpart for batch-tiled f32 x [N, I] and a weight [O, I] with few outputs (the last layer of
/// a network): no conversion of memory order, y and its gradients stay batch-tiled.
Tensor tiledLinear(const Tensor& x, const Tensor& weight, const Tensor& bias, bool rectified = false);
struct TiledLinearGradients {
    Tensor x;       ///< undefined if not wanted
    Tensor xSums;   ///< [I], with InputGradient::Rectified or Replacing
    Tensor weight;  ///< [O, I]
};
TiledLinearGradients tiledLinearBackward(const Tensor& x, const Tensor& gradient, const Tensor& weight,
                                         InputGradient wanted);
/// Whether x and a weight are what tiledLinear is for.
bool suitsTiledLinear(const Tensor& x, const Tensor& weight);

/// Sum of x [N, F] or [N, F, …] over all axes but the second: the gradient of a bias, [F].
Tensor featureSum(const Tensor& x);

}  // namespace filigree::backend
