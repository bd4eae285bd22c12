// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "nn/module.h"
#include "optim/optimizer.h"

namespace filigree::methods::hard_attention_gates {

/// How gates and weights share a step.
enum class RoutingMode {
    Plain,    ///< weights alone
    Joint,    ///< gates and weights from one backward pass, in the main optimiser
    Code,     ///< gates first; the gradients of their pass stay and add to those of the weights' pass, as in
              ///< the published code
    Clean,    ///< gates first; all gradients are cleared between the passes: the paper's intent
    HeldOut,  ///< as Clean, the gates' pass on data that the weights do not see
};
/// "plain", "joint", "code", "clean", "heldout"; throws Error (Usage) for other words.
RoutingMode routingModeFrom(std::string_view name);

struct RoutingOptions {
    RoutingMode mode = RoutingMode::Clean;
    double clipGate = 8;  ///< largest norm of all gradients in the gates' pass; 0: not clipped
    double clipMain = 8;  ///< and in the weights' pass
};

/// What one step did. Figures of the gates' pass are NaN where there is none.
struct RoutedStep {
    double lossGate, lossMain;
    double normGate, normMain;  ///< of the gradients of gates (their pass) and of weights (theirs), clipped
    double factorGate, factorMain;  ///< by which clipping scaled
    double cosine;                  ///< between the weights' gradients of the two passes
};

/// Gradient routing: one step is
///   pass A: loss of the gates, backward, clip over all parameters, gate optimiser;
///   pass B: a new forward with the moved gates, loss of the weights, backward, clip, main optimiser.
/// Gates and weights are disjoint: the main optimiser (and its decay) never touches a gate in a mode with two
/// passes. Where the norm of the gradients is not finite all of them become 0, as clipping and scrubbing of
/// the published code have it. Source: see nn/channel_gate.h.
class GradientRouting {
  public:
    /// Runs the forward pass and returns the loss.
    using Loss = std::function<autograd::Variable()>;

    /// `main` and, in modes with two passes, `gates` train disjoint sets of the module's parameters; throws
    /// Error (Run) if the gate optimiser trains a weight or the main one a gate that is not its own.
    GradientRouting(const nn::Module& module, const RoutingOptions& options,
                    std::unique_ptr<optim::Optimizer> main, std::unique_ptr<optim::Optimizer> gates);

    RoutedStep step(const Loss& gateLoss, const Loss& mainLoss);

    optim::Optimizer& main() { return *main_; }
    /// Null in modes with one pass.
    optim::Optimizer* gates() { return gates_.get(); }
    const optim::Optimizer& main() const { return *main_; }
    const optim::Optimizer* gates() const { return gates_.get(); }

  private:
    void clearGradients();

    RoutingOptions options_;
    std::vector<autograd::Variable> all_, gateVariables_, weightVariables_;
    std::unique_ptr<optim::Optimizer> main_, gates_;
};

/// The two Adam optimisers of the method for a module; weights decay with `weightDecay`, gates never.
struct RoutedRates {
    double main = 1e-3;
    double gate = 1e-3;
    double weightDecay = 0;
};
GradientRouting routedAdam(const nn::Module& module, const RoutingOptions& options, const RoutedRates& rates);

}  // namespace filigree::methods::hard_attention_gates
