// SPDX-License-Identifier: Apache-2.0
// dw[e] = sum over n of dy[n][row[e]] x[n][column[e]]: SDDMM, the dense weight gradient at the non-zeros alone. 32 invocations
// share 32 non-zeros: each sums every 32nd four of neighbouring samples of all of them in registers (or every 32nd sample), then
// one non-zero's 32 parts in fixed order.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
layout(local_size_x = 32, local_size_y_id = 0) in;
layout(constant_id = 1) const bool byFour = false;  // the tile is a multiple of four
const uint blocks = gl_WorkGroupSize.y;

layout(push_constant) uniform Push {
    uint edges, rows, columns, batch, tile;
} push;
layout(std430, binding = 0) readonly buffer Row { uint row[]; };
layout(std430, binding = 1) readonly buffer Column { uint column[]; };
layout(std430, binding = 2) readonly buffer DY { float dy[]; };
layout(std430, binding = 2) readonly buffer DY4 { vec4 dy4[]; };
layout(std430, binding = 3) readonly buffer X { float x[]; };
layout(std430, binding = 3) readonly buffer X4 { vec4 x4[]; };
layout(std430, binding = 4) writeonly buffer DW { float dw[]; };
#include "compute/tile.glsl"

shared float parts[blocks * 32 * 33];
shared uvec2 places[blocks * 32];  // of the features in a tile

void main() {
    const uint T = push.tile;
    const uint lane = gl_LocalInvocationID.x;
    const uint block = gl_LocalInvocationID.y * 32;
    const uint chunk = 32 * blocks;
    const uint fours = byFour ? push.batch / 4 : 0;
    for (uint begin = gl_WorkGroupID.x * chunk; begin < push.edges; begin += gl_NumWorkGroups.x * chunk) {
        const uint first = begin + block;
        // Past the last one the first one is summed again and dropped.
        const uint mine = first + lane < push.edges ? first + lane : 0;
        places[block + lane] = uvec2(row[mine], column[mine]) * T;
        barrier();
        float sum[32];
        [[unroll]] for (uint j = 0; j < 32; ++j) sum[j] = 0;
        for (uint n = 4 * lane; n < 4 * fours; n += 4 * 32) {
            const uvec2 tile = uvec2(tiledIndex(n, 0, push.rows, T), tiledIndex(n, 0, push.columns, T));
            [[unroll]] for (uint j = 0; j < 32; ++j) {
                const uvec2 at = (tile + places[block + j]) / 4;
                sum[j] += dot(dy4[at.x], x4[at.y]);
            }
        }
        for (uint n = 4 * fours + lane; n < push.batch; n += 32) {
            const uvec2 tile = uvec2(tiledIndex(n, 0, push.rows, T), tiledIndex(n, 0, push.columns, T));
            [[unroll]] for (uint j = 0; j < 32; ++j) {
                const uvec2 at = tile + places[block + j];
                sum[j] += dy[at.x] * x[at.y];
            }
        }
        [[unroll]] for (uint j = 0; j < 32; ++j) parts[(block + j) * 33 + lane] = sum[j];
        barrier();
        float total = 0;
        for (uint l = 0; l < 32; ++l) total += parts[(block + lane) * 33 + l];
        if (first + lane < push.edges) dw[first + lane] = total;
        barrier();
    }
}
