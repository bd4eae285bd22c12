// SPDX-License-Identifier: Apache-2.0
// y = x / (1 - p), or 0 where the element's random number is below the bound: the choice of filigree::backend::dropout, which
// depends on sample and place in it alone. One invocation draws for four elements of one sample of batch-tiled memory
// [samples / tile][rest][tile]. Lanes past the samples become 0.
#version 450
#extension GL_GOOGLE_include_directive : require
layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uvec2 key;
    uint samples, rest, tile, bound;
    float kept;
} push;
layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) writeonly buffer Y { float y[]; };
#include "compute/philox.glsl"

void main() {
    const uint blocks = (push.rest + 3) / 4;
    const uint tiles = (push.samples + push.tile - 1) / push.tile;
    const uint count = tiles * blocks * push.tile;
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint p = gl_GlobalInvocationID.x; p < count; p += stride) {
        const uint lane = p % push.tile;
        const uint block = p / push.tile % blocks;
        const uint tile = p / (push.tile * blocks);
        const uint n = tile * push.tile + lane;
        const uvec4 numbers = philox(uvec4(block, 0, n, 0), push.key);
        for (uint i = 0; i < 4; ++i) {
            const uint r = block * 4 + i;
            if (r >= push.rest) break;
            const uint place = (tile * push.rest + r) * push.tile + lane;
            y[place] = n >= push.samples || numbers[i] < push.bound ? 0 : x[place] * push.kept;
        }
    }
}
