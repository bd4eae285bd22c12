// SPDX-License-Identifier: Apache-2.0
// C = alpha op(A) op(B) + beta C (+ bias per row, then ReLU), for each z of a batch; op(A) is m x k, op(B) is k x n, both given by
// their strides. The sum may run over several pairs of matrices too (`parts`), which is how a weight gradient sums over batch
// tiles. A work group computes a tileM x tileN block of C from slices of A and B in shared memory, an invocation perM x perN of it.
// With `splits` > 1 a work group sums over a share of the slices only: matmul_sum adds up. Large products: matmul_blocks.
#version 450
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint tileM = 64;
layout(constant_id = 2) const uint tileN = 64;
layout(constant_id = 3) const uint tileK = 16;
layout(constant_id = 4) const uint perM = 4;
layout(constant_id = 5) const uint perN = 4;
layout(constant_id = 6) const bool aAlongK = true;  // neighbours in k are neighbours in memory
layout(constant_id = 7) const bool bAlongK = false;
layout(constant_id = 8) const bool addBias = false;
layout(constant_id = 9) const bool relu = false;

layout(push_constant) uniform Push {
    uint m, n, k, parts;
    uint aRow, aColumn, bRow, bColumn;
    uint cRow, aBatch, bBatch, cBatch;
    uint aPart, bPart;
    float alpha, beta;
    uint aFirst, bFirst, cFirst;
    uint tile, bTile, cTile;  // of matmul_blocks
    uint splits, slices;      // shares of the slices, and slices in one
} push;
layout(std430, binding = 0) readonly buffer A { float a[]; };
layout(std430, binding = 1) readonly buffer B { float b[]; };
layout(std430, binding = 2) readonly buffer Bias { float bias[]; };
layout(std430, binding = 3) buffer C { float c[]; };

// One number of padding per row keeps a column's numbers in different banks.
shared float sliceA[tileK * (tileM + 1)];
shared float sliceB[tileK * (tileN + 1)];

void main() {
    const uint threads = gl_WorkGroupSize.x;
    const uint id = gl_LocalInvocationID.x;
    const uint across = tileN / perN;
    const uint down = tileM / perM;
    const uint column = id % across;
    const uint row = id / across;
    const uint firstM = gl_WorkGroupID.y * tileM;
    const uint firstN = gl_WorkGroupID.x * tileN;
    float sum[perM * perN];
    for (uint i = 0; i < perM * perN; ++i) sum[i] = 0;

    const uint batch = gl_WorkGroupID.z / push.splits;
    // Slices never reach over the end of a part.
    const uint slicesOfPart = (push.k + tileK - 1) / tileK;
    const uint first = gl_WorkGroupID.z % push.splits * push.slices;
    const uint last = min(first + push.slices, slicesOfPart * push.parts);
    for (uint slice = first; slice < last; ++slice) {
        const uint part = slice / slicesOfPart;
        const uint firstK = slice % slicesOfPart * tileK;
        const uint baseA = push.aFirst + batch * push.aBatch + part * push.aPart;
        const uint baseB = push.bFirst + batch * push.bBatch + part * push.bPart;
        for (uint i = id; i < tileM * tileK; i += threads) {
            const uint mm = aAlongK ? i / tileK : i % tileM;
            const uint kk = aAlongK ? i % tileK : i / tileM;
            const bool inside = firstM + mm < push.m && firstK + kk < push.k;
            sliceA[kk * (tileM + 1) + mm] =
                inside ? a[baseA + (firstM + mm) * push.aRow + (firstK + kk) * push.aColumn] : 0;
        }
        for (uint i = id; i < tileN * tileK; i += threads) {
            const uint nn = bAlongK ? i / tileK : i % tileN;
            const uint kk = bAlongK ? i % tileK : i / tileN;
            const bool inside = firstN + nn < push.n && firstK + kk < push.k;
            sliceB[kk * (tileN + 1) + nn] =
                inside ? b[baseB + (firstK + kk) * push.bRow + (firstN + nn) * push.bColumn] : 0;
        }
        barrier();
        for (uint kk = 0; kk < tileK; ++kk) {
            float left[perM];
            for (uint i = 0; i < perM; ++i) left[i] = sliceA[kk * (tileM + 1) + row + i * down];
            for (uint j = 0; j < perN; ++j) {
                const float right = sliceB[kk * (tileN + 1) + column + j * across];
                for (uint i = 0; i < perM; ++i) sum[i * perN + j] += left[i] * right;
            }
        }
        barrier();
    }
    for (uint i = 0; i < perM; ++i)
        for (uint j = 0; j < perN; ++j) {
            const uint mm = firstM + row + i * down;
            const uint nn = firstN + column + j * across;
            if (mm >= push.m || nn >= push.n) continue;
            const uint at = push.cFirst + gl_WorkGroupID.z * push.cBatch + mm * push.cRow + nn;
            float value = push.alpha * sum[i * perN + j];
            if (push.beta != 0) value += push.beta * c[at];
            if (addBias) value += bias[mm];
            c[at] = relu ? max(value, 0) : value;
        }
}
