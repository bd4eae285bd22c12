// SPDX-License-Identifier: Apache-2.0
// Keys of growth: |G| + bonus / (rounds + eps), or random words; 0 where nothing may grow. Fewest rounds first takes two
// selections: by rounds alone, and, when the largest number of rounds that is chosen is known, by |G| among those that have it.
#version 450
#extension GL_GOOGLE_include_directive : require
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool random_ = false;
layout(constant_id = 2) const bool forbidRegrow = false;
layout(constant_id = 3) const uint mode = 0;
const uint explores = 1, byRounds = 2, withinLimit = 3;

layout(push_constant) uniform Push {
    uvec2 key;
    uvec2 step;
    uint count;
    float bonus, eps;
} push;
layout(std430, binding = 0) readonly buffer S { uint slot[]; };
layout(std430, binding = 1) readonly buffer G { float gradient[]; };
layout(std430, binding = 2) readonly buffer N { uint rounds[]; };
layout(std430, binding = 3) readonly buffer L { uint limit[]; };
layout(std430, binding = 4) writeonly buffer K { uint key[]; };
#include "compute/philox.glsl"

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint p = gl_GlobalInvocationID.x; p < push.count; p += stride) {
        const uint s = slot[p];
        const bool candidate = s == 0 || (!forbidRegrow && (s & 0x80000000u) != 0);
        uint mine = 0;
        if (candidate && random_) {
            mine = philox(uvec4(p, 0, push.step), push.key).x | 0x80000000u;
        } else if (candidate && mode == byRounds) {
            mine = 0x10000u - min(rounds[p], 0xFFFFu);
        } else if (candidate && mode == withinLimit && rounds[p] != limit[0]) {
            mine = rounds[p] < limit[0] ? 0xFFFFFFFFu : 1;
        } else if (candidate) {
            float score = abs(gradient[p]);
            if (mode == explores) score += push.bonus / (float(rounds[p]) + push.eps);
            mine = floatBitsToUint(score) | 0x80000000u;
        }
        key[p] = mine;
    }
}
