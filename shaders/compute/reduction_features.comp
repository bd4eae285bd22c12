// SPDX-License-Identifier: Apache-2.0
// Sums over all samples and pixels of one feature (channel) c of x, seen as [outer][features][inner] with the batch in tiles of T
// lanes: sum x, sum (x - mean[c])^2, or sum x (z - mean[c]). Lanes past the batch do not count.
#version 450
layout(local_size_x_id = 0) in;
const uint threads = gl_WorkGroupSize.x;
layout(constant_id = 1) const uint what = 0;  // 0: x, 1: (x - mean)^2, 2: x (z - mean)

layout(push_constant) uniform Push {
    uint outer, features, inner, tile, batch;
    float scale;
} push;
layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) readonly buffer Z { float z[]; };
layout(std430, binding = 2) readonly buffer Mean { float mean[]; };
layout(std430, binding = 3) writeonly buffer S { float sums[]; };

shared float parts[threads];

void main() {
    const uint id = gl_LocalInvocationID.x;
    for (uint f = gl_WorkGroupID.x; f < push.features; f += gl_NumWorkGroups.x) {
        const float centre = what > 0 ? mean[f] : 0;
        float mine = 0;
        for (uint p = id; p < push.outer * push.inner; p += threads) {
            const uint o = p / push.inner;
            const uint i = p % push.inner;
            if (o * push.tile + i % push.tile >= push.batch) continue;
            const uint at = (o * push.features + f) * push.inner + i;
            const float one = x[at];
            mine += what == 0 ? one : what == 1 ? (one - centre) * (one - centre) : one * (z[at] - centre);
        }
        parts[id] = mine;
        barrier();
        for (uint half_ = threads / 2; half_ > 0; half_ /= 2) {
            if (id < half_) parts[id] += parts[id + half_];
            barrier();
        }
        if (id == 0) sums[f] = push.scale * parts[0];
        barrier();
    }
}
