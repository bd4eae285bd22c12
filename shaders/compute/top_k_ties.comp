// SPDX-License-Identifier: Apache-2.0
// 1 where a key equals the k-th largest.
#version 450
layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { uint count; } push;
layout(std430, binding = 0) readonly buffer K { uint key[]; };
layout(std430, binding = 1) readonly buffer S { uint state[]; };
layout(std430, binding = 2) writeonly buffer T { uint tie[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint i = gl_GlobalInvocationID.x; i < push.count; i += stride) tie[i] = key[i] == state[0] ? 1 : 0;
}
