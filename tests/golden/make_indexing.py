# SPDX-License-Identifier: GPL-3.0-or-later
"""Selecting and summing by index. Run with PyTorch; writes indexing.json."""
import torch
import torch.nn.functional as F

from golden import case, uniform, write

torch.manual_seed(7)
cases = []
ids = torch.tensor([[1, 3, 1], [0, 4, 1]])
cases.append(case("embedding", lambda w: F.embedding(ids, w), [uniform(5, 3)], ids=ids))
for axis, size in ((0, 3), (1, 4), (2, 2)):
    shape = [3, 4, 2]
    shape[axis] = 5
    index = torch.randint(size, shape)
    cases.append(case("gather", lambda x: x.gather(axis, index), [uniform(3, 4, 2)], index=index, axis=axis))
    target = [3, 4, 2]
    cases.append(
        case(
            "scatterAdd",
            lambda s: torch.zeros(target, dtype=torch.float64).scatter_add(axis, index, s),
            [uniform(*shape)],
            index=index,
            axis=axis,
            shape=target,
        )
    )
    some = torch.randint(size, (6,))
    cases.append(case("indexSelect", lambda x: x.index_select(axis, some), [uniform(3, 4, 2)], ids=some, axis=axis))

# Segment 2 of 5 is empty.
segments = torch.tensor([4, 0, 1, 0, 3, 1, 1])


def segment(reduce):
    def function(x):
        zeros = torch.zeros(5, 3, dtype=torch.float64)
        return zeros.scatter_reduce(0, segments[:, None].expand(-1, 3), x, reduce, include_self=False)

    return function


for name, reduce in (("segmentSum", "sum"), ("segmentMean", "mean"), ("segmentMax", "amax")):
    cases.append(case(name, segment(reduce), [uniform(7, 3)], ids=segments))
write("indexing", cases)
