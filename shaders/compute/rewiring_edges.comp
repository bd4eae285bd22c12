// SPDX-License-Identifier: Apache-2.0
// Between numbers per edge and numbers per position of a rows x columns matrix: dense[row, column] = edges[e], or back. Positions
// without an edge are left as they are.
#version 450
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool gather = false;

layout(push_constant) uniform Push { uint edges, columns; } push;
layout(std430, binding = 0) readonly buffer R { uint row[]; };
layout(std430, binding = 1) readonly buffer C { uint column[]; };
layout(std430, binding = 2) readonly buffer F { float from[]; };
layout(std430, binding = 3) writeonly buffer T { float to[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint e = gl_GlobalInvocationID.x; e < push.edges; e += stride) {
        const uint position = row[e] * push.columns + column[e];
        if (gather)
            to[e] = from[position];
        else
            to[position] = from[e];
    }
}
