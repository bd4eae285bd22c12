// SPDX-License-Identifier: Apache-2.0
// to[o, e, j] = from[o, id, j]: rows of an array [outer, size, inner] by number, id = ids[e] for all o and j, or with `each` one for
// every element, ids[o, e, j]. An id outside of the axis gives 0.
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
layout(std430, binding = 2) writeonly buffer To { float to[]; };

void main() {
    const uint total = push.outer * push.count * push.inner;
    const uint step = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint p = gl_GlobalInvocationID.x; p < total; p += step) {
        const uint j = p % push.inner;
        const uint e = p / push.inner % push.count;
        const uint o = p / (push.inner * push.count);
        const uint id = ids[each ? p : e];
        to[p] = id < push.size ? from[(o * push.size + id) * push.inner + j] : 0;
    }
}
