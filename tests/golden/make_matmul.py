# SPDX-License-Identifier: GPL-3.0-or-later
"""Matrix products. Run with PyTorch; writes matmul.json."""
import torch
import torch.nn.functional as F

from golden import case, uniform, write

torch.manual_seed(3)
write(
    "matmul",
    [
        case("matmul", torch.matmul, [uniform(3, 5), uniform(5, 4)]),
        case("matmul", torch.matmul, [uniform(1, 7), uniform(7, 1)]),
        case("batchedMatmul", torch.bmm, [uniform(3, 2, 5), uniform(3, 5, 4)]),
        case("linear", F.linear, [uniform(4, 5), uniform(3, 5), uniform(3)]),
        case("linear", F.linear, [uniform(2, 3, 5), uniform(4, 5), uniform(4)]),
        case("linear", F.linear, [uniform(5), uniform(4, 5)]),
    ],
)
