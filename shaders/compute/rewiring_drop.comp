// SPDX-License-Identifier: Apache-2.0
// Keys whose largest are the smallest |w|, or the smallest |w G| (Taylor).
#version 450
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool taylor = false;

layout(push_constant) uniform Push { uint count, columns; } push;
layout(std430, binding = 0) readonly buffer W { float w[]; };
layout(std430, binding = 1) readonly buffer R { uint row[]; };
layout(std430, binding = 2) readonly buffer C { uint column[]; };
layout(std430, binding = 3) readonly buffer G { float gradient[]; };
layout(std430, binding = 4) writeonly buffer K { uint key[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint e = gl_GlobalInvocationID.x; e < push.count; e += stride) {
        float score = w[e];
        if (taylor) score *= gradient[row[e] * push.columns + column[e]];
        key[e] = ~(floatBitsToUint(score) | 0x80000000u);
    }
}
