// SPDX-License-Identifier: Apache-2.0
// The second half of a product whose sum was split among work groups: C = alpha sum over the splits + beta C (+ bias per row, then
// ReLU), in the order of the splits. The parts lie [batch][split][m][n].
#version 450
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool addBias = false;
layout(constant_id = 2) const bool relu = false;

layout(push_constant) uniform Push {
    uint m, n, batches, splits;
    uint cRow, cBatch, cFirst, tile, cTile;
    float alpha, beta;
} push;
layout(std430, binding = 0) readonly buffer Parts { float parts[]; };
layout(std430, binding = 1) readonly buffer Bias { float bias[]; };
layout(std430, binding = 2) buffer C { float c[]; };

void main() {
    const uint matrix = push.m * push.n;
    const uint step = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint i = gl_GlobalInvocationID.x; i < push.batches * matrix; i += step) {
        const uint batch = i / matrix;
        const uint mm = i % matrix / push.n;
        const uint nn = i % push.n;
        float sum = 0;
        for (uint split = 0; split < push.splits; ++split)
            sum += parts[(batch * push.splits + split) * matrix + i % matrix];
        const uint at = push.cFirst + batch * push.cBatch + mm * push.cRow + nn / push.tile * push.cTile + nn % push.tile;
        float value = push.alpha * sum;
        if (push.beta != 0) value += push.beta * c[at];
        if (addBias) value += bias[mm];
        c[at] = relu ? max(value, 0) : value;
    }
}
