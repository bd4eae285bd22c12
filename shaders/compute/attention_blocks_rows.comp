// SPDX-License-Identifier: Apache-2.0
// Backward of attention over blocks, by rows of blocks: delta and dq, as attention_rows.comp for single keys.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "compute/attention_blocks.glsl"

layout(std430, binding = 0) readonly buffer S { uint start[]; };
layout(std430, binding = 1) readonly buffer C { uint column[]; };
layout(std430, binding = 2) readonly buffer Q { float q[]; };
layout(std430, binding = 3) readonly buffer K { float k[]; };
layout(std430, binding = 4) readonly buffer V { float v[]; };
layout(std430, binding = 5) readonly buffer O { float result[]; };
layout(std430, binding = 6) readonly buffer L { float logSum[]; };
layout(std430, binding = 7) readonly buffer DO { float dout[]; };
layout(std430, binding = 8) writeonly buffer DQ { float dq[]; };
layout(std430, binding = 9) writeonly buffer DE { float delta[]; };

shared float query[edge][edge + 1];
shared float key[edge][edge + 1];
shared float arriving[edge][edge + 1];
shared float value[edge][edge + 1];
shared float slope[edge][edge + 1];

void main() {
    const uint head = gl_WorkGroupID.y;
    for (uint row = gl_WorkGroupID.x; row < push.rows; row += gl_NumWorkGroups.x) {
        const uint queries = (head * push.rows + row) * edge;
        float sums[chunks];
        float part = 0;
        FOR_CHUNKS(c) {
            sums[c] = 0;
            const uint mine = placeOf(queries, c);
            if (mine != ~0u) part += dout[mine] * result[mine];
        }
        barrier();
        slope[line][lane] = part;
        barrier();
        float own = 0;
        for (uint i = 0; i < edge; ++i) own += slope[line][i];
        const float logTotal = logSum[queries + line];
        for (uint e = start[row]; e < start[row + 1]; ++e) {
            const uint keys = (head * push.columns + column[e]) * edge;
            float score = 0;
            float back = 0;
            FOR_CHUNKS(c) {
                const uint mine = placeOf(queries, c), other = placeOf(keys, c);
                barrier();
                query[line][lane] = mine != ~0u ? q[mine] : 0;
                arriving[line][lane] = mine != ~0u ? dout[mine] : 0;
                key[line][lane] = other != ~0u ? k[other] : 0;
                value[line][lane] = other != ~0u ? v[other] : 0;
                barrier();
                for (uint d = 0; d < edge; ++d) {
                    score += query[line][d] * key[lane][d];
                    back += arriving[line][d] * value[lane][d];
                }
            }
            slope[line][lane] = exp(push.scale * score - logTotal) * (back - own);
            FOR_CHUNKS(c) {
                const uint other = placeOf(keys, c);
                barrier();
                key[line][lane] = other != ~0u ? k[other] : 0;
                barrier();
                float sum = sums[c];
                for (uint i = 0; i < edge; ++i) sum += slope[line][i] * key[i][lane];
                sums[c] = sum;
            }
        }
        FOR_CHUNKS(c) {
            const uint mine = placeOf(queries, c);
            if (mine != ~0u) dq[mine] = push.scale * sums[c];
        }
        if (lane == 0) delta[queries + line] = own;
    }
}
