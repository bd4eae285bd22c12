// SPDX-License-Identifier: Apache-2.0
// Layer norm: y = (x - mean) / sqrt(variance + epsilon) gamma + beta with the statistics of each row; leaves mean and 1 / sqrt(...).
// A work group handles one row at a time.
#version 450
layout(local_size_x_id = 0) in;
const uint threads = gl_WorkGroupSize.x;

layout(push_constant) uniform Push {
    uint rows, width;
    float epsilon;
} push;
layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) readonly buffer G { float gamma[]; };
layout(std430, binding = 2) readonly buffer B { float beta[]; };
layout(std430, binding = 3) writeonly buffer Y { float y[]; };
layout(std430, binding = 4) writeonly buffer M { float mean[]; };
layout(std430, binding = 5) writeonly buffer R { float root[]; };

shared float parts[threads];

float total(float mine) {
    const uint id = gl_LocalInvocationID.x;
    parts[id] = mine;
    barrier();
    for (uint half_ = threads / 2; half_ > 0; half_ /= 2) {
        if (id < half_) parts[id] += parts[id + half_];
        barrier();
    }
    const float sum = parts[0];
    barrier();
    return sum;
}

void main() {
    const uint id = gl_LocalInvocationID.x;
    for (uint row = gl_WorkGroupID.x; row < push.rows; row += gl_NumWorkGroups.x) {
        const uint base = row * push.width;
        float mine = 0;
        for (uint d = id; d < push.width; d += threads) mine += x[base + d];
        const float centre = total(mine) / float(push.width);
        mine = 0;
        for (uint d = id; d < push.width; d += threads) mine += (x[base + d] - centre) * (x[base + d] - centre);
        const float scale = 1 / sqrt(total(mine) / float(push.width) + push.epsilon);
        for (uint d = id; d < push.width; d += threads)
            y[base + d] = (x[base + d] - centre) * scale * gamma[d] + beta[d];
        if (id == 0) {
            mean[row] = centre;
            root[row] = scale;
        }
    }
}
