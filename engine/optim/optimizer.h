// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "autograd/variable.h"

namespace filigree::optim {

/// A variable that is trained. The name ("conv1.weight") keys its state in checkpoints and must be unique.
struct TrainedVariable {
    std::string name;
    autograd::Variable variable;
};

/// Variables that share their learning rate and weight decay.
struct ParameterGroup {
    std::vector<TrainedVariable> parameters;
    double learningRate = 0.1;
    double weightDecay = 0;
};

/// Coupled: the gradient becomes g + decay w (L2 regularisation). Decoupled: w becomes (1 - learningRate
/// decay) w before the step (Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019).
enum class WeightDecay { Coupled, Decoupled };

/// Two groups: what decays (with `weightDecay`) and what does not (with 0); empty groups are left out.
/// `parameters` is a range of anything with members name, variable and decays (nn::Parameter).
template <typename Parameters>
std::vector<ParameterGroup> groupByDecay(const Parameters& parameters, double learningRate,
                                         double weightDecay) {
    ParameterGroup decaying{{}, learningRate, weightDecay}, fixed{{}, learningRate, 0};
    for (const auto& parameter : parameters)
        (parameter.decays ? decaying : fixed).parameters.push_back({parameter.name, parameter.variable});
    std::vector<ParameterGroup> groups;
    for (ParameterGroup* group : {&decaying, &fixed})
        if (!group->parameters.empty()) groups.push_back(std::move(*group));
    return groups;
}

/// Changes variables along their gradients and keeps the state that this needs (momentum, moments), one value
/// of each kind per value of the variable, so that a sparse weight has sparse state.
///
/// State is made when a variable first has a gradient. Results do not depend on the number of threads.
class Optimizer {
  public:
    virtual ~Optimizer() = default;
    Optimizer(const Optimizer&) = delete;
    Optimizer& operator=(const Optimizer&) = delete;

    /// One update of every variable that has a gradient; the others keep value and state.
    /// Throws Error (Run) if a variable changed its number of values without `remap`.
    void step();
    void zeroGradients();

    /// Sets the rate of every group.
    void setLearningRate(double rate);
    void setLearningRate(std::size_t group, double rate);
    /// Rate of the first group.
    double learningRate() const;
    const std::vector<ParameterGroup>& groups() const { return groups_; }

    /// The values of a variable were rearranged (rewiring): value i is now what value source[i] was, or new
    /// if source[i] is -1. State follows; that of new values is 0. The count of steps (Adam) is kept. The
    /// variable itself is the caller's to change, before or after. Throws Error (Run) on indices out of range
    /// and on variables that are not trained here.
    void remap(const autograd::Variable& variable, std::span<const std::int64_t> source);

    /// Forgets the state of one variable, or of all (count of steps included).
    void clearState(const autograd::Variable& variable);
    void clearState();

    /// All state as tensors named "<parameter>.<kind>" in a fixed order: kind is momentum (SGD), or
    /// first_moment, second_moment and step (Adam; step is an i64 scalar). The tensors share storage with the
    /// optimiser.
    std::vector<std::pair<std::string, Tensor>> state() const;
    /// Replaces all state by what `state` returned (copied). Throws Error (Run) naming the tensor for unknown
    /// names, wrong shapes and missing or partial state.
    void loadState(std::span<const std::pair<std::string, Tensor>> state);
    /// All state of a variable, sharing storage; nothing if there is none yet. For whoever rearranges it in
    /// place.
    std::vector<Tensor> states(const autograd::Variable& variable) const;
    /// State of one kind of a variable ("momentum"), sharing storage; undefined if there is none yet.
    Tensor state(const autograd::Variable& variable, std::string_view kind) const;

  protected:
    struct Slot {
        TrainedVariable parameter;
        std::size_t group = 0;
        std::vector<Tensor>
            buffers;  ///< one per kind, each with the shape of the value; empty until first used
        std::int64_t steps = 0;
    };

    /// Throws Error (Run) for names that occur twice, variables without value and rates or decays that are
    /// negative or not finite.
    Optimizer(std::vector<ParameterGroup> groups, std::vector<std::string> kinds, bool countsSteps);

    /// Updates value, slot.buffers (made, zero at first) from the gradient; all contiguous, of one shape and
    /// dtype. slot.steps counts this step already.
    virtual void update(Slot& slot, const ParameterGroup& group, Tensor& value, const Tensor& gradient) = 0;

  private:
    Slot& slotOf(const autograd::Variable& variable);
    const Slot* find(const autograd::Variable& variable) const;

    std::vector<ParameterGroup> groups_;
    std::vector<std::string> kinds_;
    bool countsSteps_;
    std::vector<Slot> slots_;
};

struct SgdOptions {
    double momentum = 0;
    bool nesterov = false;
    WeightDecay decay = WeightDecay::Coupled;
};

/// Stochastic gradient descent with momentum m (dampening 0), as in PyTorch:
///   v <- m v + g;  w <- w - learningRate (nesterov ? g + m v : v).
/// Without momentum it keeps no state.
class Sgd final : public Optimizer {
  public:
    Sgd(std::vector<ParameterGroup> groups, const SgdOptions& options);

  protected:
    void update(Slot& slot, const ParameterGroup& group, Tensor& value, const Tensor& gradient) override;

  private:
    SgdOptions options_;
};

struct AdamOptions {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    WeightDecay decay = WeightDecay::Coupled;  ///< Decoupled makes it AdamW
};

/// Adam (Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1):
///   m <- b1 m + (1 - b1) g;  s <- b2 s + (1 - b2) g^2;
///   w <- w - learningRate / (1 - b1^t) m / (sqrt(s / (1 - b2^t)) + epsilon).
/// t counts the steps of a variable as a whole and survives `remap`.
class Adam final : public Optimizer {
  public:
    Adam(std::vector<ParameterGroup> groups, const AdamOptions& options);

  protected:
    void update(Slot& slot, const ParameterGroup& group, Tensor& value, const Tensor& gradient) override;

  private:
    AdamOptions options_;
};

}  // namespace filigree::optim
