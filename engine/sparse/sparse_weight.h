// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "autograd/convolution.h"
#include "autograd/normalization.h"
#include "autograd/variable.h"
#include "backend/sparse_schedule.h"
#include "sparse/activity.h"
#include "sparse/forward_part.h"
#include "sparse/topology.h"

namespace filigree::sparse {

/// How a layer multiplies: over its non-zeros, or by a dense product of a scattered copy (small or nearly
/// dense layers). Both read and train the same values and agree to rounding.
enum class Execution { Sparse, MaskedDense };

/// The weight of one sparse layer: its pattern, one value per edge, and the history of its connections.
///
/// Linear layers have the dense shape [O, I], convolutions [O, C, kh, kw], seen as the matrix O x (C kh kw).
/// There is no dense copy of the weight, its gradient or its optimiser state.
class SparseWeight {
  public:
    /// All values zero. `name` is the layer's, e.g. "fc1". Throws Error (Run) if pattern and shape do not
    /// fit.
    SparseWeight(std::string name, const Shape& denseShape, Topology topology, DType type = DType::F32);

    const std::string& name() const { return name_; }
    const Shape& denseShape() const { return denseShape_; }
    const Topology& topology() const { return *topology_; }
    std::shared_ptr<const Topology> sharedTopology() const { return topology_; }
    /// One value per edge, [edges].
    autograd::Variable& values() { return values_; }
    const autograd::Variable& values() const { return values_; }
    /// What the layer multiplies by: the values, or what follows from them.
    autograd::Variable effective() const {
        return reparameterization_ ? reparameterization_(values_) : values_;
    }
    /// Makes the layer multiply by a function of the values, [edges] to [edges] (see reparameterization.h);
    /// an empty one ends that.
    using Reparameterization = std::function<autograd::Variable(const autograd::Variable& values)>;
    void setReparameterization(Reparameterization function) { reparameterization_ = std::move(function); }
    bool isReparameterized() const { return static_cast<bool>(reparameterization_); }
    /// Lets the forward product and, in linear layers, the gradient of the input go over the edges with a 1
    /// in `shown` alone ([edges] of u8, kept), the effective values of the others being 0, until the pattern
    /// changes. The results are the same, those gradients to rounding. The pattern then loses its lists by
    /// column.
    void setForwardEdges(const Tensor& shown);
    /// Bytes of pattern and schedules.
    std::int64_t indexBytes() const;
    std::int64_t fanIn() const { return topology_->columns(); }

    Execution execution() const { return execution_; }
    void setExecution(Execution execution) { execution_ = execution; }

    /// Rounds that each position has been active (N of DST-EE) and the round each edge was born in.
    const Activity& activity() const { return activity_; }
    const std::vector<std::int32_t>& birthRounds() const { return births_; }
    std::int32_t round() const { return round_; }

    /// Takes a new pattern and advances the history by one round: values of surviving edges stay, new ones
    /// start at 0. `reborn`: positions that are active before and after but were dropped and grown again,
    /// ascending: they start at 0 too. Returns for each new edge its old edge, or -1 where it is new or
    /// reborn, as optimisers need it.
    std::vector<std::int64_t> rewire(Topology next, std::span<const std::uint32_t> reborn = {});
    /// The same for a round that a device has done: the values are where they belong already.
    void adopt(Topology next, std::span<const std::int64_t> sources);
    /// A round in which nothing changes still counts as one.
    void advanceRound();
    /// Restores pattern and history from a checkpoint. Throws Error (Data) if the sizes do not fit.
    void restore(Topology topology, Tensor values, Activity activity, std::vector<std::int32_t> births,
                 std::int32_t round);

    /// Forgets the history of positions that are not active: for methods that only prune, whose memory shall
    /// shrink with their connections.
    void forgetInactive();
    /// Keeps no history of connections from now on, `activity` and `birthRounds` are empty: for patterns that
    /// are not what is multiplied by.
    void forgetHistory();

    /// Dense copy [O, I] or [O, C, kh, kw] of the effective values, for the masked-dense path and for export.
    Tensor dense() const { return scatter(effective().value()); }

    /// While on, each backward pass keeps what the dense weight gradient is made of: the layer's input and
    /// the gradient of its output (references, not copies).
    void setCapturing(bool on);
    bool capturing() const { return capturing_; }
    /// d loss / d W at every position, inactive ones included, in the dense shape: mean over the captured
    /// passes. Throws Error (Run) if nothing was captured.
    Tensor denseGradient() const;
    /// The same in slabs of whole rows (outputs), as many as have `elements` positions but at least one:
    /// calls body(first row, [rows of it, positions of a row]), so that all of it never exists at once.
    void forDenseGradientRows(std::int64_t elements,
                              const std::function<void(std::int64_t, const Tensor&)>& body) const;

  private:
    friend autograd::Variable linear(const autograd::Variable&, const std::shared_ptr<SparseWeight>&,
                                     const autograd::Variable&, bool);
    friend autograd::Variable conv2d(const autograd::Variable&, const std::shared_ptr<SparseWeight>&,
                                     const autograd::Variable&, const backend::Conv2dOptions&);
    friend autograd::ConvolutionOperand convolutionOperand(const std::shared_ptr<SparseWeight>&,
                                                           const backend::Conv2dOptions&);
    static autograd::Variable maskedLinear(const autograd::Variable& x,
                                           const std::shared_ptr<SparseWeight>& weight,
                                           const autograd::Variable& bias);
    /// goesBack: the gradient of the input will be wanted of all edges.
    void setTopology(Topology topology, bool goesBack = true);
    bool skipsInForward() const { return forward_ && execution_ == Execution::Sparse; }
    /// Values of the edges in the dense shape, 0 elsewhere.
    Tensor scatter(const Tensor& values) const;
    /// The same, which may share storage with the values; and the values at the edges of a dense tensor,
    /// which may share storage with that.
    Tensor asDense(const Tensor& values) const;
    Tensor atEdges(const Tensor& dense) const;
    bool isFull() const { return topology_->edges() == topology_->size(); }
    void requireCaptures() const;
    void adoptPattern(Topology next, std::span<const std::int64_t> sources);

    struct Capture {
        Tensor input;
        Tensor outputGradient;
        backend::Conv2dOptions options;
    };

    std::string name_;
    Shape denseShape_;
    std::shared_ptr<const Topology> topology_;
    std::shared_ptr<const backend::LinearSchedule> schedule_;  ///< of linear layers
    std::shared_ptr<const ForwardPart> forward_;               ///< or null
    autograd::Variable values_;
    Reparameterization reparameterization_;
    Execution execution_ = Execution::Sparse;
    bool keepsHistory_ = true;
    Activity activity_;
    std::vector<std::int32_t> births_;
    std::int32_t round_ = 0;
    bool capturing_ = false;
    std::vector<Capture> captures_;
};

/// y = x W^T + b over the non-zeros, and max(0, y) with `rectified` in the same pass. x [N, I], b [O] or
/// undefined, y [N, O].
autograd::Variable linear(const autograd::Variable& x, const std::shared_ptr<SparseWeight>& weight,
                          const autograd::Variable& bias, bool rectified = false);

/// 2-D convolution over the non-zeros. x [N, C, H, W], b [O] or undefined, y [N, O, H', W']; groups must
/// be 1.
autograd::Variable conv2d(const autograd::Variable& x, const std::shared_ptr<SparseWeight>& weight,
                          const autograd::Variable& bias, const backend::Conv2dOptions& options);

/// The weight for autograd::convolutionBatchNorm, which then feeds its dense gradient (setCapturing).
autograd::ConvolutionOperand convolutionOperand(const std::shared_ptr<SparseWeight>& weight,
                                                const backend::Conv2dOptions& options);

}  // namespace filigree::sparse
