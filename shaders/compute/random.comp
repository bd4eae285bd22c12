// SPDX-License-Identifier: Apache-2.0
// The numbers of a RandomStream from a block on: its words, or (one per two words, as on the host) its uniforms cut to 24 bits.
#version 450
#extension GL_GOOGLE_include_directive : require
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool uniforms = false;

layout(push_constant) uniform Push {
    uvec2 key;
    uvec2 step;
    uint count;
    uint block;
} push;
layout(std430, binding = 0) writeonly buffer R { uint result[]; };
#include "compute/philox.glsl"

void main() {
    const uint per = uniforms ? 2 : 4;
    const uint blocks = (push.count + per - 1) / per;
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint b = gl_GlobalInvocationID.x; b < blocks; b += stride) {
        const uvec4 words = philox(uvec4(push.block + b, 0, push.step), push.key);
        for (uint i = 0; i < per; ++i) {
            if (b * per + i >= push.count) continue;
            // The first of two words holds the leading bits.
            result[b * per + i] = uniforms ? floatBitsToUint(float(words[2 * i] >> 8) * (1.0 / 16777216)) : words[i];
        }
    }
}
