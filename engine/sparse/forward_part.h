// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backend/sparse_schedule.h"
#include "sparse/topology.h"
#include "tensor/tensor.h"

namespace filigree::sparse {

/// Of a layer that trains more connections than it multiplies by: those that its forward product goes over,
/// the effective values of the others being 0. The product has the same bits as that over all connections,
/// since sums keep their order. Rows alone: the way back goes over all connections. Memory: 8 bytes per edge
/// and the schedule.
class ForwardPart {
  public:
    /// `edges`: of `all`, ascending. With `linear`, a linear layer's schedule is made too.
    ForwardPart(const Topology& all, std::vector<std::uint32_t> edges, bool linear);

    /// Without the lists by column.
    backend::SparsePattern pattern() const;
    backend::SparseSchedule schedule() const { return schedule_.view(); }
    /// The values of these edges, in their order.
    Tensor gather(const Tensor& values) const;
    std::int64_t bytes() const;

  private:
    std::int64_t rows_;
    std::int64_t columns_;
    std::vector<std::uint32_t> edges_;
    std::vector<std::uint32_t> rowStart_;
    std::vector<std::uint32_t> column_;
    backend::LinearSchedule schedule_;
};

}  // namespace filigree::sparse
