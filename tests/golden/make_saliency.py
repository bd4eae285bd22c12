# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes saliency.json: GraSP's w (H g) of the tiny network of sparse_training_baselines.json, moved off the kink.

There a hidden unit is exactly 0 for one sample, so that differences of gradients across it do not approximate
the Hessian; with W1[0][0] = 0.6 none is. H g is the derivative of the gradient along g by a complex step:
Im g(w + i h g) / h, exact to rounding. The script first repeats the reference's own H g at the kink."""
import cmath
import json
import pathlib

HERE = pathlib.Path(__file__).parent
NET = json.loads((HERE / "sparse_training_baselines.json").read_text())["tiny_net"]


def gradient(w1, w2, temperature):
    """d/dW of the mean cross entropy of logits / temperature; complex arguments allowed."""
    g1 = [[0] * 3 for _ in range(2)]
    g2 = [[0] * 2 for _ in range(2)]
    for x, label in zip(NET["X"], NET["y"]):
        before = [sum(w * v for w, v in zip(row, x)) for row in w1]
        active = [complex(b).real > 0 for b in before]
        hidden = [b if a else 0 for b, a in zip(before, active)]
        logits = [sum(w * h for w, h in zip(row, hidden)) / temperature for row in w2]
        weights = [cmath.exp(v) for v in logits]
        total = sum(weights)
        delta = [(e / total - (k == label)) / temperature / len(NET["X"]) for k, e in enumerate(weights)]
        for k in range(2):
            for j in range(2):
                g2[k][j] += delta[k] * hidden[j]
                if active[j]:
                    for i in range(3):
                        g1[j][i] += delta[k] * w2[k][j] * x[i]
    return g1, g2


def along_gradient(w1, w2, temperature):
    """H g."""
    real = [[[complex(v).real for v in row] for row in g] for g in gradient(w1, w2, temperature)]
    h = 1e-30
    moved = [[[v + 1j * h * d for v, d in zip(row, drow)] for row, drow in zip(w, g)]
             for w, g in zip((w1, w2), real)]
    return [[[complex(v).imag / h for v in row] for row in g] for g in gradient(*moved, temperature)]


def main():
    kink = along_gradient(NET["W1"], NET["W2"], 1)
    for ours, theirs in zip(kink, NET["Hg_T1"]):
        for a, b in zip(ours, theirs):
            for x, y in zip(a, b):
                assert abs(x - y) < 1e-9, (x, y)
    w1 = [row[:] for row in NET["W1"]]
    w1[0][0] = 0.6
    cases = {}
    for temperature in (1, 200):
        hg = along_gradient(w1, NET["W2"], temperature)
        cases[str(temperature)] = [[[w * v for w, v in zip(row, hrow)] for row, hrow in zip(layer, hlayer)]
                                   for layer, hlayer in zip((w1, NET["W2"]), hg)]
    (HERE / "saliency.json").write_text(json.dumps({"W1": w1, "W2": NET["W2"], "grasp": cases}, indent=1) + "\n")


main()
