// SPDX-License-Identifier: Apache-2.0
// dw[e] = sum over samples and pixels of dy[n][o][p] x[n][c][p stride + offset - padding]: the gradient at the non-zeros alone. A work
// group makes one at a time, by a tree of fixed shape.
#version 450
#extension GL_GOOGLE_include_directive : require
layout(local_size_x_id = 0) in;
const uint threads = gl_WorkGroupSize.x;
#include "compute/convolution.glsl"

layout(push_constant) uniform Push {
    Window window;
    uint edges;
} push;
layout(std430, binding = 0) readonly buffer R { uint row[]; };
layout(std430, binding = 1) readonly buffer C { uint column[]; };
layout(std430, binding = 2) readonly buffer X { float x[]; };
layout(std430, binding = 3) readonly buffer DY { float dy[]; };
layout(std430, binding = 4) writeonly buffer DW { float dw[]; };

shared float parts[threads];

void main() {
    const Window s = push.window;
    const uint id = gl_LocalInvocationID.x;
    const uint area = s.kernelHeight * s.kernelWidth;
    const uint T = s.tile;
    const uint tiles = (s.batch + T - 1) / T;
    const uint perTile = s.outHeight * s.outWidth * T;
    for (uint e = gl_WorkGroupID.x; e < push.edges; e += gl_NumWorkGroups.x) {
        const uint o = row[e];
        const uint c = column[e] / area;
        const uint ky = column[e] % area / s.kernelWidth;
        const uint kx = column[e] % s.kernelWidth;
        float mine = 0;
        for (uint i = id; i < tiles * perTile; i += threads) {
            const uint n = i / perTile * T + i % T;
            const uint oy = i % perTile / T / s.outWidth;
            const uint ox = i / T % s.outWidth;
            const uint iy = oy * s.strideY + ky - s.padY;
            const uint ix = ox * s.strideX + kx - s.padX;
            if (n < s.batch && iy < s.height && ix < s.width)
                mine += dy[imageIndex(n, o, oy, ox, s.outputs, s.outHeight, s.outWidth, T)] *
                        x[imageIndex(n, c, iy, ix, s.channels, s.height, s.width, T)];
        }
        parts[id] = mine;
        barrier();
        for (uint half_ = threads / 2; half_ > 0; half_ /= 2) {
            if (id < half_) parts[id] += parts[id + half_];
            barrier();
        }
        if (id == 0) dw[e] = parts[0];
        barrier();
    }
}
