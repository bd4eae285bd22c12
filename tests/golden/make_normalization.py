#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes normalization.json: batch and layer normalisation with gradients as PyTorch computes them."""
import torch
import torch.nn.functional as F

import golden
from golden import uniform

torch.manual_seed(23)

cases = []
for shape in [(5, 3), (2, 1), (2, 3, 2, 3), (6, 2, 1, 1), (1, 2, 3, 3)]:
    for training in [True, False]:
        channels = shape[1]
        mean, variance = uniform(channels), uniform(channels, low=0.5, high=2)
        running = [mean.clone(), variance.clone()]
        momentum, epsilon = 0.3, 1e-3
        case = golden.case(
            f"batch {shape} {'training' if training else 'evaluation'}",
            lambda x, g, b: F.batch_norm(x, running[0], running[1], g, b, training, momentum, epsilon),
            [uniform(*shape, low=-2, high=3), uniform(channels, low=0.5, high=2), uniform(channels)],
            operation="batch", training=training, momentum=momentum, epsilon=epsilon, mean=mean, variance=variance,
            mean_after=running[0], variance_after=running[1])
        cases.append(case)
for shape, axes in [((4, 5), 1), ((2, 3, 4), 1), ((2, 3, 4), 2), ((3, 1), 1), ((7,), 1)]:
    inner = shape[len(shape) - axes:]
    cases.append(golden.case(f"layer {shape} over {axes}", lambda x, g, b: F.layer_norm(x, inner, g, b, 1e-3),
                             [uniform(*shape, low=-2, high=3), uniform(*inner, low=0.5, high=2), uniform(*inner)],
                             operation="layer", epsilon=1e-3))

golden.write("normalization", cases)
