// SPDX-License-Identifier: Apache-2.0
// Shared by the kernels of attention whose mask is made of blocks of 16 queries by 16 keys: a work group of 256 invocations owns 16
// tokens of a head, invocation (line, lane) one of them and every sixteenth number of it. Tiles of 16 x 16 numbers go through shared
// memory, so that each number of a key is read once for 16 queries, by neighbours from neighbouring places.
#extension GL_EXT_control_flow_attributes : require
layout(local_size_x = 256) in;
layout(constant_id = 0) const uint chunks = 4;  // tiles in the width of a token
const uint edge = 16;
// Unrolled, with the loops inside, it takes compilers a minute for wide tokens.
#define FOR_CHUNKS(c) [[dont_unroll]] for (uint c = 0; c < chunks; ++c)

layout(push_constant) uniform Push {
    uint rows, columns, width;  // rows and columns in blocks
    float scale;
} push;

uint line = gl_LocalInvocationID.x / edge;
uint lane = gl_LocalInvocationID.x % edge;

// Place of number (chunk, lane) of token `line` of a block, or ~0 past the width.
uint placeOf(uint firstToken, uint chunk) {
    const uint d = chunk * edge + lane;
    return d < push.width ? (firstToken + line) * push.width + d : ~0u;
}
