# SPDX-License-Identifier: GPL-3.0-or-later
"""Element-wise functions with broadcasting. Run with PyTorch; writes elementwise.json."""
import torch
import torch.nn.functional as F

from golden import case, uniform, write

torch.manual_seed(1)
cases = []
for name, function in {
    "add": torch.add,
    "subtract": torch.subtract,
    "multiply": torch.multiply,
    "divide": torch.divide,
}.items():
    for left, right in [((3, 4), (3, 4)), ((2, 3, 4), (3, 1)), ((4,), (2, 1, 4)), ((5, 2, 3, 2), (2, 1, 1))]:
        cases.append(case(name, function, [uniform(*left), uniform(*right, low=0.5, high=2.0)]))

# Both tails, the middle, and where functions change form.
wide = torch.tensor([-30.0, -8, -3, -1.5, -0.6, -0.2, -1e-3, 1e-3, 0.2, 0.6, 1.5, 3, 8, 30], dtype=torch.float64)
positive = torch.tensor([1e-3, 0.2, 0.6, 1.0, 1.5, 3, 8, 30], dtype=torch.float64)
for name, function, x in [
    ("negate", torch.neg, wide),
    ("scale", lambda x: x * 2.5, wide),
    ("addScalar", lambda x: x - 0.75, wide),
    ("power", lambda x: x**2.5, positive),
    ("exp", torch.exp, wide),
    ("log", torch.log, positive),
    ("sqrt", torch.sqrt, positive),
    ("abs", torch.abs, wide),
    ("square", torch.square, wide),
    ("relu", F.relu, wide),
    ("leakyRelu", lambda x: F.leaky_relu(x, 0.2), wide),
    ("gelu", F.gelu, wide),
    ("geluTanh", lambda x: F.gelu(x, approximate="tanh"), wide),
    ("silu", F.silu, wide),
    ("tanh", torch.tanh, wide),
    ("sigmoid", torch.sigmoid, wide),
    ("softplus", lambda x: F.softplus(x, threshold=1000), wide),
    ("clamp", lambda x: x.clamp(-1.0, 2.0), wide),
    ("huber", lambda x: F.smooth_l1_loss(x, torch.zeros_like(x), beta=0.7, reduction="none"), wide),
    ("xLogX", lambda x: torch.xlogy(x, x), positive),
]:
    cases.append(case(name, function, [x]))
write("elementwise", cases)
