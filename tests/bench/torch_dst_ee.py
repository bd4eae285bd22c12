# SPDX-License-Identifier: GPL-3.0-or-later
"""DST-EE on Fashion-MNIST in PyTorch as such methods are usually written: dense weights times a 0/1 mask.

The same training as `filigree run dst_ee/fashion-mlp` (see the table in assets/help/performance.md): MLP 784-512-256-10,
90 % sparse (ERK), batches of 100, SGD with momentum 0.9 and decay 5e-4, cosine schedule, a round every 100 steps until
75 % of the run: drop the smallest weights, grow where |gradient| + c ln(t) / (N + eps) is largest.

Usage: torch_dst_ee.py FOLDER [EPOCHS [THREADS]], FOLDER holding the four IDX files of Fashion-MNIST (gzipped or not).
Prints the time and the test accuracy of every epoch.
"""
import gzip
import math
import os
import sys
import time

FOLDER = sys.argv[1]
EPOCHS = int(sys.argv[2]) if len(sys.argv) > 2 else 20
THREADS = int(sys.argv[3]) if len(sys.argv) > 3 else 1
os.environ["OMP_NUM_THREADS"] = str(THREADS)
import torch  # noqa: E402  (reads the variable)
from torch import nn  # noqa: E402

torch.set_num_threads(THREADS)
torch.manual_seed(0)
DENSITY, BATCH, LR, C, EPS, DROP, INTERVAL, END = 0.1, 100, 0.05, 0.01, 1.0, 0.3, 100, 0.75
HIDDEN = (512, 256)


def idx(name):
    path = os.path.join(FOLDER, name)
    raw = gzip.open(path + ".gz").read() if os.path.exists(path + ".gz") else open(path, "rb").read()
    rank = raw[3]
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(rank)]
    return torch.frombuffer(bytearray(raw[4 + 4 * rank:]), dtype=torch.uint8).reshape(shape)


def split(prefix):
    x = idx(prefix + "-images-idx3-ubyte").reshape(-1, 784).float() / 255
    return (x - 0.2860) / 0.3530, idx(prefix + "-labels-idx1-ubyte").long()


def erk(shapes):
    """Densities proportional to (in + out) / (in out), those that would exceed 1 dense."""
    dense = set()
    while True:
        rest = sum(a * b for i, (a, b) in enumerate(shapes) if i not in dense)
        total = DENSITY * sum(a * b for a, b in shapes) - sum(shapes[i][0] * shapes[i][1] for i in dense)
        raw = [(a + b) / (a * b) for a, b in shapes]
        scale = total / sum(r * a * b for i, (r, (a, b)) in enumerate(zip(raw, shapes)) if i not in dense)
        over = {i for i, r in enumerate(raw) if i not in dense and r * scale > 1}
        if not over or rest == 0:
            return [1.0 if i in dense else r * scale for i, r in enumerate(raw)]
        dense |= over


class Masked:
    def __init__(self, layer, density):
        self.weight = layer.weight
        count = round(density * self.weight.numel())
        self.mask = torch.zeros(self.weight.numel())
        self.mask[torch.randperm(self.weight.numel())[:count]] = 1
        self.mask = self.mask.reshape(self.weight.shape)
        self.active_rounds = self.mask.clone()
        with torch.no_grad():
            self.weight.mul_(self.mask)

    def rewire(self, fraction, step, momentum):
        with torch.no_grad():
            active = self.mask.bool()
            count = int(fraction * active.sum())
            if count == 0:
                return
            size = torch.where(active, self.weight.abs(), torch.tensor(math.inf))
            dropped = torch.topk(size.flatten(), count, largest=False).indices
            self.mask.view(-1)[dropped] = 0
            score = self.weight.grad.abs() + C * math.log(step) / (self.active_rounds + EPS)
            score[active] = -math.inf
            grown = torch.topk(score.flatten(), count).indices
            self.mask.view(-1)[grown] = 1
            self.weight.view(-1)[grown] = 0
            self.weight.mul_(self.mask)
            if momentum is not None:
                momentum.mul_(self.mask)
                momentum.view(-1)[grown] = 0
            self.active_rounds += self.mask


train_x, train_y = split("train")
test_x, test_y = split("t10k")
sizes = (784, *HIDDEN, 10)
layers = []
for a, b in zip(sizes, sizes[1:]):
    layers += [nn.Linear(a, b), nn.ReLU()]
net = nn.Sequential(*layers[:-1])
linear = [layer for layer in net if isinstance(layer, nn.Linear)]
for layer in linear:
    nn.init.kaiming_normal_(layer.weight)
    nn.init.zeros_(layer.bias)
masked = [Masked(layer, density) for layer, density in zip(linear, erk([tuple(l.weight.shape) for l in linear]))]
optimizer = torch.optim.SGD([{"params": [l.weight for l in linear], "weight_decay": 5e-4},
                             {"params": [l.bias for l in linear]}], lr=LR, momentum=0.9)
criterion = nn.CrossEntropyLoss()
per_epoch = len(train_x) // BATCH
total, step, began = EPOCHS * per_epoch, 0, time.perf_counter()
cpu = time.process_time()
for epoch in range(EPOCHS):
    order = torch.randperm(len(train_x))
    for index in range(per_epoch):
        rows = order[index * BATCH:(index + 1) * BATCH]
        for group in optimizer.param_groups:
            group["lr"] = LR * 0.5 * (1 + math.cos(math.pi * step / total))
        step += 1
        optimizer.zero_grad(set_to_none=True)
        criterion(net(train_x[rows]), train_y[rows]).backward()
        if step % INTERVAL == 0 and step < END * total:
            fraction = DROP * 0.5 * (1 + math.cos(math.pi * step / (END * total)))
            for part in masked:
                part.rewire(fraction, step, optimizer.state[part.weight].get("momentum_buffer"))
            continue
        for part in masked:
            part.weight.grad.mul_(part.mask)
        optimizer.step()
        with torch.no_grad():
            for part in masked:
                part.weight.mul_(part.mask)
    with torch.no_grad():
        accuracy = (net(test_x).argmax(1) == test_y).float().mean().item()
    print(f"epoch {epoch + 1}  {time.perf_counter() - began:.1f} s  {time.process_time() - cpu:.1f} s CPU  "
          f"accuracy {accuracy:.4f}", flush=True)
