# SPDX-License-Identifier: GPL-3.0-or-later
"""Losses with every reduction. Run with PyTorch; writes loss.json."""
import torch
import torch.nn.functional as F

from golden import case, uniform, write

torch.manual_seed(6)
cases = []
for reduction in ("mean", "sum", "none"):
    labels = torch.tensor([2, 0, 4, 2], dtype=torch.int64)
    for smoothing in (0.0, 0.1, 1.0):
        cases.append(
            case(
                "crossEntropy",
                lambda x: F.cross_entropy(x, labels, label_smoothing=smoothing, reduction=reduction),
                [uniform(4, 5, low=-3, high=3)],
                labels=labels,
                smoothing=smoothing,
                reduction=reduction,
            )
        )
    pair = [uniform(3, 4, low=-2, high=2), uniform(3, 4, low=-2, high=2)]
    cases.append(case("mse", lambda a, b: F.mse_loss(a, b, reduction=reduction), pair, reduction=reduction))
    cases.append(case("l1", lambda a, b: F.l1_loss(a, b, reduction=reduction), pair, reduction=reduction))
    cases.append(
        case("smoothL1", lambda a, b: F.smooth_l1_loss(a, b, beta=0.6, reduction=reduction), pair, reduction=reduction)
    )
    logs = F.log_softmax(uniform(3, 4), 1)
    target = F.softmax(uniform(3, 4), 1)
    name = "batchmean" if reduction == "mean" else reduction
    cases.append(
        case("klDivergence", lambda a, b: F.kl_div(a, b, reduction=name), [logs, target], reduction=reduction)
    )
write("loss", cases)
