// SPDX-License-Identifier: Apache-2.0
// dx = gradient function'(x), element by element. `dx` may be `gradient`.
#version 450
#extension GL_GOOGLE_include_directive : require
layout(local_size_x_id = 0) in;
#include "compute/elementwise_functions.glsl"

layout(push_constant) uniform Push {
    uint count;
    float a;
    float b;
} push;
layout(std430, binding = 0) readonly buffer G { float gradient[]; };
layout(std430, binding = 1) readonly buffer X { float x[]; };
layout(std430, binding = 2) readonly buffer Y { float y[]; };
layout(std430, binding = 3) writeonly buffer D { float dx[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint i = gl_GlobalInvocationID.x; i < push.count; i += stride)
        dx[i] = gradient[i] * derivative(x[i], y[i], push.a, push.b);
}
