// SPDX-License-Identifier: Apache-2.0
// to[i, j, k, l] (contiguous, sizes `size`) = from[i s0 + j s1 + k s2 + l s3], 0 where i tile + l >= limit (lanes past the batch).
// With `spread` the other way round: to[i s0 + j s1 + k s2 + l s3] = from[i, j, k, l].
#version 450
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool spread = false;

layout(push_constant) uniform Push {
    uvec4 size;
    uvec4 stride;
    uint tile;
    uint limit;
} push;
layout(std430, binding = 0) readonly buffer From { uint from[]; };
layout(std430, binding = 1) writeonly buffer To { uint to[]; };

void main() {
    const uvec4 size = push.size;
    const uint count = size.x * size.y * size.z * size.w;
    const uint step = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint p = gl_GlobalInvocationID.x; p < count; p += step) {
        const uint l = p % size.w;
        const uint k = p / size.w % size.z;
        const uint j = p / (size.w * size.z) % size.y;
        const uint i = p / (size.w * size.z * size.y);
        const uvec4 at = uvec4(i, j, k, l) * push.stride;
        const uint place = at.x + at.y + at.z + at.w;
        if (spread)
            to[place] = from[p];
        else
            to[p] = i * push.tile + l < push.limit ? from[place] : 0;
    }
}
