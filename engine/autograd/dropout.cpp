// SPDX-License-Identifier: Apache-2.0
#include "autograd/dropout.h"

#include "backend/dropout.h"

namespace filigree::autograd {

Variable dropout(const Variable& x, double p, RandomStream& random) {
    if (p == 0) return x;
    const std::uint64_t key = random.next64();
    return Variable::result(backend::dropout(x.value(), p, key), {x},
                            [p, key](const Tensor& g, std::span<Variable> inputs) {
                                inputs[0].accumulate(backend::dropout(g, p, key));
                            });
}

}  // namespace filigree::autograd
