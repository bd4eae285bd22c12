// SPDX-License-Identifier: Apache-2.0
// Attention of one query over the keys that its row of the mask names, in one pass: scores, softmax with a running maximum, weighted
// sum. Also the logarithm of the softmax's sum, which is all that the backward pass needs. q, k, v, out [heads][tokens][width];
// a work group is one (row, head), its invocations share the keys, then the width.
#version 450
layout(local_size_x_id = 0) in;
const uint threads = gl_WorkGroupSize.x;

layout(push_constant) uniform Push {
    uint rows, columns, width;
    float scale;
} push;
layout(std430, binding = 0) readonly buffer S { uint start[]; };
layout(std430, binding = 1) readonly buffer C { uint column[]; };
layout(std430, binding = 2) readonly buffer Q { float q[]; };
layout(std430, binding = 3) readonly buffer K { float k[]; };
layout(std430, binding = 4) readonly buffer V { float v[]; };
layout(std430, binding = 5) writeonly buffer O { float result[]; };
layout(std430, binding = 6) writeonly buffer L { float logSum[]; };

const uint mostWidth = 256;
shared float query[mostWidth];
shared float sums[mostWidth];
shared float weight[threads];
shared uint place[threads];
shared float parts[threads];

void main() {
    const uint id = gl_LocalInvocationID.x;
    const uint head = gl_WorkGroupID.y;
    const uint D = push.width;
    const uint keys = head * push.columns * D;
    for (uint row = gl_WorkGroupID.x; row < push.rows; row += gl_NumWorkGroups.x) {
        const uint mine = (head * push.rows + row) * D;
        for (uint d = id; d < D; d += threads) {
            query[d] = q[mine + d] * push.scale;
            sums[d] = 0;
        }
        barrier();
        const uint last = start[row + 1];
        float largest = -1.0 / 0.0;
        float total = 0;
        for (uint first = start[row]; first < last; first += threads) {
            // Scores of one block of keys, a key per invocation.
            float score = -1.0 / 0.0;
            if (first + id < last) {
                const uint at = column[first + id];
                score = 0;
                for (uint d = 0; d < D; ++d) score += query[d] * k[keys + at * D + d];
                place[id] = at;
            }
            parts[id] = score;
            barrier();
            float blockLargest = largest;
            const uint count = min(threads, last - first);
            for (uint i = 0; i < count; ++i) blockLargest = max(blockLargest, parts[i]);
            // What was summed under the old maximum shrinks to the new one.
            const float shrink = largest == blockLargest ? 1 : exp(largest - blockLargest);
            weight[id] = first + id < last ? exp(score - blockLargest) : 0;
            barrier();
            float blockTotal = 0;
            for (uint i = 0; i < count; ++i) blockTotal += weight[i];
            for (uint d = id; d < D; d += threads) {
                float sum = sums[d] * shrink;
                for (uint i = 0; i < count; ++i) sum += weight[i] * v[keys + place[i] * D + d];
                sums[d] = sum;
            }
            total = total * shrink + blockTotal;
            largest = blockLargest;
            barrier();
        }
        for (uint d = id; d < D; d += threads) result[mine + d] = total > 0 ? sums[d] / total : 0;
        if (id == 0) logSum[head * push.rows + row] = total > 0 ? largest + log(total) : 0;
        barrier();
    }
}
