// SPDX-License-Identifier: Apache-2.0
// Attention of one query over the keys that its row of the mask names, in one pass: scores, softmax with a running maximum, weighted
// sum. Also the logarithm of the softmax's sum, which is all that the backward pass needs. q, k, v, out [heads][tokens][width];
// a team owns a (row, head).
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
layout(std430, binding = 5) writeonly buffer O { float result[]; };
layout(std430, binding = 5) writeonly buffer O4 { vec4 result4[]; };
layout(std430, binding = 6) writeonly buffer L { float logSum[]; };

void main() {
    const uint head = gl_WorkGroupID.y;
    for (uint first = gl_WorkGroupID.x * teams; first < push.rows; first += gl_NumWorkGroups.x * teams) {
        const uint row = first + team;
        const bool owns = row < push.rows;
        const uint token = head * push.rows + row;
        vec4 query[chunks];
        vec4 sums[chunks];
        FOR_CHUNKS(c) {
            query[c] = owns ? push.scale * VECTOR(q, q4, token, c) : vec4(0);
            sums[c] = vec4(0);
        }
        uint next = owns ? start[row] : 0;
        const uint last = owns ? start[row + 1] : 0;
        // Where a place of the list is not used, a token of the list is read again and counts nothing.
        uint recent = head * push.columns + (next < last ? column[next] : 0);
        float largest = -1.0 / 0.0;
        float total = 0;
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
                float score[together];
                float most = largest;
                FOR_TOGETHER(j) {
                    float part = 0;
                    FOR_CHUNKS(c) part += dot(query[c], VECTOR(k, k4, key[j], c));
                    score[j] = part;
                }
                FOR_TOGETHER(j) {
                    score[j] = teamSum(score[j]);
                    if (used[j]) most = max(most, score[j]);
                }
                // What was summed under the old maximum shrinks to the new one.
                const float shrink = largest == most ? 1 : exp(largest - most);
                largest = most;
                total *= shrink;
                FOR_CHUNKS(c) sums[c] *= shrink;
                FOR_TOGETHER(j) {
                    const float weight = used[j] ? exp(score[j] - most) : 0;
                    total += weight;
                    FOR_CHUNKS(c) sums[c] += weight * VECTOR(v, v4, key[j], c);
                    next += used[j] ? 1 : 0;
                }
            }
            barrier();
        }
        if (!owns) continue;
        FOR_CHUNKS(c) {
            const vec4 mean = total > 0 ? sums[c] / total : vec4(0);
            WRITE_VECTOR(result, result4, token, c, mean);
        }
        if (lane == 0) logSum[token] = total > 0 ? largest + log(total) : 0;
    }
}
