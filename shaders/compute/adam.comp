// SPDX-License-Identifier: Apache-2.0
// Adam over all parameters at once; the factors of the step are those of optim::Adam.
#version 450
layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint count;
    float beta1, beta2, rest1, rest2, rate, rootBias, epsilon, shrink, pull;
} push;
layout(std430, binding = 0) buffer W { float w[]; };
layout(std430, binding = 1) readonly buffer G { float g[]; };
layout(std430, binding = 2) buffer M { float m[]; };
layout(std430, binding = 3) buffer V { float v[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint i = gl_GlobalInvocationID.x; i < push.count; i += stride) {
        const float slope = g[i] + push.pull * w[i];
        const float first = push.beta1 * m[i] + push.rest1 * slope;
        const float second = push.beta2 * v[i] + push.rest2 * slope * slope;
        m[i] = first;
        v[i] = second;
        w[i] = push.shrink * w[i] - push.rate * first / (sqrt(second) / push.rootBias + push.epsilon);
    }
}
