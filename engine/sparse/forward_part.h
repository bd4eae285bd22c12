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
/// mask); per edge shown 12 and the schedule in linear layers, 4 in convolutions.
class ForwardPart {
  public:
    /// `shown`: [edges of all] of u8, 1 or 0. With `linear`, schedules are made too.
    ForwardPart(const Topology& all, Tensor shown, bool linear);

    /// Without lists by column unless linear.
    backend::SparsePattern pattern() const { return topology_.pattern(); }
    backend::SparseSchedule schedule() const { return schedule_.view(); }
    /// The values of these edges, in their order.
    Tensor gather(const Tensor& values) const;
    /// Of a linear layer: the gradient of its input, from the `gathered` values, and of all its values.
    /// `schedule`: of `all`, for gradients of the weight.
    backend::SparseLinearGradients backward(const Tensor& x, const Tensor& gradient, const Topology& all,
                                            const backend::SparseSchedule& schedule, const Tensor& values,
                                            const Tensor& gathered, backend::InputGradient wanted) const;
    std::int64_t bytes() const;

  private:
    /// Columns of the edges that are not shown.
    std::vector<std::uint32_t> hiddenColumns(const Topology& all) const;

    Tensor shown_;
    Topology topology_;
    backend::LinearSchedule schedule_;
    std::vector<std::uint32_t> hiddenStart_;  ///< of each row, among the edges not shown; linear layers
    backend::LinearSchedule hiddenSchedule_;
};

}  // namespace filigree::sparse
