// SPDX-License-Identifier: Apache-2.0
// The gradient of gamma: sum of dy (x - mean), divided by sqrt(variance + epsilon).
#version 450
layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint features;
    float epsilon;
} push;
layout(std430, binding = 0) readonly buffer P { float products[]; };
layout(std430, binding = 1) readonly buffer V { float variance[]; };
layout(std430, binding = 2) writeonly buffer G { float gradient[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint f = gl_GlobalInvocationID.x; f < push.features; f += stride)
        gradient[f] = products[f] / sqrt(variance[f] + push.epsilon);
}
