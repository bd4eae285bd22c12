// SPDX-License-Identifier: Apache-2.0
// before[i] = x[0] + … + x[i - 1], from what stands before each block.
#version 450
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint perThread = 8;
const uint threads = gl_WorkGroupSize.x;

layout(push_constant) uniform Push { uint count; } push;
layout(std430, binding = 0) readonly buffer X { uint x[]; };
layout(std430, binding = 1) readonly buffer S { uint sums[]; };
layout(std430, binding = 2) writeonly buffer B { uint before[]; };

shared uint parts[threads];

void main() {
    const uint id = gl_LocalInvocationID.x;
    const uint size = threads * perThread;
    const uint blocks = (push.count + size - 1) / size;
    for (uint block = gl_WorkGroupID.x; block < blocks; block += gl_NumWorkGroups.x) {
        const uint first = block * size + id * perThread;
        uint mine = 0;
        for (uint i = 0; i < perThread; ++i)
            if (first + i < push.count) mine += x[first + i];
        parts[id] = mine;
        barrier();
        // Hillis and Steele's scan.
        for (uint reach = 1; reach < threads; reach *= 2) {
            const uint other = id >= reach ? parts[id - reach] : 0;
            barrier();
            parts[id] += other;
            barrier();
        }
        uint running = sums[block] + parts[id] - mine;
        for (uint i = 0; i < perThread; ++i) {
            if (first + i >= push.count) break;
            before[first + i] = running;
            running += x[first + i];
        }
        barrier();
    }
}
