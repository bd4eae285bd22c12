// SPDX-License-Identifier: Apache-2.0
// Backward of attention by rows: delta[row] = <dout, out>, the probabilities again from the stored logarithms of the sums, and
// dq = scale sum_j p_j (<dout, v_j> - delta) k_j. Leaves delta for the pass by columns.
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
layout(std430, binding = 5) readonly buffer O { float result[]; };
layout(std430, binding = 6) readonly buffer L { float logSum[]; };
layout(std430, binding = 7) readonly buffer DO { float dout[]; };
layout(std430, binding = 8) writeonly buffer DQ { float dq[]; };
layout(std430, binding = 9) writeonly buffer DE { float delta[]; };

const uint mostWidth = 256;
shared float query[mostWidth];
shared float arriving[mostWidth];
shared float sums[mostWidth];
shared float slope[threads];
shared uint place[threads];
shared float parts[threads];

void main() {
    const uint id = gl_LocalInvocationID.x;
    const uint head = gl_WorkGroupID.y;
    const uint D = push.width;
    const uint keys = head * push.columns * D;
    for (uint row = gl_WorkGroupID.x; row < push.rows; row += gl_NumWorkGroups.x) {
        const uint mine = (head * push.rows + row) * D;
        float part = 0;
        for (uint d = id; d < D; d += threads) {
            query[d] = q[mine + d] * push.scale;
            arriving[d] = dout[mine + d];
            sums[d] = 0;
            part += dout[mine + d] * result[mine + d];
        }
        parts[id] = part;
        barrier();
        float own = 0;
        for (uint i = 0; i < threads; ++i) own += parts[i];
        const float logTotal = logSum[head * push.rows + row];
        const uint last = start[row + 1];
        for (uint first = start[row]; first < last; first += threads) {
            if (first + id < last) {
                const uint at = column[first + id];
                float score = 0;
                float back = 0;
                for (uint d = 0; d < D; ++d) {
                    score += query[d] * k[keys + at * D + d];
                    back += arriving[d] * v[keys + at * D + d];
                }
                slope[id] = exp(score - logTotal) * (back - own);
                place[id] = at;
            }
            barrier();
            const uint count = min(threads, last - first);
            for (uint d = id; d < D; d += threads) {
                float sum = sums[d];
                for (uint i = 0; i < count; ++i) sum += slope[i] * k[keys + place[i] * D + d];
                sums[d] = sum;
            }
            barrier();
        }
        for (uint d = id; d < D; d += threads) dq[mine + d] = push.scale * sums[d];
        if (id == 0) delta[head * push.rows + row] = own;
        barrier();
    }
}
