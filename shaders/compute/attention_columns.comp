// SPDX-License-Identifier: Apache-2.0
// Backward of attention by columns of the mask: dv_j = sum_i p_ij dout_i and dk_j = scale sum_i p_ij (<dout_i, v_j> - delta_i) q_i.
#version 450
layout(local_size_x_id = 0) in;
const uint threads = gl_WorkGroupSize.x;

layout(push_constant) uniform Push {
    uint rows, columns, width;
    float scale;
} push;
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

const uint mostWidth = 256;
shared float key[mostWidth];
shared float value[mostWidth];
shared float keySums[mostWidth];
shared float valueSums[mostWidth];
shared float weight[threads];
shared float slope[threads];
shared uint place[threads];

void main() {
    const uint id = gl_LocalInvocationID.x;
    const uint head = gl_WorkGroupID.y;
    const uint D = push.width;
    const uint queries = head * push.rows * D;
    for (uint column = gl_WorkGroupID.x; column < push.columns; column += gl_NumWorkGroups.x) {
        const uint mine = (head * push.columns + column) * D;
        for (uint d = id; d < D; d += threads) {
            key[d] = k[mine + d] * push.scale;
            value[d] = v[mine + d];
            keySums[d] = 0;
            valueSums[d] = 0;
        }
        barrier();
        const uint last = start[column + 1];
        for (uint first = start[column]; first < last; first += threads) {
            if (first + id < last) {
                const uint at = row[first + id];
                float score = 0;
                float back = 0;
                for (uint d = 0; d < D; ++d) {
                    score += key[d] * q[queries + at * D + d];
                    back += value[d] * dout[queries + at * D + d];
                }
                const float p = exp(score - logSum[head * push.rows + at]);
                weight[id] = p;
                slope[id] = p * (back - delta[head * push.rows + at]);
                place[id] = at;
            }
            barrier();
            const uint count = min(threads, last - first);
            for (uint d = id; d < D; d += threads) {
                float keySum = keySums[d];
                float valueSum = valueSums[d];
                for (uint i = 0; i < count; ++i) {
                    keySum += slope[i] * q[queries + place[i] * D + d];
                    valueSum += weight[i] * dout[queries + place[i] * D + d];
                }
                keySums[d] = keySum;
                valueSums[d] = valueSum;
            }
            barrier();
        }
        for (uint d = id; d < D; d += threads) {
            dk[mine + d] = push.scale * keySums[d];
            dv[mine + d] = valueSums[d];
        }
        barrier();
    }
}
