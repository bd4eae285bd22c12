// SPDX-License-Identifier: Apache-2.0
// Counts the digits at `shift` of the keys whose higher digits are those found so far. Counts are whole numbers, so that the order
// of additions does not matter.
#version 450
layout(local_size_x = 256) in;

layout(push_constant) uniform Push { uint count, shift; } push;
layout(std430, binding = 0) readonly buffer K { uint key[]; };
layout(std430, binding = 1) readonly buffer S { uint state[]; };  // higher digits, how many are still to be chosen
layout(std430, binding = 2) buffer H { uint histogram[]; };

shared uint bins[256];

void main() {
    const uint id = gl_LocalInvocationID.x;
    bins[id] = 0;
    barrier();
    const uint found = state[0];
    const uint stride = gl_NumWorkGroups.x * 256;
    for (uint i = gl_GlobalInvocationID.x; i < push.count; i += stride) {
        const uint one = key[i];
        // Shifting by 32 is not defined.
        const bool matches = push.shift == 24 || (one >> (push.shift + 8)) == (found >> (push.shift + 8));
        if (matches) atomicAdd(bins[one >> push.shift & 255], 1);
    }
    barrier();
    if (bins[id] > 0) atomicAdd(histogram[id], bins[id]);
}
