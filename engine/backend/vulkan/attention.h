// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/vulkan/sparse_linear.h"

namespace filigree::vulkan {

/// Sizes of sparse attention: q and the result [heads, rows, width], k and v [heads, columns, width], the
/// mask rows x columns and the same for all heads. `scale` is 1 / sqrt(width) as a rule.
struct AttentionShape {
    std::uint64_t heads = 1;
    std::uint64_t width = 64;  ///< at most 256
    float scale = 1;
};

/// out[h, i] = sum_j p_ij v[h, j] over the edges (i, j) of the mask, p = softmax over the row of scale <q[h,
/// i], k[h, j]>: scores, softmax and sum in one pass, nothing of the size of the mask is written. logSum
/// [heads, rows] is for the backward pass. A row without edges gives 0. Cost: 4 heads edges width operations.
/// Absolute error against f64 for numbers of size 1: 2e-6. Throws Error (Device) where subgroups of a device
/// do not exchange numbers among eight neighbours.
void sparseAttention(Stream& stream, const AttentionShape& shape, const DevicePattern& mask, const View& q,
                     const View& k, const View& v, const View& out, const View& logSum);

/// Gradients of q, k, v from that of out; `delta` [heads, rows] is workspace. One pass by rows, one by
/// columns. Cost: 14 heads edges width operations. Absolute error against f64 for numbers of size 1: 2e-5.
void sparseAttentionBackward(Stream& stream, const AttentionShape& shape, const DevicePattern& mask,
                             const View& q, const View& k, const View& v, const View& out, const View& logSum,
                             const View& dOut, const View& dq, const View& dk, const View& dv,
                             const View& delta);

/// Tokens along each side of a block of blockAttention.
constexpr std::uint64_t attentionBlock = 16;

/// The same attention where the mask is made of whole blocks of 16 queries by 16 keys: an edge (i, j) of
/// `blocks` stands for the queries 16 i … 16 i + 15 and the keys 16 j … 16 j + 15, so that there are
/// 16 blocks.rows queries. Each number of a key is read once for 16 queries. Errors as above.
void blockAttention(Stream& stream, const AttentionShape& shape, const DevicePattern& blocks, const View& q,
                    const View& k, const View& v, const View& out, const View& logSum);
void blockAttentionBackward(Stream& stream, const AttentionShape& shape, const DevicePattern& blocks,
                            const View& q, const View& k, const View& v, const View& out, const View& logSum,
                            const View& dOut, const View& dq, const View& dk, const View& dv,
                            const View& delta);

}  // namespace filigree::vulkan
