#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes optim.json: optimiser steps and learning-rate schedules as PyTorch computes them.

Run with any PyTorch >= 1.12: python3 make_optim.py
"""
import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)


def rounded(values):
    return [float(f"{v:.17g}") for v in values]


def gradients(count, steps):
    generator = torch.Generator().manual_seed(11)
    return torch.randn(steps, count, generator=generator)


def optimizer_case(name, make, **options):
    count, steps = 4, 5
    start = torch.tensor([0.5, -1.25, 2.0, 0.03])
    w = torch.nn.Parameter(start.clone())
    optimizer = make(w)
    trace = []
    slopes = gradients(count, steps)
    for g in slopes:
        w.grad = g.clone()
        optimizer.step()
        trace.append(rounded(w.tolist()))
    return {"name": name, **options, "start": rounded(start.tolist()),
            "gradients": [rounded(g.tolist()) for g in slopes], "trace": trace}


def decoupled_sgd(w, lr, momentum, nesterov, decay):
    """SGD whose decay shrinks the weight by lr * decay before the step: PyTorch's SGD has no such option."""
    inner = torch.optim.SGD([w], lr=lr, momentum=momentum, nesterov=nesterov)

    class Decoupled:
        def step(self):
            with torch.no_grad():
                w.mul_(1 - lr * decay)
            inner.step()

    return Decoupled()


optimizers = []
for momentum, nesterov in [(0.0, False), (0.9, False), (0.9, True), (0.5, True)]:
    for decay in [0.0, 5e-2]:
        lr = 0.1
        common = dict(kind="sgd", rate=lr, momentum=momentum, nesterov=nesterov, weight_decay=decay)
        optimizers.append(optimizer_case(
            f"sgd momentum {momentum} nesterov {nesterov} coupled decay {decay}",
            lambda w: torch.optim.SGD([w], lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=decay),
            decoupled=False, **common))
        if decay:
            optimizers.append(optimizer_case(
                f"sgd momentum {momentum} nesterov {nesterov} decoupled decay {decay}",
                lambda w: decoupled_sgd(w, lr, momentum, nesterov, decay), decoupled=True, **common))
for beta1, beta2, epsilon in [(0.9, 0.999, 1e-8), (0.8, 0.95, 1e-3), (0.0, 0.99, 1e-6)]:
    for decay in [0.0, 5e-2]:
        lr = 0.02
        common = dict(kind="adam", rate=lr, beta1=beta1, beta2=beta2, epsilon=epsilon, weight_decay=decay)
        optimizers.append(optimizer_case(
            f"adam {beta1} {beta2} {epsilon} decay {decay}",
            lambda w: torch.optim.Adam([w], lr=lr, betas=(beta1, beta2), eps=epsilon, weight_decay=decay),
            decoupled=False, **common))
        optimizers.append(optimizer_case(
            f"adamw {beta1} {beta2} {epsilon} decay {decay}",
            lambda w: torch.optim.AdamW([w], lr=lr, betas=(beta1, beta2), eps=epsilon, weight_decay=decay),
            decoupled=True, **common))


def schedule_factors(make, steps):
    base = 0.4
    w = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([w], lr=base)
    scheduler = make(optimizer, base)
    factors = []
    for _ in range(steps):
        factors.append(optimizer.param_groups[0]["lr"] / base)
        optimizer.step()
        scheduler.step()
    return rounded(factors)


S = torch.optim.lr_scheduler


def warm_cosine(optimizer, warmup, start, total, minimum, base):
    rise = S.LinearLR(optimizer, start_factor=start, end_factor=1.0, total_iters=warmup)
    fall = S.CosineAnnealingLR(optimizer, T_max=total - warmup, eta_min=minimum * base)
    return S.SequentialLR(optimizer, [rise, fall], milestones=[warmup])


schedules = [
    {"kind": "step", "milestones": [3, 7, 7, 15], "gamma": 0.2,
     "factors": schedule_factors(lambda o, b: S.MultiStepLR(o, [3, 7, 7, 15], gamma=0.2), 20)},
    {"kind": "cosine", "total": 16, "warmup": 0, "start": 0.0, "minimum": 0.0, "restart": 0, "growth": 1,
     "factors": schedule_factors(lambda o, b: S.CosineAnnealingLR(o, T_max=16), 17)},
    {"kind": "cosine", "total": 13, "warmup": 0, "start": 0.0, "minimum": 0.05, "restart": 0, "growth": 1,
     "factors": schedule_factors(lambda o, b: S.CosineAnnealingLR(o, T_max=13, eta_min=0.05 * b), 14)},
    {"kind": "cosine", "total": 20, "warmup": 4, "start": 0.25, "minimum": 0.01, "restart": 0, "growth": 1,
     "factors": schedule_factors(lambda o, b: warm_cosine(o, 4, 0.25, 20, 0.01, b), 20)},
    {"kind": "cosine", "total": 0, "warmup": 0, "start": 0.0, "minimum": 0.0, "restart": 5, "growth": 1,
     "factors": schedule_factors(lambda o, b: S.CosineAnnealingWarmRestarts(o, T_0=5), 23)},
    {"kind": "cosine", "total": 0, "warmup": 0, "start": 0.0, "minimum": 0.1, "restart": 4, "growth": 2,
     "factors": schedule_factors(lambda o, b: S.CosineAnnealingWarmRestarts(o, T_0=4, T_mult=2, eta_min=0.1 * b), 40)},
]


def one_cycle(total, rise, divisor, final_divisor):
    base = 0.4
    w = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([w], lr=base)
    scheduler = S.OneCycleLR(optimizer, max_lr=base, total_steps=total, pct_start=rise, div_factor=divisor,
                             final_div_factor=final_divisor, cycle_momentum=False)
    factors = []
    for step in range(total):
        factors.append(optimizer.param_groups[0]["lr"] / base)
        optimizer.step()
        if step + 1 < total:
            scheduler.step()
    return {"kind": "one_cycle", "total": total, "rise": rise, "divisor": divisor, "final_divisor": final_divisor,
            "factors": rounded(factors)}


schedules += [one_cycle(30, 0.3, 25.0, 1e4), one_cycle(17, 0.45, 10.0, 100.0)]


def clipping():
    a, b = torch.nn.Parameter(torch.zeros(3)), torch.nn.Parameter(torch.zeros(2))
    ga, gb = torch.tensor([3.0, -4.0, 0.5]), torch.tensor([12.0, -0.25])
    out = {"a": rounded(ga.tolist()), "b": rounded(gb.tolist()), "maximum": 2.5, "limit": 1.5}
    a.grad, b.grad = ga.clone(), gb.clone()
    out["norm"] = float(torch.nn.utils.clip_grad_norm_([a, b], 2.5))
    out["a_by_norm"], out["b_by_norm"] = rounded(a.grad.tolist()), rounded(b.grad.tolist())
    a.grad, b.grad = ga.clone(), gb.clone()
    torch.nn.utils.clip_grad_value_([a, b], 1.5)
    out["a_by_value"], out["b_by_value"] = rounded(a.grad.tolist()), rounded(b.grad.tolist())
    return out


path = pathlib.Path(__file__).with_name("optim.json")
path.write_text(json.dumps({"optimizers": optimizers, "schedules": schedules, "clipping": clipping()}, separators=(",", ":")) + "\n")
