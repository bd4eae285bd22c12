// SPDX-License-Identifier: Apache-2.0
// dw[e] = sum over n of dy[n][row[e]] x[n][column[e]]: SDDMM, the dense weight gradient at the non-zeros alone. 32 invocations
// share 32 non-zeros: each sums every 32nd sample of all of them in registers (or every 32nd four of neighbouring samples), then
// one non-zero's 32 parts in fixed order. Non-zeros of one row are neighbours: its dy stays where it is.
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
shared uint rows[blocks * 32];
shared uint columns[blocks * 32];

void main() {
    const uint T = push.tile;
    const uint lane = gl_LocalInvocationID.x;
    const uint block = gl_LocalInvocationID.y * 32;
    const uint chunk = 32 * blocks;
    const uint unit = byFour ? 4 : 1;
    for (uint begin = gl_WorkGroupID.x * chunk; begin < push.edges; begin += gl_NumWorkGroups.x * chunk) {
        const uint first = begin + block;
        // Past the last one the first one is summed again and dropped.
        const uint mine = first + lane < push.edges ? first + lane : 0;
        rows[block + lane] = row[mine] * (T / unit);
        columns[block + lane] = column[mine] * (T / unit);
        barrier();
        float sum[32];
        [[unroll]] for (uint j = 0; j < 32; ++j) sum[j] = 0;
        for (uint n = lane * unit; n < push.batch; n += 32 * unit) {
            const uint left = tiledIndex(n, 0, push.rows, T) / unit;
            const uint right = tiledIndex(n, 0, push.columns, T) / unit;
            if (byFour) {
                const bvec4 inside = lessThan(n + uvec4(0, 1, 2, 3), uvec4(push.batch));
                uint known = rows[block];
                vec4 slope = mix(vec4(0), dy4[left + known], inside);
                [[unroll]] for (uint j = 0; j < 32; ++j) {
                    if (rows[block + j] != known) {
                        known = rows[block + j];
                        slope = mix(vec4(0), dy4[left + known], inside);
                    }
                    sum[j] += dot(slope, mix(vec4(0), x4[right + columns[block + j]], inside));
                }
            } else {
                [[unroll]] for (uint j = 0; j < 32; ++j) sum[j] += dy[left + rows[block + j]] * x[right + columns[block + j]];
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
