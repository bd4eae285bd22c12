// SPDX-License-Identifier: Apache-2.0
// Attention over blocks of keys, in one pass: scores, softmax with a running maximum, weighted sum; as attention.comp for single keys.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "compute/attention_blocks.glsl"

layout(std430, binding = 0) readonly buffer S { uint start[]; };
layout(std430, binding = 1) readonly buffer C { uint column[]; };
layout(std430, binding = 2) readonly buffer Q { float q[]; };
layout(std430, binding = 3) readonly buffer K { float k[]; };
layout(std430, binding = 4) readonly buffer V { float v[]; };
layout(std430, binding = 5) writeonly buffer O { float result[]; };
layout(std430, binding = 6) writeonly buffer L { float logSum[]; };

shared float left[edge][edge + 1];
shared float right[edge][edge + 1];
shared float weight[edge][edge + 1];

void main() {
    const uint head = gl_WorkGroupID.y;
    for (uint row = gl_WorkGroupID.x; row < push.rows; row += gl_NumWorkGroups.x) {
        const uint queries = (head * push.rows + row) * edge;
        float sums[chunks];
        FOR_CHUNKS(c) sums[c] = 0;
        float largest = -1.0 / 0.0;
        float total = 0;
        for (uint e = start[row]; e < start[row + 1]; ++e) {
            const uint keys = (head * push.columns + column[e]) * edge;
            float score = 0;
            FOR_CHUNKS(c) {
                const uint mine = placeOf(queries, c), other = placeOf(keys, c);
                barrier();
                left[line][lane] = mine != ~0u ? q[mine] : 0;
                right[line][lane] = other != ~0u ? k[other] : 0;
                barrier();
                for (uint d = 0; d < edge; ++d) score += left[line][d] * right[lane][d];
            }
            score *= push.scale;
            weight[line][lane] = score;
            barrier();
            float blockLargest = largest;
            for (uint i = 0; i < edge; ++i) blockLargest = max(blockLargest, weight[line][i]);
            // What was summed under the old maximum shrinks to the new one.
            const float shrink = largest == blockLargest ? 1 : exp(largest - blockLargest);
            barrier();
            weight[line][lane] = exp(score - blockLargest);
            barrier();
            float blockTotal = 0;
            for (uint i = 0; i < edge; ++i) blockTotal += weight[line][i];
            FOR_CHUNKS(c) {
                const uint other = placeOf(keys, c);
                barrier();
                right[line][lane] = other != ~0u ? v[other] : 0;
                barrier();
                float sum = sums[c] * shrink;
                for (uint i = 0; i < edge; ++i) sum += weight[line][i] * right[i][lane];
                sums[c] = sum;
            }
            total = total * shrink + blockTotal;
            largest = blockLargest;
        }
        FOR_CHUNKS(c) {
            const uint mine = placeOf(queries, c);
            if (mine != ~0u) result[mine] = total > 0 ? sums[c] / total : 0;
        }
        if (lane == 0) logSum[queries + line] = total > 0 ? largest + log(total) : 0;
    }
}
