# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes golden cases: inputs, a projection, the value and the gradients of <value, projection>, made by PyTorch in f64."""
import json
import pathlib

import torch


def tensor(x):
    names = {torch.float64: "f64", torch.float32: "f32", torch.int64: "i64", torch.int32: "i32"}
    return {"shape": list(x.shape), "dtype": names[x.dtype], "values": x.detach().reshape(-1).tolist()}


def case(name, function, inputs, **extra):
    """One case. Floating inputs get gradients; `extra` is stored beside (tensors are converted)."""
    leaves = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
    value = function(*leaves)
    projection = torch.rand(value.shape, dtype=torch.float64) * 2 - 1
    (value * projection).sum().backward()
    result = {
        "name": name,
        "inputs": [tensor(x) for x in leaves],
        "projection": tensor(projection),
        "value": tensor(value),
        "gradients": [None if x.grad is None else tensor(x.grad) for x in leaves],
    }
    for key, item in extra.items():
        result[key] = tensor(item) if isinstance(item, torch.Tensor) else item
    return result


def uniform(*shape, low=-1.0, high=1.0):
    return torch.rand(shape, dtype=torch.float64) * (high - low) + low


def write(family, cases):
    path = pathlib.Path(__file__).with_name(family + ".json")
    path.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
