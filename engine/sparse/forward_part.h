// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "backend/sparse_linear.h"
#include "backend/sparse_schedule.h"
#include "sparse/topology.h"
#include "tensor/tensor.h"

namespace filigree::sparse {

/// Of a layer that trains more connections than it multiplies by: those that it multiplies by, "shown", the
/// effective values of the others being 0. The forward product and the gradient of the input go over these
/// alone; the gradient of the weight goes over all. Memory: 1 byte per edge (shared with whoever gave the
/// mask), 4 per edge shown and the schedule, which grows by 4 per edge shown once a linear layer's input has
/// a gradient.
class ForwardPart {
  public:
    /// `shown`: [edges of all] of u8, 1 or 0. With `linear`, schedules are made too.
    ForwardPart(const Topology& all, Tensor shown, bool linear);

    /// For the forward product, of linear layers with the schedule.
    backend::SparsePattern pattern() const { return topology_.pattern(); }
    backend::SparseSchedule schedule() const { return schedule_.view(); }
    /// The values of these edges, in their order.
    Tensor gather(const Tensor& values) const;
    /// Of a linear layer: the gradient of its input, from the `gathered` values, and of the values of `all`.
    /// `schedule`: of `all`, where the input's is not wanted.
    backend::SparseLinearGradients backward(const Tensor& x, const Tensor& gradient, const Topology& all,
                                            const backend::SparseSchedule& schedule, const Tensor& gathered,
                                            backend::InputGradient wanted) const;
    std::int64_t bytes() const;

  private:
    /// Columns of the edges that are not shown.
    std::vector<std::uint32_t> hiddenColumns(const Topology& all) const;

    /// Makes what only the gradient of an input needs, which first layers never have: when it is first asked
    /// for, by the one thread that trains.
    void prepareWayBack(const Topology& all) const;

    Tensor shown_;
    Topology topology_;
    mutable backend::LinearSchedule schedule_;
    mutable std::vector<std::uint32_t> hiddenStart_;  ///< of each row, among the edges not shown
    mutable backend::LinearSchedule hiddenSchedule_;
};

}  // namespace filigree::sparse
