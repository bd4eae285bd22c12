# SPDX-License-Identifier: GPL-3.0-or-later
"""Softmax and its logarithm. Run with PyTorch; writes softmax.json."""
import torch
import torch.nn.functional as F

from golden import case, uniform, write

torch.manual_seed(5)
cases = []
for axis in (0, 1, 2):
    x = uniform(3, 11, 2, low=-5, high=5)
    cases.append(case("softmax", lambda x: F.softmax(x, axis), [x], axis=axis))
    cases.append(case("logSoftmax", lambda x: F.log_softmax(x, axis), [x], axis=axis))
large = torch.tensor([[1000.0, 999, -1000], [-1e4, -1e4, -1e4 + 2]], dtype=torch.float64)
cases.append(case("softmax", lambda x: F.softmax(x, 1), [large], axis=1))
cases.append(case("logSoftmax", lambda x: F.log_softmax(x, 1), [large], axis=1))
write("softmax", cases)
