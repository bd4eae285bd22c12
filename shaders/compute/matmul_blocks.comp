// SPDX-License-Identifier: Apache-2.0
// C = alpha op(A) op(B) + beta C (+ bias per row, then ReLU), for each z of a batch; op(A) is m x k, op(B) is k x n, both given by
// their strides. The sum may run over several pairs of matrices too (`parts`), which is how a weight gradient sums over batch
// tiles, and n over several matrices B (`tile`), which is how a layer takes all tiles of its batch at once. A work group computes
// a tileM x tileN block of C from slices of A and B in shared memory, an invocation 8 x 8 of it; while it computes with one slice,
// the next one is on its way. With `splits` > 1 a work group sums over a share of the slices only: matmul_sum adds up.
// What an invocation sums has names of its own, and no vector is indexed by a variable: compilers keep such in slow memory. A
// device in software takes seconds to compile it.
#version 450
#extension GL_EXT_control_flow_attributes : require
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint tileM = 128;
layout(constant_id = 2) const uint tileN = 128;
layout(constant_id = 3) const uint tileK = 8;
layout(constant_id = 4) const bool aAlongK = true;  // neighbours in k are neighbours in memory
layout(constant_id = 5) const bool bAlongK = false;
layout(constant_id = 6) const bool addBias = false;
layout(constant_id = 7) const bool relu = false;
// Four neighbours can be read (or written) at once: sizes and strides are multiples of four.
layout(constant_id = 8) const bool aByFour = false;
layout(constant_id = 9) const bool bByFour = false;
layout(constant_id = 10) const bool cByFour = false;

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

// First of the four elements that vector i of a slice holds, as (m or n, k) within the block.
uvec2 placeA(uint i) {
    return aAlongK ? uvec2(i / (tileK / 4), i % (tileK / 4) * 4) : uvec2(i % (tileM / 4) * 4, i / (tileM / 4));
}
uvec2 placeB(uint i) {
    return bAlongK ? uvec2(i / (tileK / 4), i % (tileK / 4) * 4) : uvec2(i % (tileN / 4) * 4, i / (tileN / 4));
}

float elementA(uint base, uint mm, uint kk) {
    return mm < push.m && kk < push.k ? a[base + mm * push.aRow + kk * push.aColumn] : 0;
}
vec4 fetchA(uint base, uint mm, uint kk) {
    if (aByFour) return mm < push.m && kk < push.k ? a4[(base + mm * push.aRow + kk * push.aColumn) / 4] : vec4(0);
    const uint down = aAlongK ? 0 : 1;
    const uint along = 1 - down;
    return vec4(elementA(base, mm, kk), elementA(base, mm + down, kk + along), elementA(base, mm + 2 * down, kk + 2 * along),
                elementA(base, mm + 3 * down, kk + 3 * along));
}

uint columnB(uint nn) {
    return nn / push.tile * push.bTile + nn % push.tile * push.bColumn;
}
float elementB(uint base, uint nn, uint kk) {
    return nn < push.n && kk < push.k ? b[base + columnB(nn) + kk * push.bRow] : 0;
}
vec4 fetchB(uint base, uint nn, uint kk) {
    if (bByFour) return nn < push.n && kk < push.k ? b4[(base + columnB(nn) + kk * push.bRow) / 4] : vec4(0);
    const uint across = bAlongK ? 0 : 1;
    const uint along = 1 - across;
    return vec4(elementB(base, nn, kk), elementB(base, nn + across, kk + along),
                elementB(base, nn + 2 * across, kk + 2 * along), elementB(base, nn + 3 * across, kk + 3 * along));
}

float finish(float sum, float term, uint at) {
    float value = push.alpha * sum + term;
    if (push.beta != 0) value += push.beta * c[at];
    return relu ? max(value, 0) : value;
}
// Where columns nn ... nn + 3 lie in a row of C.
uvec4 placesC(uint nn) {
    const uvec4 n = nn + uvec4(0, 1, 2, 3);
    return cByFour ? uvec4(nn / push.tile * push.cTile + nn % push.tile) : n / push.tile * push.cTile + n % push.tile;
}
void writeRow(vec4 sum, uint mm, uint nn, uvec4 places) {
    if (mm >= push.m || nn >= push.n) return;
    const float term = addBias ? bias[mm] : 0;
    const uvec4 at = places + (push.cFirst + gl_WorkGroupID.z * push.cBatch + mm * push.cRow);
    if (cByFour) {
        vec4 value = push.alpha * sum + term;
        if (push.beta != 0) value += push.beta * c4[at.x / 4];
        c4[at.x / 4] = relu ? max(value, vec4(0)) : value;
        return;
    }
    c[at.x] = finish(sum.x, term, at.x);
    if (nn + 1 < push.n) c[at.y] = finish(sum.y, term, at.y);
    if (nn + 2 < push.n) c[at.z] = finish(sum.z, term, at.z);
    if (nn + 3 < push.n) c[at.w] = finish(sum.w, term, at.w);
}
void writeBlock(mat4 sum, uint mm, uint nn, uvec4 places) {
    writeRow(sum[0], mm, nn, places);
    writeRow(sum[1], mm + 1, nn, places);
    writeRow(sum[2], mm + 2, nn, places);
    writeRow(sum[3], mm + 3, nn, places);
}

#define ADD_PRODUCT(sum, left, right)               \
    sum[0] = fma(vec4(left.x), right, sum[0]);      \
    sum[1] = fma(vec4(left.y), right, sum[1]);      \
    sum[2] = fma(vec4(left.z), right, sum[2]);      \
    sum[3] = fma(vec4(left.w), right, sum[3])

void main() {
    const uint id = gl_LocalInvocationID.x;
    // Vectors of a row of a slice that lie between the two that an invocation computes with.
    const uint across = tileN / 8;
    const uint down = tileM / 8;
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

    // Column e of a block is row e of C there.
    mat4 sum00 = mat4(0), sum01 = mat4(0), sum10 = mat4(0), sum11 = mat4(0);
    vec4 nextA[loadsA];
    vec4 nextB[loadsB];
    // `slice` is on its way while the one before it is computed with.
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
            [[unroll]] for (uint kk = 0; kk < tileK; ++kk) {
                const vec4 left0 = sliceA[(here + kk) * rowA + row];
                const vec4 left1 = sliceA[(here + kk) * rowA + row + down];
                const vec4 right0 = sliceB[(here + kk) * rowB + column];
                const vec4 right1 = sliceB[(here + kk) * rowB + column + across];
                ADD_PRODUCT(sum00, left0, right0);
                ADD_PRODUCT(sum01, left0, right1);
                ADD_PRODUCT(sum10, left1, right0);
                ADD_PRODUCT(sum11, left1, right1);
            }
        }
        if (slice < last) {
            const uint there = slice % 2 * tileK;
            [[unroll]] for (uint i = 0; i < loadsA; ++i) {
                const uvec2 at = placeA(id + i * threads);
                const uint to = (there + at.y) * rowA + at.x / 4;
                if (aAlongK) {
                    sliceA[to][at.x % 4] = nextA[i].x;
                    sliceA[to + rowA][at.x % 4] = nextA[i].y;
                    sliceA[to + 2 * rowA][at.x % 4] = nextA[i].z;
                    sliceA[to + 3 * rowA][at.x % 4] = nextA[i].w;
                } else {
                    sliceA[to] = nextA[i];
                }
            }
            [[unroll]] for (uint i = 0; i < loadsB; ++i) {
                const uvec2 at = placeB(id + i * threads);
                const uint to = (there + at.y) * rowB + at.x / 4;
                if (bAlongK) {
                    sliceB[to][at.x % 4] = nextB[i].x;
                    sliceB[to + rowB][at.x % 4] = nextB[i].y;
                    sliceB[to + 2 * rowB][at.x % 4] = nextB[i].z;
                    sliceB[to + 3 * rowB][at.x % 4] = nextB[i].w;
                } else {
                    sliceB[to] = nextB[i];
                }
            }
        }
        barrier();
    }

    const uint m0 = firstM + 4 * row;
    const uint m1 = m0 + 4 * down;
    const uint n0 = firstN + 4 * column;
    const uint n1 = n0 + 4 * across;
    const uvec4 places0 = placesC(n0);
    const uvec4 places1 = placesC(n1);
    writeBlock(sum00, m0, n0, places0);
    writeBlock(sum01, m0, n1, places1);
    writeBlock(sum10, m1, n0, places0);
    writeBlock(sum11, m1, n1, places1);
}
