// SPDX-License-Identifier: Apache-2.0
// dw[e] = sum over n of dy[n][row[e]] x[n][column[e]]: SDDMM, the dense weight gradient at the non-zeros alone. 32 invocations
// share 32 non-zeros: each sums every 32nd sample of all of them, then one non-zero's 32 parts in fixed order.
#version 450
#extension GL_GOOGLE_include_directive : require
layout(local_size_x = 32, local_size_y_id = 0) in;
const uint blocks = gl_WorkGroupSize.y;

layout(push_constant) uniform Push {
    uint edges, rows, columns, batch, tile;
} push;
layout(std430, binding = 0) readonly buffer Row { uint row[]; };
layout(std430, binding = 1) readonly buffer Column { uint column[]; };
layout(std430, binding = 2) readonly buffer DY { float dy[]; };
layout(std430, binding = 3) readonly buffer X { float x[]; };
layout(std430, binding = 4) writeonly buffer DW { float dw[]; };
#include "compute/tile.glsl"

shared float parts[blocks * 32 * 33];

void main() {
    const uint T = push.tile;
    const uint lane = gl_LocalInvocationID.x;
    const uint mine = gl_LocalInvocationID.y * 32 * 33;
    const uint chunk = 32 * blocks;
    for (uint begin = gl_WorkGroupID.x * chunk; begin < push.edges; begin += gl_NumWorkGroups.x * chunk) {
        const uint first = begin + gl_LocalInvocationID.y * 32;
        for (uint j = 0; j < 32; ++j) {
            float sum = 0;
            if (first + j < push.edges) {
                const uint i = row[first + j];
                const uint k = column[first + j];
                for (uint n = lane; n < push.batch; n += 32)
                    sum += dy[tiledIndex(n, i, push.rows, T)] * x[tiledIndex(n, k, push.columns, T)];
            }
            parts[mine + j * 33 + lane] = sum;
        }
        barrier();
        if (first + lane < push.edges) {
            float total = 0;
            for (uint l = 0; l < 32; ++l) total += parts[mine + lane * 33 + l];
            dw[first + lane] = total;
        }
        barrier();
    }
}
