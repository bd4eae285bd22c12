// SPDX-License-Identifier: Apache-2.0
// The gradient of layer norm with respect to x, and per number dy (x - mean) / sqrt(...), whose sums over the rows are the gradient of
// gamma. A work group handles one row at a time.
#version 450
layout(local_size_x_id = 0) in;
const uint threads = gl_WorkGroupSize.x;

layout(push_constant) uniform Push { uint rows, width; } push;
layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) readonly buffer M { float mean[]; };
layout(std430, binding = 2) readonly buffer R { float root[]; };
layout(std430, binding = 3) readonly buffer G { float gamma[]; };
layout(std430, binding = 4) readonly buffer DY { float dy[]; };
layout(std430, binding = 5) writeonly buffer DX { float dx[]; };
layout(std430, binding = 6) writeonly buffer P { float products[]; };

shared float slopes[threads];
shared float projections[threads];

void main() {
    const uint id = gl_LocalInvocationID.x;
    for (uint row = gl_WorkGroupID.x; row < push.rows; row += gl_NumWorkGroups.x) {
        const uint base = row * push.width;
        float slope = 0;
        float projection = 0;
        for (uint d = id; d < push.width; d += threads) {
            const float normal = (x[base + d] - mean[row]) * root[row];
            const float g = dy[base + d] * gamma[d];
            slope += g;
            projection += g * normal;
            products[base + d] = dy[base + d] * normal;
        }
        slopes[id] = slope;
        projections[id] = projection;
        barrier();
        for (uint half_ = threads / 2; half_ > 0; half_ /= 2) {
            if (id < half_) {
                slopes[id] += slopes[id + half_];
                projections[id] += projections[id + half_];
            }
            barrier();
        }
        const float meanSlope = slopes[0] / float(push.width);
        const float meanProjection = projections[0] / float(push.width);
        for (uint d = id; d < push.width; d += threads) {
            const float normal = (x[base + d] - mean[row]) * root[row];
            dx[base + d] = root[row] * (dy[base + d] * gamma[d] - meanSlope - normal * meanProjection);
        }
        barrier();
    }
}
