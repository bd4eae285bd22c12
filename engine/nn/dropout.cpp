// SPDX-License-Identifier: Apache-2.0
#include "nn/dropout.h"

#include "autograd/dropout.h"
#include "base/error.h"
#include "base/random.h"

namespace filigree::nn {

Dropout::Dropout(double p) : p_(p) {
    if (!(p >= 0 && p < 1))
        throw Error(ErrorKind::Run, "the dropout probability must lie in [0, 1), not " + std::to_string(p));
}

autograd::Variable Dropout::forward(const autograd::Variable& x) {
    if (!training() || p_ == 0) return x;
    RandomStream random(context().seed, "dropout/" + path(), context().step);
    return autograd::dropout(x, p_, random);
}

}  // namespace filigree::nn
