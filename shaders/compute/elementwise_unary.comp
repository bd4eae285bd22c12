// SPDX-License-Identifier: Apache-2.0
// y = function(x), element by element.
#version 450
#extension GL_GOOGLE_include_directive : require
layout(local_size_x_id = 0) in;
#include "compute/elementwise_functions.glsl"

layout(push_constant) uniform Push {
    uint count;
    float a;
    float b;
} push;
layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) writeonly buffer Y { float y[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint i = gl_GlobalInvocationID.x; i < push.count; i += stride) y[i] = value(x[i], push.a, push.b);
}
