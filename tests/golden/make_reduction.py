# SPDX-License-Identifier: GPL-3.0-or-later
"""Sums, means, variances and maxima. Run with PyTorch; writes reduction.json."""
import torch

from golden import case, uniform, write

torch.manual_seed(2)
cases = []
for axes in [[0], [1], [2], [0, 2], [0, 1], [-1, 0, 1]]:
    for keep in (False, True):
        for name, function in [
            ("sum", lambda x: x.sum(axes, keep)),
            ("mean", lambda x: x.mean(axes, keep)),
            ("variance", lambda x: x.var(axes, unbiased=True, keepdim=keep)),
            ("variance0", lambda x: x.var(axes, unbiased=False, keepdim=keep)),
        ]:
            cases.append(case(name, function, [uniform(3, 4, 2)], axes=axes, keep=keep))
for axis in (0, 1, -1):
    x = uniform(3, 4, 2)
    cases.append(case("max", lambda x: x.max(axis)[0], [x], axes=[axis], keep=False, index=x.max(axis)[1]))
    cases.append(case("max", lambda x: x.max(axis, True)[0], [x], axes=[axis], keep=True, index=x.max(axis, True)[1]))
write("reduction", cases)
