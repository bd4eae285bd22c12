// SPDX-License-Identifier: Apache-2.0
// y[n][o][p] = bias[o] + sum over the non-zeros e of filter o of w[e] x[n][channel][p stride + offset - padding]: direct sparse
// convolution. Neighbouring invocations hold neighbouring samples of one pixel; an invocation holds `pixels` pixels of a row, so
// that a non-zero serves them all. Lanes past the batch become 0.
#version 450
#extension GL_GOOGLE_include_directive : require
layout(local_size_x_id = 0, local_size_y_id = 1) in;
layout(constant_id = 2) const uint pixels = 4;
layout(constant_id = 3) const bool addBias = false;
#include "compute/convolution.glsl"

layout(push_constant) uniform Push { Window window; } push;
layout(std430, binding = 0) readonly buffer S { uint start[]; };
layout(std430, binding = 1) readonly buffer C { uint column[]; };
layout(std430, binding = 2) readonly buffer W { float w[]; };
layout(std430, binding = 3) readonly buffer X { float x[]; };
layout(std430, binding = 4) readonly buffer B { float bias[]; };
layout(std430, binding = 5) writeonly buffer Y { float y[]; };

void main() {
    const Window s = push.window;
    const uint padded = (s.batch + s.tile - 1) / s.tile * s.tile;
    const uint n = gl_GlobalInvocationID.x;
    if (n >= padded) return;
    const bool inside = n < s.batch;
    const uint blocks = (s.outWidth + pixels - 1) / pixels;
    const uint area = s.kernelHeight * s.kernelWidth;
    const uint work = s.outputs * s.outHeight * blocks;
    const uint step = gl_NumWorkGroups.y * gl_WorkGroupSize.y;
    for (uint item = gl_GlobalInvocationID.y; item < work; item += step) {
        const uint o = item / (s.outHeight * blocks);
        const uint oy = item / blocks % s.outHeight;
        const uint first = item % blocks * pixels;
        float sum[pixels];
        for (uint p = 0; p < pixels; ++p) sum[p] = addBias ? bias[o] : 0;
        const uint last = inside ? start[o + 1] : start[o];
        for (uint e = start[o]; e < last; ++e) {
            const uint c = column[e] / area;
            const uint ky = column[e] % area / s.kernelWidth;
            const uint kx = column[e] % s.kernelWidth;
            // Underflow of what lies above or left of the image makes it large, that is, outside.
            const uint iy = oy * s.strideY + ky - s.padY;
            if (iy >= s.height) continue;
            const uint base = imageIndex(n, c, iy, 0, s.channels, s.height, s.width, s.tile);
            const float weight = w[e];
            for (uint p = 0; p < pixels; ++p) {
                const uint ix = (first + p) * s.strideX + kx - s.padX;
                if (ix < s.width) sum[p] += weight * x[base + ix * s.tile];
            }
        }
        for (uint p = 0; p < pixels; ++p)
            if (first + p < s.outWidth)
                y[imageIndex(n, o, oy, first + p, s.outputs, s.outHeight, s.outWidth, s.tile)] = inside ? sum[p] : 0;
    }
}
