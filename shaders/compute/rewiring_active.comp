// SPDX-License-Identifier: Apache-2.0
// flag[position] = 1 if the position is active after the round; counts the round where it is. `flag` holds what was chosen to grow.
#version 450
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool counts = false;

layout(push_constant) uniform Push { uint count; } push;
layout(std430, binding = 0) readonly buffer S { uint slot[]; };
layout(std430, binding = 1) buffer F { uint flag[]; };
layout(std430, binding = 2) buffer N { uint rounds[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint p = gl_GlobalInvocationID.x; p < push.count; p += stride) {
        const uint s = slot[p];
        const bool kept = s != 0 && (s & 0x80000000u) == 0;
        const bool isActive = kept || flag[p] != 0;
        flag[p] = isActive ? 1 : 0;
        if (counts && isActive) rounds[p] = min(rounds[p] + 1, 65535);
    }
}
