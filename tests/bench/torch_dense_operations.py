# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares dense operations of bench_dense_operations with PyTorch's on this machine, in alternation, on one thread.

    python3 tests/bench/torch_dense_operations.py build/release/bin/bench_dense_operations [name ...]

Forward and backward pass of each operation, and steps of the optimisers. Both sides measure CPU time; a row has the
medians over the rounds, and of PyTorch's time over Filigree's in each round.
"""
import os

os.environ["OMP_NUM_THREADS"] = "1"
import statistics
import subprocess
import sys
import time

import torch
import torch.nn.functional as F

ROUNDS, LEAST_MS = 7, 60
IMAGE, ROWS = (32, 64, 28, 28), (4096, 512)


def passes(shapes, function):
    inputs = [(torch.rand(shape) - 0.5).requires_grad_() for shape in shapes]
    arriving = torch.rand_like(function(*inputs)) - 0.5

    def run():
        function(*inputs).backward(arriving)
        for x in inputs:
            x.grad = None

    return run


def steps(make):
    parameters = [torch.nn.Parameter(torch.rand(512, 1024)) for _ in range(8)]
    for p in parameters:
        p.grad = torch.rand(512, 1024) - 0.5
    return make(parameters).step


def batch_norm():
    mean, variance = torch.zeros(64), torch.ones(64)
    return passes([IMAGE, (64,), (64,)], lambda x, g, b: F.batch_norm(x, mean, variance, g, b, training=True))


LABELS = torch.arange(4096) % 512
OPERATIONS = {
    "linear": lambda: passes([(128, 1024), (1024, 1024), (1024,)], F.linear),
    "matmul": lambda: passes([(1024, 1024), (1024, 1024)], torch.matmul),
    "conv2d": lambda: passes([IMAGE, (64, 64, 3, 3), (64,)], lambda x, w, b: F.conv2d(x, w, b, padding=1)),
    "depthwise": lambda: passes([IMAGE, (64, 1, 3, 3), (64,)], lambda x, w, b: F.conv2d(x, w, b, padding=1, groups=64)),
    "batchNorm2d": batch_norm,
    "maxPool2d": lambda: passes([IMAGE], lambda x: F.max_pool2d(x, 2)),
    "averagePool2d": lambda: passes([IMAGE], lambda x: F.avg_pool2d(x, 2)),
    "layerNorm": lambda: passes([ROWS, (512,), (512,)], lambda x, g, b: F.layer_norm(x, (512,), g, b)),
    "softmax": lambda: passes([ROWS], lambda x: F.softmax(x, 1)),
    "logSoftmax": lambda: passes([ROWS], lambda x: F.log_softmax(x, 1)),
    "crossEntropy": lambda: passes([ROWS], lambda x: F.cross_entropy(x, LABELS)),
    "relu": lambda: passes([ROWS], F.relu),
    "gelu": lambda: passes([ROWS], F.gelu),
    "sgd": lambda: steps(lambda p: torch.optim.SGD(p, 1e-3, momentum=0.9)),
    "adam": lambda: steps(lambda p: torch.optim.Adam(p, 1e-3)),
}


def median_ms(run, count):
    times = []
    for _ in range(count):
        start = time.thread_time()
        run()
        times.append(1e3 * (time.thread_time() - start))
    return statistics.median(times)


def main():
    torch.set_num_threads(1)
    names = sys.argv[2:] or list(OPERATIONS)
    process = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def filigree_ms(name, count):
        process.stdin.write(f"{name} {count}\n")
        process.stdin.flush()
        return float(process.stdout.readline())

    print(f"{'operation':<14}{'PyTorch ms':>12}{'Filigree ms':>13}{'ratio':>8}")
    for name in names:
        run = OPERATIONS[name]()
        count = max(3, int(LEAST_MS / max(0.01, median_ms(run, 3))))
        filigree_ms(name, 3)
        rounds = [(median_ms(run, count), filigree_ms(name, count)) for _ in range(ROUNDS)]
        ratio = statistics.median(peer / own for peer, own in rounds)
        peer, own = (statistics.median(times) for times in zip(*rounds))
        print(f"{name:<14}{peer:12.3f}{own:13.3f}{ratio:8.2f}", flush=True)
    process.stdin.close()
    process.wait()


main()
