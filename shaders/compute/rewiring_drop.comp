// SPDX-License-Identifier: Apache-2.0
// Keys whose largest are the smallest |w|.
#version 450
layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { uint count; } push;
layout(std430, binding = 0) readonly buffer W { float w[]; };
layout(std430, binding = 1) writeonly buffer K { uint key[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint e = gl_GlobalInvocationID.x; e < push.count; e += stride)
        key[e] = ~(floatBitsToUint(w[e]) | 0x80000000u);
}
