// SPDX-License-Identifier: Apache-2.0
// Backward of attention by columns of the mask: dv_j = sum_i p_ij dout_i and dk_j = scale sum_i p_ij (<dout_i, v_j> - delta_i) q_i.
// A team owns a (column, head).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "compute/attention_keys.glsl"

layout(std430, binding = 0) readonly buffer S { uint start[]; };
layout(std430, binding = 1) readonly buffer R { uint row[]; };
layout(std430, binding = 2) readonly buffer Q { float q[]; };
layout(std430, binding = 2) readonly buffer Q4 { vec4 q4[]; };
layout(std430, binding = 3) readonly buffer K { float k[]; };
layout(std430, binding = 3) readonly buffer K4 { vec4 k4[]; };
layout(std430, binding = 4) readonly buffer V { float v[]; };
layout(std430, binding = 4) readonly buffer V4 { vec4 v4[]; };
layout(std430, binding = 5) readonly buffer L { float logSum[]; };
layout(std430, binding = 6) readonly buffer DE { float delta[]; };
layout(std430, binding = 7) readonly buffer DO { float dout[]; };
layout(std430, binding = 7) readonly buffer DO4 { vec4 dout4[]; };
layout(std430, binding = 8) writeonly buffer DK { float dk[]; };
layout(std430, binding = 8) writeonly buffer DK4 { vec4 dk4[]; };
layout(std430, binding = 9) writeonly buffer DV { float dv[]; };
layout(std430, binding = 9) writeonly buffer DV4 { vec4 dv4[]; };

void main() {
    const uint head = gl_WorkGroupID.y;
    for (uint first = gl_WorkGroupID.x * teams; first < push.columns; first += gl_NumWorkGroups.x * teams) {
        const uint column = first + team;
        const bool owns = column < push.columns;
        const uint token = head * push.columns + column;
        vec4 key[chunks];
        vec4 value[chunks];
        vec4 keySums[chunks];
        vec4 valueSums[chunks];
        FOR_CHUNKS(c) {
            key[c] = owns ? push.scale * VECTOR(k, k4, token, c) : vec4(0);
            value[c] = owns ? VECTOR(v, v4, token, c) : vec4(0);
            keySums[c] = vec4(0);
            valueSums[c] = vec4(0);
        }
        uint next = owns ? start[column] : 0;
        const uint last = owns ? start[column + 1] : 0;
        // Where a place of the list is not used, a token of the list is read again and counts nothing.
        uint recent = head * push.rows + (next < last ? row[next] : 0);
        for (uint begin = 0; begin < push.rows; begin += push.window) {
            while (true) {
                uint query[together];
                bool used[together];
                FOR_TOGETHER(j) {
                    const bool there = next + j < last;
                    const uint place = there ? row[next + j] : 0;
                    used[j] = there && place < begin + push.window && (j == 0 || used[max(j, 1) - 1]);
                    query[j] = used[j] ? head * push.rows + place : recent;
                }
                if (!subgroupAny(used[0])) break;
                recent = query[0];
                vec4 queries[together * chunks];
                vec4 arriving[together * chunks];
                float score[together];
                float back[together];
                FOR_TOGETHER(j) {
                    score[j] = 0;
                    back[j] = 0;
                    FOR_CHUNKS(c) {
                        queries[j * chunks + c] = VECTOR(q, q4, query[j], c);
                        arriving[j * chunks + c] = VECTOR(dout, dout4, query[j], c);
                        score[j] += dot(key[c], queries[j * chunks + c]);
                        back[j] += dot(value[c], arriving[j * chunks + c]);
                    }
                }
                FOR_TOGETHER(j) {
                    score[j] = teamSum(score[j]);
                    back[j] = teamSum(back[j]);
                    const float p = used[j] ? exp(score[j] - logSum[query[j]]) : 0;
                    const float slope = used[j] ? p * (back[j] - delta[query[j]]) : 0;
                    FOR_CHUNKS(c) {
                        keySums[c] += slope * queries[j * chunks + c];
                        valueSums[c] += p * arriving[j * chunks + c];
                    }
                    next += used[j] ? 1 : 0;
                }
            }
            barrier();
        }
        if (!owns) continue;
        const bool any = next > start[column];
        FOR_CHUNKS(c) {
            const vec4 ofKey = any ? push.scale * keySums[c] : vec4(0);
            const vec4 ofValue = any ? valueSums[c] : vec4(0);
            WRITE_VECTOR(dk, dk4, token, c, ofKey);
            WRITE_VECTOR(dv, dv4, token, c, ofValue);
        }
    }
}
