// SPDX-License-Identifier: Apache-2.0
// Takes the digit in which the k-th largest key lies from the counts, and clears these for the next digit.
#version 450
layout(local_size_x = 256) in;

layout(push_constant) uniform Push { uint shift; } push;
layout(std430, binding = 0) buffer S { uint state[]; };
layout(std430, binding = 1) buffer H { uint histogram[]; };

shared uint bins[256];

void main() {
    const uint id = gl_LocalInvocationID.x;
    bins[id] = histogram[id];
    histogram[id] = 0;
    barrier();
    if (id > 0) return;
    uint left = state[1];
    uint digit = 255;
    while (digit > 0 && bins[digit] < left) left -= bins[digit--];
    state[0] |= digit << push.shift;
    state[1] = left;
}
