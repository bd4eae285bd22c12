// SPDX-License-Identifier: Apache-2.0
// Turns the sums of blocks into what stands before each block; one work group.
#version 450
layout(local_size_x_id = 0) in;
const uint threads = gl_WorkGroupSize.x;

layout(push_constant) uniform Push { uint blocks; } push;
layout(std430, binding = 0) buffer S { uint sums[]; };

shared uint parts[threads];

void main() {
    const uint id = gl_LocalInvocationID.x;
    const uint each = (push.blocks + threads - 1) / threads;
    const uint first = min(id * each, push.blocks);
    const uint last = min(first + each, push.blocks);
    uint mine = 0;
    for (uint b = first; b < last; ++b) mine += sums[b];
    parts[id] = mine;
    barrier();
    uint before = 0;
    for (uint t = 0; t < id; ++t) before += parts[t];
    for (uint b = first; b < last; ++b) {
        const uint one = sums[b];
        sums[b] = before;
        before += one;
    }
}
