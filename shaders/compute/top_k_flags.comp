// SPDX-License-Identifier: Apache-2.0
// 1 for the k largest keys; of equals the first.
#version 450
layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { uint count; } push;
layout(std430, binding = 0) readonly buffer K { uint key[]; };
layout(std430, binding = 1) readonly buffer S { uint state[]; };
layout(std430, binding = 2) readonly buffer B { uint tiesBefore[]; };
layout(std430, binding = 3) writeonly buffer F { uint flag[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint i = gl_GlobalInvocationID.x; i < push.count; i += stride) {
        const bool chosen = key[i] > state[0] || (key[i] == state[0] && tiesBefore[i] < state[1]);
        flag[i] = chosen ? 1 : 0;
    }
}
