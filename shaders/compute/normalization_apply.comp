// SPDX-License-Identifier: Apache-2.0
// Batch norm per feature of [outer][features][inner]: y = (x - mean) / sqrt(variance + epsilon) gamma + beta, or the gradient of x from
// that of y and the sums of the gradients of gamma and beta. Lanes past the batch become 0.
#version 450
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool backward = false;

layout(push_constant) uniform Push {
    uint outer, features, inner, tile, batch;
    float epsilon;
    float share;  // backward: 1 / numbers per feature, 0 if the statistics are constants
} push;
layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) readonly buffer M { float mean[]; };
layout(std430, binding = 2) readonly buffer V { float variance[]; };
layout(std430, binding = 3) readonly buffer G { float gamma[]; };
layout(std430, binding = 4) readonly buffer B { float beta[]; };      // backward: gradient of beta
layout(std430, binding = 5) readonly buffer DG { float dgamma[]; };   // backward: sum of dy (x - mean)
layout(std430, binding = 6) readonly buffer DY { float dy[]; };
layout(std430, binding = 7) writeonly buffer R { float result[]; };

void main() {
    const uint count = push.outer * push.features * push.inner;
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint i = gl_GlobalInvocationID.x; i < count; i += stride) {
        const uint f = i / push.inner % push.features;
        const uint n = i / (push.inner * push.features) * push.tile + i % push.tile;
        const float root = 1 / sqrt(variance[f] + push.epsilon);
        float value;
        if (!backward) {
            value = (x[i] - mean[f]) * root * gamma[f] + beta[f];
        } else {
            const float centred = x[i] - mean[f];
            value = gamma[f] * root *
                    (dy[i] - push.share * (beta[f] + centred * root * root * dgamma[f]));
        }
        result[i] = n < push.batch ? value : 0;
    }
}
