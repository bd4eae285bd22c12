// SPDX-License-Identifier: Apache-2.0
// dx[n][c][p] = sum over the non-zeros e that read pixel p of channel c of w[e] dy[n][o][q]: the gradient of the input, gathered
// through the transposed pattern, so that nothing is added from several sides. Lanes past the batch become 0.
#version 450
#extension GL_GOOGLE_include_directive : require
layout(local_size_x_id = 0, local_size_y_id = 1) in;
#include "compute/convolution.glsl"

layout(push_constant) uniform Push { Window window; } push;
layout(std430, binding = 0) readonly buffer S { uint start[]; };
layout(std430, binding = 1) readonly buffer R { uint row[]; };
layout(std430, binding = 2) readonly buffer E { uint edge[]; };
layout(std430, binding = 3) readonly buffer W { float w[]; };
layout(std430, binding = 4) readonly buffer DY { float dy[]; };
layout(std430, binding = 5) writeonly buffer DX { float dx[]; };

void main() {
    const Window s = push.window;
    const uint padded = (s.batch + s.tile - 1) / s.tile * s.tile;
    const uint n = gl_GlobalInvocationID.x;
    if (n >= padded) return;
    const uint area = s.kernelHeight * s.kernelWidth;
    const uint work = s.channels * s.height * s.width;
    const uint step = gl_NumWorkGroups.y * gl_WorkGroupSize.y;
    for (uint item = gl_GlobalInvocationID.y; item < work; item += step) {
        const uint c = item / (s.height * s.width);
        const uint iy = item / s.width % s.height;
        const uint ix = item % s.width;
        float sum = 0;
        for (uint k = 0; k < area && n < s.batch; ++k) {
            const uint ny = iy + s.padY - k / s.kernelWidth;
            const uint nx = ix + s.padX - k % s.kernelWidth;
            const uint oy = ny / s.strideY;
            const uint ox = nx / s.strideX;
            if (ny % s.strideY != 0 || nx % s.strideX != 0 || int(ny) < 0 || int(nx) < 0 || oy >= s.outHeight ||
                ox >= s.outWidth)
                continue;
            const uint last = start[c * area + k + 1];
            for (uint t = start[c * area + k]; t < last; ++t)
                sum += w[edge[t]] * dy[imageIndex(n, row[t], oy, ox, s.outputs, s.outHeight, s.outWidth, s.tile)];
        }
        dx[imageIndex(n, c, iy, ix, s.channels, s.height, s.width, s.tile)] = sum;
    }
}
