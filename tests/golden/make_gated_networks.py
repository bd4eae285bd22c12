#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes gated_networks.json: outputs and gradients of small gated networks as PyTorch computes them.

Parameter number p (in the alphabetical order of names) starts with value(i) = 0.4 sin(0.7 i + p) at position i, scales of
normalisation 1 more. Batch norm uses the batch. Inputs are sin(0.3 i); the scalar that gradients are of is
sum(output_k cos(k)).
"""
import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def wave(shape, phase):
    count = torch.Size(shape).numel()
    return (0.4 * torch.sin(0.7 * torch.arange(count, dtype=torch.float64) + phase)).reshape(shape)


def parameters_of(shapes, scales):
    values = {}
    for p, name in enumerate(sorted(shapes)):
        values[name] = (wave(shapes[name], p) + (1 if name in scales else 0)).requires_grad_()
    return values


def gate(x, w):
    s = torch.sigmoid(w)
    return x * (s[:, None, None] if x.dim() == 4 else s)


def norm(x, p, name):
    return F.batch_norm(x, None, None, p[name + ".weight"], p[name + ".bias"], training=True)


class Shapes:
    def __init__(self):
        self.shapes, self.scales = {}, set()

    def conv(self, name, out, inputs, kernel):
        self.shapes[name + ".weight"] = (out, inputs, kernel, kernel)

    def norm(self, name, size):
        self.shapes[name + ".weight"] = self.shapes[name + ".bias"] = (size,)
        self.scales.add(name + ".weight")

    def linear(self, name, out, inputs):
        self.shapes[name + ".weight"], self.shapes[name + ".bias"] = (out, inputs), (out,)

    def gate(self, name, size):
        self.shapes[name + ".gate"] = (size,)

    def values(self):
        return parameters_of(self.shapes, self.scales)


def head_shapes(s, features, hidden, outputs):
    s.gate("gate_head1", features)
    s.linear("fc1", hidden, features)
    s.gate("gate_head2", hidden)
    s.linear("fc2", outputs, hidden)


def head(x, p):
    x = F.linear(gate(x, p["gate_head1.gate"]), p["fc1.weight"], p["fc1.bias"])
    return F.linear(gate(F.relu(x), p["gate_head2.gate"]), p["fc2.weight"], p["fc2.bias"])


def resnet18(width, branches, hidden, outputs):
    s = Shapes()
    for branch, channels in branches:
        s.conv(f"{branch}.conv1", width, channels, 7)
        s.norm(f"{branch}.bn1", width)
        before = width
        for stage in range(4):
            out = width << stage
            for b in range(2):
                at = f"{branch}.layer{stage + 1}.{b}"
                s.conv(f"{at}.conv1", out, before, 3)
                s.norm(f"{at}.bn1", out)
                s.conv(f"{at}.conv2", out, out, 3)
                s.norm(f"{at}.bn2", out)
                if b == 0 and stage > 0:
                    s.conv(f"{at}.downsample.0", out, before, 1)
                    s.norm(f"{at}.downsample.1", out)
                before = out
            s.gate(f"{branch}.layer{stage + 1}_gate", out)
    head_shapes(s, 8 * width * len(branches), hidden, outputs)
    p = s.values()

    def forward(x):
        features, first = [], 0
        for branch, channels in branches:
            y = x[:, first:first + channels]
            first += channels
            y = F.relu(norm(F.conv2d(y, p[f"{branch}.conv1.weight"], None, 2, 3), p, f"{branch}.bn1"))
            y = F.max_pool2d(y, 3, 2, 1)
            for stage in range(4):
                for b in range(2):
                    at, stride = f"{branch}.layer{stage + 1}.{b}", 2 if stage > 0 and b == 0 else 1
                    z = F.relu(norm(F.conv2d(y, p[f"{at}.conv1.weight"], None, stride, 1), p, f"{at}.bn1"))
                    z = norm(F.conv2d(z, p[f"{at}.conv2.weight"], None, 1, 1), p, f"{at}.bn2")
                    if stride == 2:
                        y = norm(F.conv2d(y, p[f"{at}.downsample.0.weight"], None, 2), p, f"{at}.downsample.1")
                    y = F.relu(y + z)
                y = gate(y, p[f"{branch}.layer{stage + 1}_gate.gate"])
            features.append(y.mean((2, 3)))
        return head(torch.cat(features, 1), p)

    return p, forward


STAGES = ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5),
          (6, 320, 1, 1, 3))


def efficientnet(width, branch, channels, hidden, outputs):
    s, plan = Shapes(), []
    s.conv(f"{branch}.stem.0", width, channels, 3)
    s.norm(f"{branch}.stem.1", width)
    before = width
    for number, (expansion, out, repeats, stride, kernel) in enumerate(STAGES):
        out = max(1, out * width // 32)
        for b in range(repeats):
            at, inner = f"{branch}.stage{number + 1}.{b}", expansion * before
            if expansion > 1:
                s.conv(f"{at}.expand.0", inner, before, 1)
                s.norm(f"{at}.expand.1", inner)
            s.conv(f"{at}.depthwise.0", inner, 1, kernel)
            s.norm(f"{at}.depthwise.1", inner)
            s.linear(f"{at}.squeeze.fc1", max(1, before // 4), inner)
            s.linear(f"{at}.squeeze.fc2", inner, max(1, before // 4))
            s.conv(f"{at}.project.0", out, inner, 1)
            s.norm(f"{at}.project.1", out)
            plan.append((at, expansion, inner, kernel, stride if b == 0 else 1, before == out))
            before = out
    top = 1280 * width // 32
    s.conv(f"{branch}.top.0", top, before, 1)
    s.norm(f"{branch}.top.1", top)
    head_shapes(s, top, hidden, outputs)
    p = s.values()

    def unit(x, at, stride, padding, groups):
        return norm(F.conv2d(x, p[f"{at}.0.weight"], None, stride, padding, 1, groups), p, f"{at}.1")

    def forward(x):
        y = F.silu(unit(x, f"{branch}.stem", 2, 1, 1))
        for at, expansion, inner, kernel, stride, same in plan:
            z = F.silu(unit(y, f"{at}.expand", 1, 0, 1)) if expansion > 1 else y
            z = F.silu(unit(z, f"{at}.depthwise", stride, kernel // 2, inner))
            q = F.silu(F.linear(z.mean((2, 3)), p[f"{at}.squeeze.fc1.weight"], p[f"{at}.squeeze.fc1.bias"]))
            q = torch.sigmoid(F.linear(q, p[f"{at}.squeeze.fc2.weight"], p[f"{at}.squeeze.fc2.bias"]))
            z = unit(z * q[:, :, None, None], f"{at}.project", 1, 0, 1)
            y = y + z if same and stride == 1 else z
        return head(F.silu(unit(y, f"{branch}.top", 1, 0, 1)).mean((2, 3)), p)

    return p, forward


def vit(size, patch, width, heads, depth, outputs):
    s, tokens = Shapes(), (size // patch) ** 2 + 1
    s.conv("patch_embed.proj", width, 3, patch)
    s.shapes["patch_embed.proj.bias"] = (width,)
    s.shapes["cls_token"], s.shapes["pos_embed"] = (1, 1, width), (1, tokens, width)
    for i in range(depth):
        at = f"blocks.{i}"
        s.norm(f"{at}.norm1", width)
        s.linear(f"{at}.attn.qkv", 3 * width, width)
        s.linear(f"{at}.attn.proj", width, width)
        s.gate(f"{at}.gate1", width)
        s.norm(f"{at}.norm2", width)
        s.linear(f"{at}.mlp.fc1", 4 * width, width)
        s.linear(f"{at}.mlp.fc2", width, 4 * width)
        s.gate(f"{at}.gate2", width)
    s.norm("norm", width)
    s.linear("head", outputs, width)
    p = s.values()

    def linear(x, at):
        return F.linear(x, p[f"{at}.weight"], p[f"{at}.bias"])

    def layer_norm(x, at):
        return F.layer_norm(x, (width,), p[f"{at}.weight"], p[f"{at}.bias"], 1e-6)

    def attention(x, at):
        n = len(x)
        q, k, v = linear(x, f"{at}.qkv").reshape(n, tokens, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(q @ k.transpose(-1, -2) / (width // heads) ** 0.5, -1)
        return linear((weights @ v).transpose(1, 2).reshape(n, tokens, width), f"{at}.proj")

    def forward(x):
        t = F.conv2d(x, p["patch_embed.proj.weight"], p["patch_embed.proj.bias"], patch).flatten(2).transpose(1, 2)
        t = torch.cat([p["cls_token"].expand(len(x), 1, width), t], 1) + p["pos_embed"]
        for i in range(depth):
            at = f"blocks.{i}"
            t = t + gate(attention(layer_norm(t, f"{at}.norm1"), f"{at}.attn"), p[f"{at}.gate1.gate"])
            inner = F.gelu(linear(layer_norm(t, f"{at}.norm2"), f"{at}.mlp.fc1"))
            t = t + gate(linear(inner, f"{at}.mlp.fc2"), p[f"{at}.gate2.gate"])
        return linear(layer_norm(t, "norm")[:, 0], "head")

    return p, forward


def case(network, shape):
    p, forward = network
    x = torch.sin(0.3 * torch.arange(torch.Size(shape).numel(), dtype=torch.float64)).reshape(shape)
    y = forward(x)
    flat = y.flatten()
    (flat * torch.cos(torch.arange(len(flat), dtype=torch.float64))).sum().backward()
    gates = {name: value.grad.tolist() for name, value in p.items() if name.endswith(".gate")}
    sums = {name: value.grad.abs().sum().item() for name, value in p.items()}
    return {"output": flat.tolist(), "gates": gates, "gradient_sums": sums}


cases = {
    "resnet18": case(resnet18(2, (("loc", 3), ("dpt", 1)), 5, 2), (3, 4, 40, 40)),
    "efficientnet_b0": case(efficientnet(4, "rgb", 3, 5, 3), (3, 3, 40, 40)),
    "vit_tiny": case(vit(12, 4, 6, 3, 2, 2), (2, 3, 12, 12)),
}
path = pathlib.Path(__file__).with_name("gated_networks.json")
path.write_text(json.dumps(cases) + "\n")
