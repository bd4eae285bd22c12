// SPDX-License-Identifier: Apache-2.0
// Shared by the kernels of attention whose mask names single keys: eight neighbours of a subgroup (a team) own one token, and each
// of them every eighth vector of four numbers of it, so that a team reads the tokens of its list in whole lines, once, and adds up
// products among its lanes. The teams of a work group go through the other side in windows of `window` tokens together, so that
// what one of them fetches is still near when another one needs it.
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_KHR_shader_subgroup_vote : require
layout(local_size_x = 256) in;
layout(constant_id = 0) const uint chunks = 2;  // vectors of a token in a lane
layout(constant_id = 1) const bool byFour = true;  // the width is a multiple of four

layout(push_constant) uniform Push {
    uint rows, columns, width;
    float scale;
    uint window;
} push;

const uint lanes = 8;
// Tokens that a team reads before it computes with the first of them.
const uint together = chunks <= 2 ? 4 : 2;
uint lane = gl_SubgroupInvocationID % lanes;
uint team = gl_SubgroupID * (gl_SubgroupSize / lanes) + gl_SubgroupInvocationID / lanes;
uint teams = gl_NumSubgroups * (gl_SubgroupSize / lanes);

#define FOR_CHUNKS(c) [[unroll]] for (uint c = 0; c < chunks; ++c)
#define FOR_TOGETHER(j) [[unroll]] for (uint j = 0; j < together; ++j)

// First number of the lane's vector of a chunk.
uint placeOf(uint chunk) {
    return (chunk * lanes + lane) * 4;
}

// The lane's vector of a token in `array` (`array4` in vectors), with zeros past the width.
#define VECTOR(array, array4, token, chunk)                                                         \
    (byFour ? (placeOf(chunk) < push.width ? array4[((token) * push.width + placeOf(chunk)) / 4] : vec4(0)) \
            : vec4(placeOf(chunk) < push.width ? array[(token) * push.width + placeOf(chunk)] : 0,          \
                   placeOf(chunk) + 1 < push.width ? array[(token) * push.width + placeOf(chunk) + 1] : 0,  \
                   placeOf(chunk) + 2 < push.width ? array[(token) * push.width + placeOf(chunk) + 2] : 0,  \
                   placeOf(chunk) + 3 < push.width ? array[(token) * push.width + placeOf(chunk) + 3] : 0))
#define WRITE_VECTOR(array, array4, token, chunk, numbers)                                                    \
    if (byFour) {                                                                                             \
        if (placeOf(chunk) < push.width) array4[((token) * push.width + placeOf(chunk)) / 4] = numbers;       \
    } else                                                                                                    \
        [[unroll]] for (uint e = 0; e < 4; ++e)                                                               \
            if (placeOf(chunk) + e < push.width) array[(token) * push.width + placeOf(chunk) + e] = numbers[e]

// The sum over the lanes of a team, in every one of them, in one order.
float teamSum(float part) {
    part += subgroupShuffleXor(part, 1);
    part += subgroupShuffleXor(part, 2);
    return part + subgroupShuffleXor(part, 4);
}
