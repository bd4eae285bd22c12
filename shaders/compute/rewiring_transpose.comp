// SPDX-License-Identifier: Apache-2.0
// In the order of columns: first (`writes` false) the flags of the active positions, then, with what stands before each, the
// transposed pattern.
#version 450
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool writes = false;

layout(push_constant) uniform Push { uint count, rows, columns, edges; } push;
layout(std430, binding = 0) readonly buffer S { uint slot[]; };
layout(std430, binding = 1) buffer F { uint flag[]; };
layout(std430, binding = 2) readonly buffer B { uint before[]; };
layout(std430, binding = 3) writeonly buffer CS { uint columnStart[]; };
layout(std430, binding = 4) writeonly buffer R { uint row[]; };
layout(std430, binding = 5) writeonly buffer E { uint edge[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint q = gl_GlobalInvocationID.x; q < push.count; q += stride) {
        const uint c = q / push.rows;
        const uint r = q % push.rows;
        const uint s = slot[r * push.columns + c];
        if (!writes) {
            flag[q] = s != 0 ? 1 : 0;
            continue;
        }
        if (r == 0) columnStart[c] = before[q];
        if (q == 0) columnStart[push.columns] = push.edges;
        if (s == 0) continue;
        row[before[q]] = r;
        edge[before[q]] = s - 1;
    }
}
