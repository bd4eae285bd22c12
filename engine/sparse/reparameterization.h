// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "autograd/variable.h"

/// How the weights that a layer multiplies by may follow from those that are trained. All of them need a
/// trained value (and its optimiser state) also where the layer's weight is zero.
namespace filigree::sparse {

/// mask w in the forward pass; backward as if the mask were not there, plus decay (1 - mask) w:
///   dL/dw = dL/d(mask w) + decay (1 - mask) w.
/// SR-STE (Zhou et al., ICLR 2021, equation 9) with an N:M mask and decay = lambda_w; with decay 0 the
/// straight-through estimator. w and mask [edges], mask of 0 and 1; of type u8 with decay 0 alone.
autograd::Variable straightThrough(const autograd::Variable& w, const Tensor& mask, double decay = 0);

/// STR: sign(w) max(0, |w| - g(s)), g the logistic function and s [1] one learned number per layer.
///   dL/dw = dL/dy [|w| > g(s)],   dL/ds = -g'(s) sum over |w| > g(s) of sign(w) dL/dy.
/// Source: Kusupati et al., "Soft threshold weight reparameterization", ICML 2020, equations 2 to 5.
autograd::Variable softThreshold(const autograd::Variable& w, const autograd::Variable& s);

}  // namespace filigree::sparse
