// SPDX-License-Identifier: Apache-2.0
// The sum of each block of `perThread` * threads numbers.
#version 450
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint perThread = 8;
const uint threads = gl_WorkGroupSize.x;

layout(push_constant) uniform Push { uint count; } push;
layout(std430, binding = 0) readonly buffer X { uint x[]; };
layout(std430, binding = 1) writeonly buffer S { uint sums[]; };

shared uint parts[threads];

void main() {
    const uint id = gl_LocalInvocationID.x;
    const uint size = threads * perThread;
    const uint blocks = (push.count + size - 1) / size;
    for (uint block = gl_WorkGroupID.x; block < blocks; block += gl_NumWorkGroups.x) {
        uint mine = 0;
        for (uint i = 0; i < perThread; ++i) {
            const uint at = block * size + i * threads + id;
            if (at < push.count) mine += x[at];
        }
        parts[id] = mine;
        barrier();
        for (uint half_ = threads / 2; half_ > 0; half_ /= 2) {
            if (id < half_) parts[id] += parts[id + half_];
            barrier();
        }
        if (id == 0) sums[block] = parts[0];
        barrier();
    }
}
