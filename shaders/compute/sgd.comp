// SPDX-License-Identifier: Apache-2.0
// v <- m v + (g + pull w); w <- shrink w - rate (nesterov ? slope + m v : v), over all parameters at once.
#version 450
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool nesterov = false;
layout(constant_id = 2) const bool keepsMomentum = true;

layout(push_constant) uniform Push {
    uint count;
    float rate, momentum, shrink, pull;
} push;
layout(std430, binding = 0) buffer W { float w[]; };
layout(std430, binding = 1) readonly buffer G { float g[]; };
layout(std430, binding = 2) buffer V { float v[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint i = gl_GlobalInvocationID.x; i < push.count; i += stride) {
        const float slope = g[i] + push.pull * w[i];
        float direction = slope;
        if (keepsMomentum) {
            const float velocity = push.momentum * v[i] + slope;
            v[i] = velocity;
            direction = nesterov ? slope + push.momentum * velocity : velocity;
        }
        w[i] = push.shrink * w[i] - push.rate * direction;
    }
}
