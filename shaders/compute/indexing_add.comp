// SPDX-License-Identifier: Apache-2.0
// to[o, r, j] = sum of from[o, e, j] over the e with id = r, in ascending order of e; id = ids[e] for all o and j, or with `each` one
// for every element, ids[o, e, j]. Ids outside of the axis are left out. One invocation owns a line along the axis, so nothing meets.
#version 450
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool each = false;

layout(push_constant) uniform Push {
    uint outer;
    uint size;
    uint inner;
    uint count;
} push;
layout(std430, binding = 0) readonly buffer From { float from[]; };
layout(std430, binding = 1) readonly buffer Ids { uint ids[]; };
layout(std430, binding = 2) buffer To { float to[]; };

void main() {
    const uint lines = push.outer * push.inner;
    const uint step = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint line = gl_GlobalInvocationID.x; line < lines; line += step) {
        const uint j = line % push.inner;
        const uint o = line / push.inner;
        for (uint r = 0; r < push.size; ++r) to[(o * push.size + r) * push.inner + j] = 0;
        for (uint e = 0; e < push.count; ++e) {
            const uint p = (o * push.count + e) * push.inner + j;
            const uint id = ids[each ? p : e];
            if (id < push.size) to[(o * push.size + id) * push.inner + j] += from[p];
        }
    }
}
