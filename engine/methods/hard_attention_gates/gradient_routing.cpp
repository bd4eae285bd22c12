// SPDX-License-Identifier: Apache-2.0
#include "methods/hard_attention_gates/gradient_routing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "backend/elementwise.h"
#include "backend/reduction.h"
#include "base/error.h"
#include "nn/channel_gate.h"
#include "optim/clipping.h"

namespace filigree::methods::hard_attention_gates {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

bool twoPasses(RoutingMode mode) {
    return mode == RoutingMode::Code || mode == RoutingMode::Clean || mode == RoutingMode::HeldOut;
}

/// Clips, or sets all to 0 if they are not finite. Returns the factor.
double clipped(std::span<autograd::Variable> variables, double maximum) {
    const double norm = optim::gradientNorm(variables);
    if (!std::isfinite(norm)) {
        for (autograd::Variable& variable : variables)
            if (variable.gradient().defined())
                variable.setGradient(Tensor::zeros(variable.shape(), variable.value().dtype()));
        return 0;
    }
    if (maximum <= 0) return 1;
    optim::clipGradientNorm(variables, maximum);
    return std::min(1.0, maximum / (norm + 1e-6));
}

std::vector<Tensor> gradientsOf(std::span<const autograd::Variable> variables) {
    std::vector<Tensor> gradients;
    for (const autograd::Variable& variable : variables) gradients.push_back(variable.gradient());
    return gradients;
}

double product(const Tensor& a, const Tensor& b) {
    return backend::sum(backend::multiply(a, b)).item();
}

double cosineBetween(std::span<const Tensor> a, std::span<const Tensor> b) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].defined()) aa += product(a[i], a[i]);
        if (b[i].defined()) bb += product(b[i], b[i]);
        if (a[i].defined() && b[i].defined()) ab += product(a[i], b[i]);
    }
    return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : unknown;
}

}  // namespace

RoutingMode routingModeFrom(std::string_view name) {
    if (name == "plain") return RoutingMode::Plain;
    if (name == "joint") return RoutingMode::Joint;
    if (name == "code") return RoutingMode::Code;
    if (name == "clean") return RoutingMode::Clean;
    if (name == "heldout") return RoutingMode::HeldOut;
    throw Error(ErrorKind::Usage, "there is no way of routing gradients named '" + std::string(name) + "'",
                {}, "plain, joint, code, clean, heldout");
}

GradientRouting::GradientRouting(const nn::Module& module, const RoutingOptions& options,
                                 std::unique_ptr<optim::Optimizer> main,
                                 std::unique_ptr<optim::Optimizer> gates)
    : options_(options), main_(std::move(main)), gates_(std::move(gates)) {
    for (const nn::Parameter& parameter : module.parameters()) {
        all_.push_back(parameter.variable);
        (nn::isGate(parameter.name) ? gateVariables_ : weightVariables_).push_back(parameter.variable);
    }
    if (twoPasses(options_.mode) != (gates_ != nullptr))
        throw Error(ErrorKind::Run, "gates have an optimiser of their own exactly where they have a pass");
    const auto refuse = [](const optim::Optimizer& optimizer, bool gate, const char* why) {
        for (const optim::ParameterGroup& group : optimizer.groups())
            for (const optim::TrainedVariable& trained : group.parameters)
                if (nn::isGate(trained.name) == gate) throw Error(ErrorKind::Run, why, trained.name);
    };
    if (gates_) refuse(*gates_, false, "the optimiser of the gates trains a weight");
    if (options_.mode != RoutingMode::Joint) refuse(*main_, true, "the main optimiser trains a gate");
}

void GradientRouting::clearGradients() {
    for (autograd::Variable& variable : all_) variable.clearGradient();
}

RoutedStep GradientRouting::step(const Loss& gateLoss, const Loss& mainLoss) {
    RoutedStep done{unknown, unknown, unknown, unknown, unknown, unknown, unknown};
    clearGradients();
    std::vector<Tensor> ofGatePass;
    if (gates_) {
        autograd::Variable loss = gateLoss();
        done.lossGate = loss.value().item();
        loss.backward();
        done.factorGate = clipped(all_, options_.clipGate);
        done.normGate = optim::gradientNorm(gateVariables_);
        ofGatePass = gradientsOf(weightVariables_);
        gates_->step();
        if (options_.mode != RoutingMode::Code) clearGradients();
    }
    autograd::Variable loss = mainLoss();
    done.lossMain = loss.value().item();
    loss.backward();
    if (gates_ && options_.mode != RoutingMode::Code)
        done.cosine = cosineBetween(ofGatePass, gradientsOf(weightVariables_));
    done.factorMain = clipped(all_, options_.clipMain);
    done.normMain = optim::gradientNorm(weightVariables_);
    main_->step();
    clearGradients();
    return done;
}

GradientRouting routedAdam(const nn::Module& module, const RoutingOptions& options,
                           const RoutedRates& rates) {
    optim::ParameterGroup weights{{}, rates.main, rates.weightDecay}, gates{{}, rates.gate, 0};
    for (const nn::Parameter& parameter : module.parameters())
        (nn::isGate(parameter.name) ? gates : weights)
            .parameters.push_back({parameter.name, parameter.variable});
    std::vector<optim::ParameterGroup> inMain{weights};
    std::unique_ptr<optim::Optimizer> own;
    if (options.mode == RoutingMode::Joint) {
        inMain.push_back(gates);
    } else if (twoPasses(options.mode)) {
        std::vector<optim::ParameterGroup> inGates{gates};
        own = std::make_unique<optim::Adam>(std::move(inGates), optim::AdamOptions{});
    }
    return GradientRouting(module, options,
                           std::make_unique<optim::Adam>(std::move(inMain), optim::AdamOptions{}),
                           std::move(own));
}

}  // namespace filigree::methods::hard_attention_gates
