// SPDX-License-Identifier: Apache-2.0
// to[e] = from[source[e]], 0 where the edge is new.
#version 450
layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { uint count; } push;
layout(std430, binding = 0) readonly buffer O { uint source[]; };
layout(std430, binding = 1) readonly buffer X { float from[]; };
layout(std430, binding = 2) writeonly buffer Y { float to[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint e = gl_GlobalInvocationID.x; e < push.count; e += stride)
        to[e] = source[e] == 0xFFFFFFFFu ? 0 : from[source[e]];
}
