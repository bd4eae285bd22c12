# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws what bench_linear_cost printed: time of a forward and backward pass against connections, one line per width.

    build/release/bin/bench_linear_cost > cost.csv
    python3 tests/bench/linear_cost_chart.py < cost.csv > cost.svg
    rsvg-convert cost.svg -o assets/help/linear-cost.png
"""
import csv
import math
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 480, 70, 120, 30, 55
COLOURS = ["#0b5394", "#2a8fbd", "#2f9e6e", "#8a9a1f", "#c98a1b", "#c4552d", "#8c2d5c"]

rows = list(csv.DictReader(sys.stdin))
points = {}
for row in rows:
    time = float(row["forward_ms"]) + float(row["backward_ms"])
    points.setdefault(int(row["width"]), []).append((int(row["connections"]), time))


def bounds(values):
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))


x0, x1 = bounds([c for line in points.values() for c, _ in line])
y0, y1 = bounds([t for line in points.values() for _, t in line])


def x_of(value):
    return LEFT + (math.log10(value) - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT)


def y_of(value):
    return HEIGHT - BOTTOM - (math.log10(value) - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM)


out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="13">',
       f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']


def text(x, y, what, extra=""):
    out.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="#333" {extra}>{what}</text>')


def line(xa, ya, xb, yb, style):
    out.append(f'<line x1="{xa:.1f}" y1="{ya:.1f}" x2="{xb:.1f}" y2="{yb:.1f}" {style}/>')


for power in range(x0, x1 + 1):
    x = x_of(10 ** power)
    line(x, TOP, x, HEIGHT - BOTTOM, 'stroke="#ddd"')
    text(x, HEIGHT - BOTTOM + 18, f'10<tspan dy="-5" font-size="10">{power}</tspan>', 'text-anchor="middle"')
for power in range(y0, y1 + 1):
    y = y_of(10 ** power)
    line(LEFT, y, WIDTH - RIGHT, y, 'stroke="#ddd"')
    text(LEFT - 8, y + 4, f"{10 ** power:g}", 'text-anchor="end"')
text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, "connections", 'text-anchor="middle"')
text(LEFT - 55, TOP - 12, f'ms, forward and backward, batch {rows[0]["batch"]}')

# Proportional to connections, through the middle of the cost of one.
each = sorted(t / c for line_ in points.values() for c, t in line_)
middle = each[len(each) // 2]
low, high = max(10 ** x0, 10 ** y0 / middle), min(10 ** x1, 10 ** y1 / middle)
line(x_of(low), y_of(low * middle), x_of(high), y_of(high * middle), 'stroke="#888" stroke-dasharray="5 4"')

for colour, (width, measured) in zip(COLOURS, sorted(points.items())):
    measured.sort()
    path = " ".join(f"{x_of(c):.1f},{y_of(t):.1f}" for c, t in measured)
    out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    out += [f'<circle cx="{x_of(c):.1f}" cy="{y_of(t):.1f}" r="3.5" fill="{colour}"/>' for c, t in measured]
    y = TOP + 20 + 20 * sorted(points).index(width)
    line(WIDTH - RIGHT + 12, y - 4, WIDTH - RIGHT + 32, y - 4, f'stroke="{colour}" stroke-width="3"')
    text(WIDTH - RIGHT + 38, y, f"{width} units")
y = TOP + 20 + 20 * len(points)
line(WIDTH - RIGHT + 12, y - 4, WIDTH - RIGHT + 32, y - 4, 'stroke="#888" stroke-dasharray="5 4"')
text(WIDTH - RIGHT + 38, y, "linear")
out.append("</svg>")
print("\n".join(out))
