// SPDX-License-Identifier: Apache-2.0
// The new pattern by rows, and for each of its edges the old one whose value it takes (or none). Leaves in `slot` the new edge's
// number plus 1.
#version 450
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool keepRegrown = false;

layout(push_constant) uniform Push { uint count, rows, columns, edges; } push;
layout(std430, binding = 0) readonly buffer F { uint chosen[]; };
layout(std430, binding = 1) readonly buffer B { uint before[]; };
layout(std430, binding = 2) buffer S { uint slot[]; };
layout(std430, binding = 3) writeonly buffer RS { uint rowStart[]; };
layout(std430, binding = 4) writeonly buffer R { uint row[]; };
layout(std430, binding = 5) writeonly buffer C { uint column[]; };
layout(std430, binding = 6) writeonly buffer O { uint source[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint p = gl_GlobalInvocationID.x; p < push.count; p += stride) {
        const uint r = p / push.columns;
        const uint c = p % push.columns;
        const uint e = before[p];
        if (c == 0) rowStart[r] = e;
        if (p == 0) rowStart[push.rows] = push.edges;
        const uint s = slot[p];
        if (chosen[p] != 0) {
            const bool dropped = (s & 0x80000000u) != 0;
            row[e] = r;
            column[e] = c;
            source[e] = s == 0 || (dropped && !keepRegrown) ? 0xFFFFFFFFu : (s & 0x7FFFFFFFu) - 1;
            slot[p] = e + 1;
        } else {
            slot[p] = 0;
        }
    }
}
