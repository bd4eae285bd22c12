// SPDX-License-Identifier: Apache-2.0
// Backward of attention over blocks, by columns of blocks: dk and dv, as attention_columns.comp for single keys.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "compute/attention_blocks.glsl"

layout(std430, binding = 0) readonly buffer S { uint start[]; };
layout(std430, binding = 1) readonly buffer R { uint row[]; };
layout(std430, binding = 2) readonly buffer Q { float q[]; };
layout(std430, binding = 3) readonly buffer K { float k[]; };
layout(std430, binding = 4) readonly buffer V { float v[]; };
layout(std430, binding = 5) readonly buffer L { float logSum[]; };
layout(std430, binding = 6) readonly buffer DE { float delta[]; };
layout(std430, binding = 7) readonly buffer DO { float dout[]; };
layout(std430, binding = 8) writeonly buffer DK { float dk[]; };
layout(std430, binding = 9) writeonly buffer DV { float dv[]; };

shared float query[edge][edge + 1];
shared float key[edge][edge + 1];
shared float arriving[edge][edge + 1];
shared float value[edge][edge + 1];
shared float weight[edge][edge + 1];
shared float slope[edge][edge + 1];

void main() {
    const uint head = gl_WorkGroupID.y;
    for (uint column = gl_WorkGroupID.x; column < push.columns; column += gl_NumWorkGroups.x) {
        const uint keys = (head * push.columns + column) * edge;
        float keySums[chunks];
        float valueSums[chunks];
        FOR_CHUNKS(c) {
            keySums[c] = 0;
            valueSums[c] = 0;
        }
        for (uint e = start[column]; e < start[column + 1]; ++e) {
            const uint queries = (head * push.rows + row[e]) * edge;
            float score = 0;
            float back = 0;
            FOR_CHUNKS(c) {
                const uint mine = placeOf(keys, c), other = placeOf(queries, c);
                barrier();
                key[line][lane] = mine != ~0u ? k[mine] : 0;
                value[line][lane] = mine != ~0u ? v[mine] : 0;
                query[line][lane] = other != ~0u ? q[other] : 0;
                arriving[line][lane] = other != ~0u ? dout[other] : 0;
                barrier();
                for (uint d = 0; d < edge; ++d) {
                    score += key[line][d] * query[lane][d];
                    back += value[line][d] * arriving[lane][d];
                }
            }
            const float p = exp(push.scale * score - logSum[queries + lane]);
            weight[line][lane] = p;
            slope[line][lane] = p * (back - delta[queries + lane]);
            FOR_CHUNKS(c) {
                const uint other = placeOf(queries, c);
                barrier();
                query[line][lane] = other != ~0u ? q[other] : 0;
                arriving[line][lane] = other != ~0u ? dout[other] : 0;
                barrier();
                float keySum = keySums[c];
                float valueSum = valueSums[c];
                for (uint i = 0; i < edge; ++i) {
                    keySum += slope[line][i] * query[i][lane];
                    valueSum += weight[line][i] * arriving[i][lane];
                }
                keySums[c] = keySum;
                valueSums[c] = valueSum;
            }
        }
        FOR_CHUNKS(c) {
            const uint mine = placeOf(keys, c);
            if (mine == ~0u) continue;
            dk[mine] = push.scale * keySums[c];
            dv[mine] = valueSums[c];
        }
    }
}
