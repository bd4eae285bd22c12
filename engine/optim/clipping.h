// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "autograd/variable.h"

namespace filigree::optim {

/// Euclidean norm of all gradients together, summed in double in a fixed order; variables without gradient
/// count as 0.
double gradientNorm(std::span<const autograd::Variable> variables);

/// Scales all gradients by maximum / (norm + 1e-6) if the norm of all together is larger than `maximum` > 0.
/// Returns the norm before (NaN on a device, for which nothing waits). Gradients are replaced, not changed in
/// place. Throws Error (Run) if the norm is not finite.
double clipGradientNorm(std::span<const autograd::Variable> variables, double maximum);

/// Limits every gradient value to [-maximum, maximum], maximum > 0. Returns the norm before.
double clipGradientValue(std::span<const autograd::Variable> variables, double maximum);

}  // namespace filigree::optim
