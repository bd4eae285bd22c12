# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions that move elements. Run with PyTorch; writes shape.json."""
import torch
import torch.nn.functional as F

from golden import case, uniform, write

torch.manual_seed(4)
write(
    "shape",
    [
        case("reshape", lambda x: x.reshape(4, 6), [uniform(2, 3, 4)]),
        case("permute", lambda x: x.permute(2, 0, 1), [uniform(2, 3, 4)]),
        case("transpose", lambda x: x.transpose(0, 2), [uniform(2, 3, 4)]),
        case("slice", lambda x: x[:, 1:6:2], [uniform(2, 7, 3)]),
        case("concatenate", lambda a, b, c: torch.cat([a, b, c], 1), [uniform(2, 3), uniform(2, 1), uniform(2, 4)]),
        case("stack", lambda a, b: torch.stack([a, b], 1), [uniform(2, 3), uniform(2, 3)]),
        case("expand", lambda x: x.expand(3, 2, 4), [uniform(2, 1)]),
        case("flatten", lambda x: x.flatten(1), [uniform(2, 3, 2, 2)]),
        case("pad2d", lambda x: F.pad(x, (1, 2, 3, 0)), [uniform(2, 1, 3, 2)]),
    ],
)
