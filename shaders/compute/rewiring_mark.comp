// SPDX-License-Identifier: Apache-2.0
// slot[position] of each edge: its number plus 1, with the top bit set if it is dropped. (All others were set to 0.)
#version 450
layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { uint edges, columns; } push;
layout(std430, binding = 0) readonly buffer R { uint row[]; };
layout(std430, binding = 1) readonly buffer C { uint column[]; };
layout(std430, binding = 2) readonly buffer D { uint dropped[]; };
layout(std430, binding = 3) writeonly buffer S { uint slot[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint e = gl_GlobalInvocationID.x; e < push.edges; e += stride)
        slot[row[e] * push.columns + column[e]] = (e + 1) | (dropped[e] != 0 ? 0x80000000u : 0u);
}
