// SPDX-License-Identifier: Apache-2.0
// Cross entropy of the softmax of each sample's logits against its label, its gradient with respect to the logits times `scale`,
// and whether the largest logit (the first of equals) is the label's. Logits and gradient are batch-tiled; one invocation per
// sample.
#version 450
#extension GL_GOOGLE_include_directive : require
layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint batch, classes, tile;
    float scale, smoothing;
} push;
layout(std430, binding = 0) readonly buffer X { float logits[]; };
layout(std430, binding = 1) readonly buffer L { uint label[]; };
layout(std430, binding = 2) writeonly buffer E { float loss[]; };
layout(std430, binding = 3) writeonly buffer C { float correct[]; };
layout(std430, binding = 4) writeonly buffer G { float gradient[]; };
#include "compute/tile.glsl"

void main() {
    const uint K = push.classes;
    const uint T = push.tile;
    const uint padded = (push.batch + T - 1) / T * T;
    const uint step = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint n = gl_GlobalInvocationID.x; n < padded; n += step) {
        if (n >= push.batch) {
            for (uint k = 0; k < K; ++k) gradient[tiledIndex(n, k, K, T)] = 0;
            continue;
        }
        float largest = -1.0 / 0.0;
        uint best = 0;
        for (uint k = 0; k < K; ++k) {
            const float one = logits[tiledIndex(n, k, K, T)];
            if (one > largest) {
                largest = one;
                best = k;
            }
        }
        float total = 0;
        float logitSum = 0;
        for (uint k = 0; k < K; ++k) {
            const float one = logits[tiledIndex(n, k, K, T)] - largest;
            total += exp(one);
            logitSum += one;
        }
        const float logTotal = log(total);
        const uint own = label[n];
        const float others = push.smoothing / float(K);
        const float ownLog = logits[tiledIndex(n, own, K, T)] - largest - logTotal;
        loss[n] = -(1 - push.smoothing) * ownLog - others * (logitSum - float(K) * logTotal);
        correct[n] = best == own ? 1 : 0;
        for (uint k = 0; k < K; ++k) {
            const float p = exp(logits[tiledIndex(n, k, K, T)] - largest) / total;
            gradient[tiledIndex(n, k, K, T)] =
                push.scale * (p - others - (k == own ? 1 - push.smoothing : 0));
        }
    }
}
