// SPDX-License-Identifier: Apache-2.0
// Backward of attention by rows: delta[row] = <dout, out>, the probabilities again from the stored logarithms of the sums, and
// dq = scale sum_j p_j (<dout, v_j> - delta) k_j. Leaves delta for the pass by columns.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "compute/attention_keys.glsl"

layout(std430, binding = 0) readonly buffer S { uint start[]; };
layout(std430, binding = 1) readonly buffer C { uint column[]; };
layout(std430, binding = 2) readonly buffer Q { float q[]; };
layout(std430, binding = 2) readonly buffer Q4 { vec4 q4[]; };
layout(std430, binding = 3) readonly buffer K { float k[]; };
layout(std430, binding = 3) readonly buffer K4 { vec4 k4[]; };
layout(std430, binding = 4) readonly buffer V { float v[]; };
layout(std430, binding = 4) readonly buffer V4 { vec4 v4[]; };
layout(std430, binding = 5) readonly buffer O { float result[]; };
layout(std430, binding = 5) readonly buffer O4 { vec4 result4[]; };
layout(std430, binding = 6) readonly buffer L { float logSum[]; };
layout(std430, binding = 7) readonly buffer DO { float dout[]; };
layout(std430, binding = 7) readonly buffer DO4 { vec4 dout4[]; };
layout(std430, binding = 8) writeonly buffer DQ { float dq[]; };
layout(std430, binding = 8) writeonly buffer DQ4 { vec4 dq4[]; };
layout(std430, binding = 9) writeonly buffer DE { float delta[]; };

void main() {
    const uint head = gl_WorkGroupID.y;
    for (uint first = gl_WorkGroupID.x * teams; first < push.rows; first += gl_NumWorkGroups.x * teams) {
        const uint row = first + team;
        const bool owns = row < push.rows;
        const uint token = head * push.rows + row;
        vec4 query[chunks];
        vec4 arriving[chunks];
        vec4 sums[chunks];
        float part = 0;
        FOR_CHUNKS(c) {
            query[c] = owns ? push.scale * VECTOR(q, q4, token, c) : vec4(0);
            arriving[c] = owns ? VECTOR(dout, dout4, token, c) : vec4(0);
            if (owns) part += dot(arriving[c], VECTOR(result, result4, token, c));
            sums[c] = vec4(0);
        }
        const float own = teamSum(part);
        const float logTotal = owns ? logSum[token] : 0;
        uint next = owns ? start[row] : 0;
        const uint last = owns ? start[row + 1] : 0;
        // Where a place of the list is not used, a token of the list is read again and counts nothing.
        uint recent = head * push.columns + (next < last ? column[next] : 0);
        for (uint begin = 0; begin < push.columns; begin += push.window) {
            while (true) {
                uint key[together];
                bool used[together];
                FOR_TOGETHER(j) {
                    const bool there = next + j < last;
                    const uint place = there ? column[next + j] : 0;
                    used[j] = there && place < begin + push.window && (j == 0 || used[max(j, 1) - 1]);
                    key[j] = used[j] ? head * push.columns + place : recent;
                }
                if (!subgroupAny(used[0])) break;
                recent = key[0];
                vec4 keys[together * chunks];
                float score[together];
                float back[together];
                FOR_TOGETHER(j) {
                    score[j] = 0;
                    back[j] = 0;
                    FOR_CHUNKS(c) {
                        keys[j * chunks + c] = VECTOR(k, k4, key[j], c);
                        score[j] += dot(query[c], keys[j * chunks + c]);
                        back[j] += dot(arriving[c], VECTOR(v, v4, key[j], c));
                    }
                }
                FOR_TOGETHER(j) {
                    score[j] = teamSum(score[j]);
                    back[j] = teamSum(back[j]);
                    const float slope = used[j] ? exp(score[j] - logTotal) * (back[j] - own) : 0;
                    FOR_CHUNKS(c) sums[c] += slope * keys[j * chunks + c];
                    next += used[j] ? 1 : 0;
                }
            }
            barrier();
        }
        if (!owns) continue;
        FOR_CHUNKS(c) {
            const vec4 change = next > start[row] ? push.scale * sums[c] : vec4(0);
            WRITE_VECTOR(dq, dq4, token, c, change);
        }
        if (lane == 0) delta[token] = own;
    }
}
