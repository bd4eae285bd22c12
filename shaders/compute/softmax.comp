// SPDX-License-Identifier: Apache-2.0
// Along the middle axis of [outer][length][inner]: softmax, its logarithm, and their gradients from the gradient g and the result y.
// A work group handles one row at a time.
#version 450
layout(local_size_x_id = 0) in;
const uint threads = gl_WorkGroupSize.x;
layout(constant_id = 1) const uint operation = 0;  // 0 softmax, 1 log softmax, 2 and 3 their gradients

layout(push_constant) uniform Push {
    uint outer, len, inner;
} push;
layout(std430, binding = 0) readonly buffer X { float x[]; };  // operations 2, 3: the gradient g
layout(std430, binding = 1) readonly buffer Y { float y[]; };  // operations 2, 3: the result of the forward pass
layout(std430, binding = 2) writeonly buffer R { float result[]; };

shared float parts[threads];

float reduceSum(float mine) {
    parts[gl_LocalInvocationID.x] = mine;
    barrier();
    for (uint half_ = threads / 2; half_ > 0; half_ /= 2) {
        if (gl_LocalInvocationID.x < half_) parts[gl_LocalInvocationID.x] += parts[gl_LocalInvocationID.x + half_];
        barrier();
    }
    const float total = parts[0];
    barrier();
    return total;
}

float reduceMax(float mine) {
    parts[gl_LocalInvocationID.x] = mine;
    barrier();
    for (uint half_ = threads / 2; half_ > 0; half_ /= 2) {
        if (gl_LocalInvocationID.x < half_)
            parts[gl_LocalInvocationID.x] = max(parts[gl_LocalInvocationID.x], parts[gl_LocalInvocationID.x + half_]);
        barrier();
    }
    const float largest = parts[0];
    barrier();
    return largest;
}

void main() {
    const uint id = gl_LocalInvocationID.x;
    for (uint row = gl_WorkGroupID.x; row < push.outer * push.inner; row += gl_NumWorkGroups.x) {
        const uint base = row / push.inner * push.len * push.inner + row % push.inner;
        if (operation < 2) {
            float largest = -1.0 / 0.0;
            for (uint k = id; k < push.len; k += threads) largest = max(largest, x[base + k * push.inner]);
            largest = reduceMax(largest);
            float mine = 0;
            for (uint k = id; k < push.len; k += threads) mine += exp(x[base + k * push.inner] - largest);
            const float total = reduceSum(mine);
            for (uint k = id; k < push.len; k += threads) {
                const uint at = base + k * push.inner;
                result[at] = operation == 0 ? exp(x[at] - largest) / total : x[at] - largest - log(total);
            }
        } else {
            float mine = 0;
            for (uint k = id; k < push.len; k += threads) {
                const uint at = base + k * push.inner;
                mine += operation == 2 ? x[at] * y[at] : x[at];
            }
            const float total = reduceSum(mine);
            for (uint k = id; k < push.len; k += threads) {
                const uint at = base + k * push.inner;
                result[at] = operation == 2 ? y[at] * (x[at] - total) : x[at] - exp(y[at]) * total;
            }
        }
    }
}
