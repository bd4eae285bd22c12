// SPDX-License-Identifier: Apache-2.0
// limit[0] = largest number of rounds of what is chosen (0 before): whole numbers, so the order does not matter.
#version 450
layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { uint count; } push;
layout(std430, binding = 0) readonly buffer F { uint flag[]; };
layout(std430, binding = 1) readonly buffer N { uint rounds[]; };
layout(std430, binding = 2) buffer L { uint limit[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint p = gl_GlobalInvocationID.x; p < push.count; p += stride)
        if (flag[p] != 0 && rounds[p] > 0) atomicMax(limit[0], rounds[p]);
}
