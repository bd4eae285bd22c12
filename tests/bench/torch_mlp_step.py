# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a training step of bench_mlp_step with PyTorch's dense step on this machine, in alternation.

    python3 tests/bench/torch_mlp_step.py build/release/bin/bench_mlp_step [sparsity ...]

Network 784-1024-1024-10, batch 128, SGD with momentum 0.9, one thread. Both sides measure CPU time; a row is the
median over the rounds of (median PyTorch step / median Filigree step), each round taking both in turn.
"""
import os

os.environ["OMP_NUM_THREADS"] = "1"
import statistics
import subprocess
import sys
import time

import torch

ROUNDS, STEPS, BATCH = 7, 12, 128


class Torch:
    def __init__(self):
        torch.set_num_threads(1)
        self.model = torch.nn.Sequential(torch.nn.Linear(784, 1024), torch.nn.ReLU(), torch.nn.Linear(1024, 1024),
                                         torch.nn.ReLU(), torch.nn.Linear(1024, 10))
        self.optimizer = torch.optim.SGD(self.model.parameters(), 0.01, momentum=0.9)
        self.loss = torch.nn.CrossEntropyLoss()
        self.x, self.labels = torch.rand(BATCH, 784), torch.randint(0, 10, (BATCH,))

    def median_ms(self, steps):
        times = []
        for _ in range(steps):
            start = time.thread_time()
            self.optimizer.zero_grad(set_to_none=True)
            self.loss(self.model(self.x), self.labels).backward()
            self.optimizer.step()
            times.append(1e3 * (time.thread_time() - start))
        return statistics.median(times)


class Filigree:
    def __init__(self, program, sparsity):
        self.process = subprocess.Popen([program, f"sparsity={sparsity}", f"batch={BATCH}"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def median_ms(self, steps):
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline().split()[1])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    program = sys.argv[1]
    sparsities = [float(s) for s in sys.argv[2:]] or [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99]
    peer = Torch()
    peer.median_ms(5)
    print(f"PyTorch {torch.__version__}, one thread")
    print("sparsity  PyTorch ms  Filigree ms  ratio")
    for sparsity in sparsities:
        ours = Filigree(program, sparsity)
        pairs = [(peer.median_ms(STEPS), ours.median_ms(4 * STEPS)) for _ in range(ROUNDS)]
        ours.close()
        print(f"{sparsity:8.2f}  {statistics.median(p[0] for p in pairs):10.2f}  "
              f"{statistics.median(p[1] for p in pairs):11.3f}  {statistics.median(p[0] / p[1] for p in pairs):5.1f}",
              flush=True)


main()
