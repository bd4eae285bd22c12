// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "autograd/variable.h"
#include "base/random.h"

namespace filigree::autograd {

/// Each element is 0 with probability p, else x / (1 - p). Draws one number from `random` per call (none when
/// p is 0). Throws Error (Run) if p is not in [0, 1].
Variable dropout(const Variable& x, double p, RandomStream& random);

}  // namespace filigree::autograd
