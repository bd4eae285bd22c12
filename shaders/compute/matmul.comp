// SPDX-License-Identifier: Apache-2.0
// C = alpha op(A) op(B) + beta C (+ bias per row, then ReLU), for each z of a batch; op(A) is m x k, op(B) is k x n, both given by
// their strides. The sum may run over several pairs of matrices too (`parts`), which is how a weight gradient sums over batch
// tiles, and n over several matrices B (`tile`), which is how a layer takes all tiles of its batch at once. A work group computes
// a tileM x tileN block of C from slices of A and B in shared memory, an invocation perM x perN of it; while it computes with one
// slice, the next one is on its way. With `splits` > 1 a work group sums over a share of the slices only: matmul_sum adds up.
#version 450
#extension GL_EXT_control_flow_attributes : require
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint tileM = 64;
layout(constant_id = 2) const uint tileN = 64;
layout(constant_id = 3) const uint tileK = 16;
layout(constant_id = 4) const uint perM = 4;  // multiples of 4, as all of the above
layout(constant_id = 5) const uint perN = 4;
layout(constant_id = 6) const bool aAlongK = true;  // neighbours in k are neighbours in memory
layout(constant_id = 7) const bool bAlongK = false;
layout(constant_id = 8) const bool addBias = false;
layout(constant_id = 9) const bool relu = false;
// Four neighbours can be read (or written) at once: sizes and strides are multiples of four.
layout(constant_id = 10) const bool aByFour = false;
layout(constant_id = 11) const bool bByFour = false;
layout(constant_id = 12) const bool cByFour = false;

layout(push_constant) uniform Push {
    uint m, n, k, parts;
    uint aRow, aColumn, bRow, bColumn;
    uint cRow, aBatch, bBatch, cBatch;
    uint aPart, bPart;
    float alpha, beta;
    uint aFirst, bFirst, cFirst;
    uint tile, bTile, cTile;  // n in one matrix, and how far apart the matrices are
    uint splits, slices;      // shares of the slices, and slices in one
} push;
layout(std430, binding = 0) readonly buffer A { float a[]; };
layout(std430, binding = 0) readonly buffer A4 { vec4 a4[]; };
layout(std430, binding = 1) readonly buffer B { float b[]; };
layout(std430, binding = 1) readonly buffer B4 { vec4 b4[]; };
layout(std430, binding = 2) readonly buffer Bias { float bias[]; };
layout(std430, binding = 3) buffer C { float c[]; };
layout(std430, binding = 3) buffer C4 { vec4 c4[]; };

// Slices lie [k][m / 4] and [k][n / 4]; one vector of padding per row keeps a column in different banks. Two of each.
const uint rowA = tileM / 4 + 1;
const uint rowB = tileN / 4 + 1;
shared vec4 sliceA[2 * tileK * rowA];
shared vec4 sliceB[2 * tileK * rowB];

const uint threads = gl_WorkGroupSize.x;
// Vectors of a slice that an invocation fetches.
const uint loadsA = tileM * tileK / (4 * threads);
const uint loadsB = tileN * tileK / (4 * threads);
const uint fourM = perM / 4;
const uint fourN = perN / 4;

// First of the four elements that vector i of a slice holds, as (m or n, k) within the block.
uvec2 placeA(uint i) {
    return aAlongK ? uvec2(i / (tileK / 4), i % (tileK / 4) * 4) : uvec2(i % (tileM / 4) * 4, i / (tileM / 4));
}
uvec2 placeB(uint i) {
    return bAlongK ? uvec2(i / (tileK / 4), i % (tileK / 4) * 4) : uvec2(i % (tileN / 4) * 4, i / (tileN / 4));
}

vec4 fetchA(uint base, uint mm, uint kk) {
    const uint at = base + mm * push.aRow + kk * push.aColumn;
    if (aByFour) return mm < push.m && kk < push.k ? a4[at / 4] : vec4(0);
    vec4 value = vec4(0);
    [[unroll]] for (uint j = 0; j < 4; ++j) {
        const bool inside = aAlongK ? mm < push.m && kk + j < push.k : mm + j < push.m && kk < push.k;
        if (inside) value[j] = a[at + j * (aAlongK ? push.aColumn : push.aRow)];
    }
    return value;
}

uint columnB(uint nn) {
    return nn / push.tile * push.bTile + nn % push.tile * push.bColumn;
}
vec4 fetchB(uint base, uint nn, uint kk) {
    if (bByFour) {
        const uint at = base + columnB(nn) + kk * push.bRow;
        return nn < push.n && kk < push.k ? b4[at / 4] : vec4(0);
    }
    vec4 value = vec4(0);
    [[unroll]] for (uint j = 0; j < 4; ++j) {
        const uint n = bAlongK ? nn : nn + j;
        const uint k = bAlongK ? kk + j : kk;
        if (n < push.n && k < push.k) value[j] = b[base + columnB(n) + k * push.bRow];
    }
    return value;
}

void main() {
    const uint id = gl_LocalInvocationID.x;
    const uint across = tileN / perN;
    const uint down = tileM / perM;
    const uint column = id % across;
    const uint row = id / across;
    const uint firstM = gl_WorkGroupID.y * tileM;
    const uint firstN = gl_WorkGroupID.x * tileN;
    const uint batch = gl_WorkGroupID.z / push.splits;
    const uint baseA = push.aFirst + batch * push.aBatch;
    const uint baseB = push.bFirst + batch * push.bBatch;
    // Slices never reach over the end of a part.
    const uint slicesOfPart = (push.k + tileK - 1) / tileK;
    const uint first = gl_WorkGroupID.z % push.splits * push.slices;
    const uint last = min(first + push.slices, slicesOfPart * push.parts);
    uint part = slicesOfPart > 0 ? first / slicesOfPart : 0;
    uint firstK = slicesOfPart > 0 ? first % slicesOfPart * tileK : 0;

    vec4 sum[perM * fourN];
    [[unroll]] for (uint i = 0; i < perM * fourN; ++i) sum[i] = vec4(0);
    vec4 nextA[loadsA];
    vec4 nextB[loadsB];
    // The slice after the one that is computed with; behind the last one the last one again.
    for (uint slice = first; slice <= last; ++slice) {
        if (slice < last) {
            [[unroll]] for (uint i = 0; i < loadsA; ++i) {
                const uvec2 at = placeA(id + i * threads);
                nextA[i] = fetchA(baseA + part * push.aPart, firstM + at.x, firstK + at.y);
            }
            [[unroll]] for (uint i = 0; i < loadsB; ++i) {
                const uvec2 at = placeB(id + i * threads);
                nextB[i] = fetchB(baseB + part * push.bPart, firstN + at.x, firstK + at.y);
            }
            firstK += tileK;
            if (firstK >= push.k) {
                firstK = 0;
                ++part;
            }
        }
        if (slice > first) {
            const uint here = (slice - 1) % 2 * tileK;
            for (uint kk = 0; kk < tileK; ++kk) {
                vec4 left[fourM];
                vec4 right[fourN];
                [[unroll]] for (uint i = 0; i < fourM; ++i) left[i] = sliceA[(here + kk) * rowA + row + i * down];
                [[unroll]] for (uint j = 0; j < fourN; ++j) right[j] = sliceB[(here + kk) * rowB + column + j * across];
                [[unroll]] for (uint i = 0; i < fourM; ++i)
                    [[unroll]] for (uint e = 0; e < 4; ++e)
                        [[unroll]] for (uint j = 0; j < fourN; ++j) sum[(i * 4 + e) * fourN + j] += left[i][e] * right[j];
            }
        }
        if (slice < last) {
            const uint there = slice % 2 * tileK;
            [[unroll]] for (uint i = 0; i < loadsA; ++i) {
                const uvec2 at = placeA(id + i * threads);
                if (aAlongK)
                    [[unroll]] for (uint j = 0; j < 4; ++j)
                        sliceA[(there + at.y + j) * rowA + at.x / 4][at.x % 4] = nextA[i][j];
                else
                    sliceA[(there + at.y) * rowA + at.x / 4] = nextA[i];
            }
            [[unroll]] for (uint i = 0; i < loadsB; ++i) {
                const uvec2 at = placeB(id + i * threads);
                if (bAlongK)
                    [[unroll]] for (uint j = 0; j < 4; ++j)
                        sliceB[(there + at.y + j) * rowB + at.x / 4][at.x % 4] = nextB[i][j];
                else
                    sliceB[(there + at.y) * rowB + at.x / 4] = nextB[i];
            }
        }
        barrier();
    }

    const uint baseC = push.cFirst + gl_WorkGroupID.z * push.cBatch;
    [[unroll]] for (uint i = 0; i < perM; ++i) {
        const uint mm = firstM + (row + i / 4 * down) * 4 + i % 4;
        if (mm >= push.m) continue;
        const float term = addBias ? bias[mm] : 0;
        [[unroll]] for (uint j = 0; j < fourN; ++j) {
            const uint nn = firstN + (column + j * across) * 4;
            vec4 value = push.alpha * sum[i * fourN + j];
            if (cByFour) {
                if (nn >= push.n) continue;
                const uint at = (baseC + mm * push.cRow + nn / push.tile * push.cTile + nn % push.tile) / 4;
                if (push.beta != 0) value += push.beta * c4[at];
                value += term;
                c4[at] = relu ? max(value, vec4(0)) : value;
                continue;
            }
            [[unroll]] for (uint e = 0; e < 4; ++e) {
                const uint n = nn + e;
                if (n >= push.n) continue;
                const uint at = baseC + mm * push.cRow + n / push.tile * push.cTile + n % push.tile;
                float one = value[e];
                if (push.beta != 0) one += push.beta * c[at];
                one += term;
                c[at] = relu ? max(one, 0) : one;
            }
        }
    }
}
