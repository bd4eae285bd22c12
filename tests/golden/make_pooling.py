#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes pooling.json: 2-D pooling and its gradients as PyTorch computes it."""
import torch
import torch.nn.functional as F

import golden
from golden import uniform

torch.manual_seed(22)

cases = []
for name, x, kernel, stride, padding in [
    ("2x2", (2, 3, 4, 6), (2, 2), (2, 2), (0, 0)),
    ("odd image", (3, 2, 5, 7), (2, 2), (2, 2), (0, 0)),
    ("overlapping windows", (2, 2, 5, 5), (3, 3), (1, 1), (1, 1)),
    ("3x3 stride 2 padded", (5, 2, 6, 5), (3, 3), (2, 2), (1, 1)),
    ("unequal", (1, 2, 7, 4), (3, 2), (1, 2), (1, 0)),
    ("windows with gaps", (2, 1, 7, 7), (2, 1), (3, 3), (0, 0)),
    ("one place", (2, 1, 1, 1), (1, 1), (1, 1), (0, 0)),
]:
    image = uniform(*x)
    settings = dict(kernel=kernel, stride=stride, padding=padding)
    cases.append(golden.case("max " + name, lambda x: F.max_pool2d(x, kernel, stride, padding), [image],
                             operation="max", **settings))
    cases.append(golden.case("average " + name, lambda x: F.avg_pool2d(x, kernel, stride, padding), [image],
                             operation="average", **settings))
# Whole numbers have many equal values: the gradient goes to the first maximum.
ties = torch.randint(0, 3, (3, 2, 6, 6), dtype=torch.int64).to(torch.float64)
cases.append(golden.case("max ties", lambda x: F.max_pool2d(x, 3, 2, 1), [ties], operation="max", kernel=(3, 3),
                         stride=(2, 2), padding=(1, 1)))
for shape in [(2, 3, 4, 5), (5, 1, 1, 1), (1, 2, 7, 3)]:
    cases.append(golden.case(f"global {shape}", lambda x: x.mean((2, 3)), [uniform(*shape)], operation="global"))

golden.write("pooling", cases)
