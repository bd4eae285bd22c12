#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes convolution.json: 2-D convolutions and their gradients as PyTorch computes them."""
import torch
import torch.nn.functional as F

import golden
from golden import uniform

torch.manual_seed(21)

cases = []
for name, x, w, bias, stride, padding, groups in [
    ("3x3", (2, 3, 5, 4), (4, 3, 3, 3), True, (1, 1), (0, 0), 1),
    ("3x3 padded", (2, 2, 5, 5), (3, 2, 3, 3), True, (1, 1), (1, 1), 1),
    ("stride 2 with a column left over", (1, 2, 6, 7), (3, 2, 3, 3), False, (2, 2), (0, 0), 1),
    ("stride 3 with two rows left over", (2, 1, 6, 5), (2, 1, 1, 2), True, (3, 2), (0, 0), 1),
    ("unequal kernel, stride and padding", (2, 2, 7, 4), (2, 2, 2, 3), True, (2, 1), (1, 2), 1),
    ("groups", (2, 4, 4, 4), (6, 2, 3, 3), True, (1, 1), (1, 1), 2),
    ("depthwise", (2, 3, 5, 5), (3, 1, 3, 3), False, (2, 2), (1, 1), 3),
    ("1x1", (3, 3, 2, 2), (2, 3, 1, 1), True, (1, 1), (0, 0), 1),
    ("one place", (1, 1, 1, 1), (1, 1, 1, 1), True, (1, 1), (0, 0), 1),
    ("kernel wider than the image", (1, 2, 2, 2), (2, 2, 4, 4), False, (1, 1), (1, 1), 1),
]:
    inputs = [uniform(*x), uniform(*w)] + ([uniform(w[0])] if bias else [])
    cases.append(golden.case(
        name, lambda x, w, b=None: F.conv2d(x, w, b, stride=stride, padding=padding, groups=groups), inputs,
        stride=stride, padding=padding, groups=groups))

golden.write("convolution", cases)
