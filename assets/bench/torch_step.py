# SPDX-License-Identifier: GPL-3.0-or-later
"""PyTorch's dense training step, for comparison: the peer of `filigree bench step`.

Usage: torch_step.py MODEL BATCH THREADS. Answers lines on the standard input until it ends: "step" runs one step
(forward, cross entropy, backward, SGD with momentum) and prints its wall and CPU time in milliseconds. The first line
printed is "ready VERSION BLAS", BLAS being the file name of the library of its matrix products where that can be seen.
"""
import os
import sys
import time

MODEL, BATCH, THREADS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.environ["OMP_NUM_THREADS"] = str(THREADS)
import torch  # noqa: E402  (reads the variable)
from torch import nn  # noqa: E402

torch.set_num_threads(THREADS)
torch.manual_seed(1)


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


def mlp():
    return nn.Sequential(nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 10)), (784,)


def cnn():
    layers, channels = [], 1
    for width in (32, 64, 64):
        layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
                   nn.MaxPool2d(2)]
        channels = width
    layers += [nn.Flatten(), nn.Linear(576, 128), nn.ReLU(), nn.Linear(128, 10)]
    return nn.Sequential(*layers), (1, 28, 28)


def resnet18():
    layers, channels = [nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU()], 64
    for width, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers += [BasicBlock(channels, width, stride), BasicBlock(width, width, 1)]
        channels = width
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10)]
    return nn.Sequential(*layers), (3, 32, 32)


class Gate(nn.Module):
    """A learnt weight in (0, 1) on each channel."""

    def __init__(self, channels):
        super().__init__()
        self.w = nn.Parameter(torch.randn(channels) * (2 / (channels + 1)) ** 0.5)

    def forward(self, x):
        s = torch.sigmoid(self.w)
        return x * (s[:, None, None] if x.dim() == 4 else s)


def pictures(gated):
    """ResNet-18 for larger pictures with a head of two layers, and (gated) a gate behind every stage and in the head."""
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    channels = 64
    for width, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers += [BasicBlock(channels, width, stride), BasicBlock(width, width, 1)] + [Gate(width)] * gated
        channels = width
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()] + [Gate(512)] * gated + [nn.Linear(512, 128), nn.ReLU()]
    return nn.Sequential(*layers, *[Gate(128)] * gated, nn.Linear(128, 10)), (3, 96, 96)


net, shape = {"mlp-1024": mlp, "cnn-28": cnn, "resnet18-32": resnet18, "r18-96": lambda: pictures(False),
              "fsg-r18-96": lambda: pictures(True)}[MODEL]()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
criterion = nn.CrossEntropyLoss()
x = torch.randn(BATCH, *shape)
labels = torch.randint(0, 10, (BATCH,))



def blas():
    """Debian's PyTorch takes whatever libblas.so.3 the system has: the reference one is twenty times slower."""
    try:
        with open("/proc/self/maps") as maps:
            paths = {os.path.realpath(line.split()[-1]) for line in maps if "/" in line}
    except OSError:
        return ""
    names = [os.path.basename(path) for path in paths if "blas" in path or "mkl" in path]
    names = [name for name in names if "cublas" not in name]
    return sorted(names, key=lambda name: ("openblas" not in name and "mkl" not in name, name))[0] if names else ""


print("ready", torch.__version__, blas(), flush=True)
for _ in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    optimizer.zero_grad(set_to_none=True)
    criterion(net(x), labels).backward()
    optimizer.step()
    print((time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3, flush=True)
