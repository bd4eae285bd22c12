// SPDX-License-Identifier: Apache-2.0
// y[n][i] = sum over the non-zeros e of row i of w[e] x[n][index[e]] (+ bias[i], then ReLU): SpMM over batch-tiled memory, and with
// the transposed pattern (whose entries name their values through `edge`) the gradient of the input. Neighbouring invocations
// hold neighbouring samples of one row, so that a non-zero is read once for all of them and x in whole lines; an invocation
// holds `vectors` samples, or vectors of four neighbours, so that a non-zero serves more arithmetic. Work groups of neighbouring
// rows run at the same time, over the same samples: what one has read of x is near for the next. Lanes past the batch become 0.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
layout(local_size_x_id = 0, local_size_y_id = 1) in;
layout(constant_id = 2) const uint vectors = 1;
layout(constant_id = 3) const bool indirect = false;
layout(constant_id = 4) const bool addBias = false;
layout(constant_id = 5) const bool relu = false;
layout(constant_id = 6) const bool byFour = false;  // the tile is a multiple of four

layout(push_constant) uniform Push {
    uint rows, columns, batch, tile;
} push;
layout(std430, binding = 0) readonly buffer Start { uint start[]; };
layout(std430, binding = 1) readonly buffer Index { uint index[]; };
layout(std430, binding = 2) readonly buffer Edge { uint edge[]; };
layout(std430, binding = 3) readonly buffer W { float w[]; };
layout(std430, binding = 4) readonly buffer X { float x[]; };
layout(std430, binding = 4) readonly buffer X4 { vec4 x4[]; };
layout(std430, binding = 5) readonly buffer Bias { float bias[]; };
layout(std430, binding = 6) writeonly buffer Y { float y[]; };
layout(std430, binding = 6) writeonly buffer Y4 { vec4 y4[]; };
#include "compute/tile.glsl"

// The non-zeros that are read before the first of them is used.
const uint ahead = 4;

void productOfSingles() {
    const uint T = push.tile;
    const uint padded = (push.batch + T - 1) / T * T;
    const uint lanes = gl_WorkGroupSize.x;
    const uint first = gl_WorkGroupID.y * lanes * vectors + gl_LocalInvocationID.x;
    uint from[vectors];
    for (uint v = 0; v < vectors; ++v) {
        // Samples past the end read the first one's numbers and drop them.
        const uint n = first + v * lanes;
        from[v] = n < push.batch ? tiledIndex(n, 0, push.columns, T) : 0;
    }
    const uint step = gl_NumWorkGroups.x * gl_WorkGroupSize.y;
    for (uint row = gl_WorkGroupID.x * gl_WorkGroupSize.y + gl_LocalInvocationID.y; row < push.rows; row += step) {
        float sum[vectors];
        for (uint v = 0; v < vectors; ++v) sum[v] = addBias ? bias[row] : 0;
        const uint last = start[row + 1];
        for (uint e = start[row]; e < last; ++e) {
            const float weight = w[indirect ? edge[e] : e];
            const uint at = index[e] * T;
            for (uint v = 0; v < vectors; ++v) sum[v] += weight * x[from[v] + at];
        }
        for (uint v = 0; v < vectors; ++v) {
            const uint n = first + v * lanes;
            if (n >= padded) continue;
            const float value = relu ? max(sum[v], 0) : sum[v];
            y[tiledIndex(n, row, push.rows, T)] = n < push.batch ? value : 0;
        }
    }
}

void productOfFours() {
    const uint T = push.tile;
    const uint padded = (push.batch + T - 1) / T * T;
    const uint lanes = gl_WorkGroupSize.x;
    const uint first = (gl_WorkGroupID.y * lanes * vectors + gl_LocalInvocationID.x) * 4;
    uint from[vectors];
    [[unroll]] for (uint v = 0; v < vectors; ++v) {
        const uint n = first + v * lanes * 4;
        from[v] = n < padded ? tiledIndex(n, 0, push.columns, T) / 4 : 0;
    }
    const uint step = gl_NumWorkGroups.x * gl_WorkGroupSize.y;
    for (uint row = gl_WorkGroupID.x * gl_WorkGroupSize.y + gl_LocalInvocationID.y; row < push.rows; row += step) {
        vec4 sum[vectors];
        [[unroll]] for (uint v = 0; v < vectors; ++v) sum[v] = vec4(addBias ? bias[row] : 0);
        const uint last = start[row + 1];
        uint e = start[row];
        for (; e + ahead <= last; e += ahead) {
            float weight[ahead];
            uint at[ahead];
            [[unroll]] for (uint i = 0; i < ahead; ++i) {
                weight[i] = w[indirect ? edge[e + i] : e + i];
                at[i] = index[e + i] * (T / 4);
            }
            vec4 here[ahead * vectors];
            [[unroll]] for (uint i = 0; i < ahead; ++i)
                [[unroll]] for (uint v = 0; v < vectors; ++v) here[i * vectors + v] = x4[from[v] + at[i]];
            [[unroll]] for (uint i = 0; i < ahead; ++i)
                [[unroll]] for (uint v = 0; v < vectors; ++v) sum[v] += weight[i] * here[i * vectors + v];
        }
        for (; e < last; ++e) {
            const float weight = w[indirect ? edge[e] : e];
            const uint at = index[e] * (T / 4);
            [[unroll]] for (uint v = 0; v < vectors; ++v) sum[v] += weight * x4[from[v] + at];
        }
        [[unroll]] for (uint v = 0; v < vectors; ++v) {
            const uint n = first + v * lanes * 4;
            if (n >= padded) continue;
            const vec4 value = relu ? max(sum[v], vec4(0)) : sum[v];
            y4[tiledIndex(n, row, push.rows, T) / 4] =
                mix(vec4(0), value, lessThan(n + uvec4(0, 1, 2, 3), uvec4(push.batch)));
        }
    }
}

void main() {
    if (byFour)
        productOfFours();
    else
        productOfSingles();
}
