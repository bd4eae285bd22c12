// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "autograd/variable.h"

namespace filigree::autograd {

// Over the given axes (negative ones count from the end), over all when none is given. `keepAxes` leaves axes
// of size 1.
Variable sum(const Variable& x, const std::vector<int>& axes = {}, bool keepAxes = false);
Variable mean(const Variable& x, const std::vector<int>& axes = {}, bool keepAxes = false);
/// sum (x - mean)^2 / (n - correction): correction 1 gives the unbiased estimate, 0 the biased one. Throws
/// Error (Run) if n <= correction.
Variable variance(const Variable& x, const std::vector<int>& axes = {}, bool keepAxes = false,
                  int correction = 1);
/// Maximum along one axis; the gradient goes to the first maximum.
Variable max(const Variable& x, int axis, bool keepAxes = false);

}  // namespace filigree::autograd
