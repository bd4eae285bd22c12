#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the Vulkan kernels with PyTorch on the same computer, in one command:

    tests/bench/vulkan_vs_torch.py build/release/bin/filigree [--device NAME] [--width 4096] [--batch 128 512 4096]
                                   [--sparsity 0.8 0.9 0.95 0.98 0.99] [--tokens 1024 4096 16384] [--seconds 20]
                                   [--torch-device cuda]

PyTorch's dense layer and its CSR products (cuSPARSE on a CUDA device) stand beside `filigree bench vulkan`; the training step is
784-width-width-10 with SGD and momentum. Sparse attention, by single keys and by blocks of 16 x 16 (4 heads of width 64), stands beside PyTorch's dense one. Times are medians in milliseconds; "x" is PyTorch's time divided by ours.
"""
import argparse
import json
import statistics
import subprocess
import sys
import time

import torch


def median_ms(device, call, seconds):
    def series(calls):
        if device.type == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(calls):
            call()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return (time.perf_counter() - start) / calls

    series(2)
    calls = max(1, min(2000, int(seconds / 3 / max(series(1), 1e-6))))
    return 1e3 * statistics.median(series(calls) for _ in range(3))


def torch_times(device, width, batch, sparsities, seconds):
    """Milliseconds by (kernel, sparsity); sparsity 0 is dense."""
    torch.manual_seed(1)
    times = {}
    x = torch.randn(width, batch, device=device)
    dy = torch.randn(width, batch, device=device)
    weight = torch.randn(width, width, device=device)
    times["GEMM", 0] = median_ms(device, lambda: weight @ x, seconds)
    for sparsity in sparsities:
        mask = torch.rand(width, width, device=device) >= sparsity
        csr = (weight * mask).to_sparse_csr()
        transposed = (weight * mask).t().contiguous().to_sparse_csr()
        times["SpMM", sparsity] = median_ms(device, lambda: csr @ x, seconds)
        times["SpMM transposed", sparsity] = median_ms(device, lambda: transposed @ dy, seconds)
        try:
            xt = x.t().contiguous()
            times["SDDMM", sparsity] = median_ms(
                device, lambda: torch.sparse.sampled_addmm(csr, dy, xt, beta=0), seconds)
        except (RuntimeError, NotImplementedError) as error:  # not on every device
            print(f"PyTorch has no SDDMM here: {error}", file=sys.stderr)

    network = torch.nn.Sequential(torch.nn.Linear(784, width), torch.nn.ReLU(), torch.nn.Linear(width, width),
                                  torch.nn.ReLU(), torch.nn.Linear(width, 10)).to(device)
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-4, momentum=0.9)
    samples = torch.randn(batch, 784)
    labels = torch.arange(batch) % 10

    def step():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(samples.to(device)), labels.to(device))
        loss.backward()
        optimizer.step()

    times["step", 0] = median_ms(device, step, seconds)
    return times


def torch_attention(device, tokens, seconds):
    q, k, v = (torch.randn(1, 4, tokens, 64, device=device, requires_grad=True) for _ in range(3))
    dout = torch.randn(1, 4, tokens, 64, device=device)

    def dense(q, k, v):
        if hasattr(torch.nn.functional, "scaled_dot_product_attention"):
            return torch.nn.functional.scaled_dot_product_attention(q, k, v)
        return torch.softmax(q @ k.transpose(-1, -2) / 8, -1) @ v

    def forward():
        with torch.no_grad():
            dense(q, k, v)

    def both():
        for one in (q, k, v):
            one.grad = None
        dense(q, k, v).backward(dout)

    return {"attention": median_ms(device, forward, seconds), "attention, both ways": median_ms(device, both, seconds)}


def filigree_times(program, device, width, batch, sparsities, seconds, tokens=()):
    command = [program, "bench", "vulkan", "--width", str(width), "--batch", str(batch), "--seconds", str(seconds), "--json",
               "--sparsity", *map(str, sparsities)]
    if tokens:
        command += ["--tokens", *map(str, tokens)]
    if device:
        command += ["--device", device]
    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    times = {(one["kernel"], one["sparsity"]): one for one in result["kernels"] if not one["tokens"]}
    times.update({("step", one["sparsity"]): one for one in result["steps"]})
    return result, times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--device", default="")
    parser.add_argument("--torch-device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--width", type=int, default=4096)
    parser.add_argument("--batch", type=int, nargs="+", default=[128, 512, 4096])
    parser.add_argument("--sparsity", type=float, nargs="+", default=[0.8, 0.9, 0.95, 0.98, 0.99])
    parser.add_argument("--tokens", type=int, nargs="*", default=[1024, 2048, 4096, 8192, 16384])
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    device = torch.device(arguments.torch_device)
    # As Filigree computes: 24 bits.
    torch.backends.cuda.matmul.allow_tf32 = False
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    print(f"PyTorch {torch.__version__} on {name}")
    for batch in arguments.batch:
        result, ours = filigree_times(arguments.program, arguments.device, arguments.width, batch, arguments.sparsity,
                                      arguments.seconds)
        each = arguments.seconds / (3 + 3 * len(arguments.sparsity))
        theirs = torch_times(device, arguments.width, batch, arguments.sparsity, each)
        print(f"\nFiligree on {result['device']}, {result['bandwidth_gigabytes_per_second']:.0f} GB/s; "
              f"width {arguments.width}, batch {batch}")
        print(f"{'':16} {'sparsity':>8} {'Filigree':>10} {'PyTorch':>10} {'x':>6} {'x dense':>8} {'bandwidth':>9}")
        for (kernel, sparsity), one in ours.items():
            peer = theirs.get((kernel, sparsity))
            dense = theirs["step", 0] if kernel == "step" else theirs["GEMM", 0]
            mine = one["milliseconds"]
            share = f"{100 * one['share_of_bandwidth']:8.0f}%" if "share_of_bandwidth" in one else ""
            print(f"{kernel:16} {sparsity:8.3g} {mine:10.4f} {peer if peer is None else format(peer, '10.4f')!s:>10} "
                  f"{'' if peer is None else format(peer / mine, '6.2f'):>6} {dense / mine:8.2f} {share:>9}")
    if not arguments.tokens:
        return
    result, _ = filigree_times(arguments.program, arguments.device, 64, 64, arguments.sparsity, arguments.seconds,
                               arguments.tokens)
    print(f"\n{'':27} {'tokens':>7} {'sparsity':>8} {'Filigree':>10} {'dense':>10} {'x':>6}")
    for tokens in arguments.tokens:
        theirs = torch_attention(device, tokens, arguments.seconds / (2 * len(arguments.tokens)))
        for one in result["kernels"]:
            if one["tokens"] == tokens:
                peer = theirs[one["kernel"].removeprefix("block ")]
                print(f"{one['kernel']:27} {tokens:7} {one['sparsity']:8.3g} {one['milliseconds']:10.4f} {peer:10.4f} "
                      f"{peer / one['milliseconds']:6.2f}")


if __name__ == "__main__":
    main()
