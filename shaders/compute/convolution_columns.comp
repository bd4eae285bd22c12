// SPDX-License-Identifier: Apache-2.0
// The columns of one batch tile: columns[(channel, ky, kx)][pixel of the output][T], so that a dense convolution is a matrix product.
// Pixels outside the image and lanes past the batch are 0.
#version 450
#extension GL_GOOGLE_include_directive : require
layout(local_size_x_id = 0) in;
#include "compute/convolution.glsl"

layout(push_constant) uniform Push {
    Window window;
    uint batchTile;
} push;
layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) writeonly buffer C { float columns[]; };

void main() {
    const Window s = push.window;
    const uint T = s.tile;
    const uint area = s.kernelHeight * s.kernelWidth;
    const uint count = s.channels * area * s.outHeight * s.outWidth * T;
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint i = gl_GlobalInvocationID.x; i < count; i += stride) {
        const uint n = push.batchTile * T + i % T;
        const uint ox = i / T % s.outWidth;
        const uint oy = i / T / s.outWidth % s.outHeight;
        const uint column = i / T / (s.outWidth * s.outHeight);
        const uint iy = oy * s.strideY + column % area / s.kernelWidth - s.padY;
        const uint ix = ox * s.strideX + column % s.kernelWidth - s.padX;
        const bool inside = n < s.batch && iy < s.height && ix < s.width;
        columns[i] =
            inside ? x[imageIndex(n, column / area, iy, ix, s.channels, s.height, s.width, T)] : 0;
    }
}
