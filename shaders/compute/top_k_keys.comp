// SPDX-License-Identifier: Apache-2.0
// Whole numbers in the order of the scores (both zeros are one).
#version 450
layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { uint count; } push;
layout(std430, binding = 0) readonly buffer X { float score[]; };
layout(std430, binding = 1) writeonly buffer K { uint key[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint i = gl_GlobalInvocationID.x; i < push.count; i += stride) {
        const uint bits = floatBitsToUint(score[i]);
        key[i] = bits == 0x80000000u ? bits : bits ^ ((bits & 0x80000000u) != 0 ? 0xFFFFFFFFu : 0x80000000u);
    }
}
