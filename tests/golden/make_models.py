#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes models.json: losses of a few training steps of small networks as PyTorch computes them, dense and masked.

Parameter number p (in the order of the network) starts with value(i) = 0.4 sin(0.7 i + p) at position i, scales of
normalisation 1 more. In masked networks position i of weight number p is active unless (7 i + p) % 3 == 0.
"""
import json
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def wave(shape, phase, amplitude=0.4):
    count = torch.Size(shape).numel()
    return (amplitude * torch.sin(0.7 * torch.arange(count, dtype=torch.float64) + phase)).reshape(shape)


def make_mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 7), nn.GELU(), nn.Linear(7, 5), nn.GELU(), nn.Linear(5, 3))


def make_cnn():
    layers = []
    channels = 2
    for width in (4, 3):
        layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
                   nn.MaxPool2d(2)]
        channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(3 * 2 * 2, 6), nn.ReLU(), nn.Linear(6, 3))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.downsample(x) if self.downsample else x))


def make_resnet():
    return nn.Sequential(nn.Conv2d(2, 3, 3, 1, 1, bias=False), nn.BatchNorm2d(3), nn.ReLU(), Block(3, 3, 1),
                         Block(3, 6, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3))


def train(name, model, shape, masked):
    masks = {}
    for p, parameter in enumerate(model.parameters()):
        with torch.no_grad():
            parameter.copy_(wave(parameter.shape, p))
        parameter.number = p
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            with torch.no_grad():
                module.weight.add_(1)
        if masked and isinstance(module, (nn.Linear, nn.Conv2d)):
            w = module.weight
            positions = torch.arange(w.numel()).reshape(w.shape)
            masks[w] = (7 * positions + w.number) % 3 != 0
            with torch.no_grad():
                w.mul_(masks[w])
    biases = [p for n, p in model.named_parameters() if p.ndim == 1]
    weights = [p for p in model.parameters() if p.ndim > 1]
    optimizer = torch.optim.SGD([{"params": weights, "weight_decay": 0.01}, {"params": biases}], lr=0.05, momentum=0.9)
    losses, norms = [], []
    for step in range(6):
        x = wave(shape, 0.3 * step, 1.5)
        labels = torch.tensor([(n + step) % 3 for n in range(shape[0])])
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        for w, mask in masks.items():
            w.grad.mul_(mask)
        norms.append(float(torch.sqrt(sum((p.grad ** 2).sum() for p in model.parameters()))))
        optimizer.step()
        losses.append(float(loss))
    model.eval()
    with torch.no_grad():
        logits = model(wave(shape, 2.0, 1.5))
    return {"name": name, "masked": masked, "shape": shape, "losses": losses, "norms": norms,
            "logits": logits.reshape(-1).tolist()}


cases = [train("mlp", make_mlp(), [5, 3, 4], masked) for masked in (False, True)]
cases += [train("cnn", make_cnn(), [5, 2, 8, 9], masked) for masked in (False, True)]
cases += [train("resnet", make_resnet(), [9, 2, 8, 7], masked) for masked in (False, True)]
path = pathlib.Path(__file__).with_name("models.json")
path.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
