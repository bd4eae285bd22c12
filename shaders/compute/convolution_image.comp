// SPDX-License-Identifier: Apache-2.0
// The gradient of one batch tile of images from that of its columns: each pixel sums what the windows over it hold.
#version 450
#extension GL_GOOGLE_include_directive : require
layout(local_size_x_id = 0) in;
#include "compute/convolution.glsl"

layout(push_constant) uniform Push {
    Window window;
    uint batchTile;
} push;
layout(std430, binding = 0) readonly buffer C { float columns[]; };
layout(std430, binding = 1) writeonly buffer X { float x[]; };

void main() {
    const Window s = push.window;
    const uint T = s.tile;
    const uint area = s.kernelHeight * s.kernelWidth;
    const uint count = s.channels * s.height * s.width * T;
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint i = gl_GlobalInvocationID.x; i < count; i += stride) {
        const uint n = push.batchTile * T + i % T;
        const uint ix = i / T % s.width;
        const uint iy = i / T / s.width % s.height;
        const uint c = i / T / (s.width * s.height);
        float sum = 0;
        for (uint k = 0; k < area; ++k) {
            const uint ny = iy + s.padY - k / s.kernelWidth;
            const uint nx = ix + s.padX - k % s.kernelWidth;
            const uint oy = ny / s.strideY;
            const uint ox = nx / s.strideX;
            if (int(ny) < 0 || int(nx) < 0 || ny % s.strideY != 0 || nx % s.strideX != 0 || oy >= s.outHeight ||
                ox >= s.outWidth)
                continue;
            sum += columns[(((c * area + k) * s.outHeight + oy) * s.outWidth + ox) * T + i % T];
        }
        x[imageIndex(n, c, iy, ix, s.channels, s.height, s.width, T)] = n < s.batch ? sum : 0;
    }
}
