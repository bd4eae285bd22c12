// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/module.h"

namespace filigree::nn {

/// How a gate starts: Xavier draws w from N(0, 2 / (1 + C)), He from N(0, 2 / C); Half sets w = 0, so s =
/// 1/2.
enum class GateStart { Xavier, He, Half };

struct GateOptions {
    GateStart start = GateStart::Xavier;
    double temperature = 1;        ///< s = sigmoid(w / temperature)
    bool straightThrough = false;  ///< forwards 1 where s > 1/2, else 0; backwards as s
    bool frozen = false;           ///< w is not trained
};

/// A learnt weight in (0, 1) for each channel, the same for every input:
///   y = sigmoid(w / temperature) x,  dx = s dy,  dw_c = s_c (1 - s_c) / temperature sum dy x.
/// x is [N, C], [N, C, H, W] (gate on axis 1) or [N, tokens, C] (gate on the last axis). Parameter gate [C],
/// which does not decay. Throws Error (Run) naming the shapes when they do not fit.
/// Source: Roffo, Biffi, Salvagnini, Cherubini, "Feature selection gates with gradient routing for endoscopic
/// image computing", MICCAI 2024, arXiv 2407.04400.
class ChannelGate final : public Module {
  public:
    explicit ChannelGate(std::int64_t channels, const GateOptions& options = {});
    autograd::Variable forward(const autograd::Variable& x) override;

    /// sigmoid(w / temperature) on the tape, [C]: for a penalty on the sum.
    autograd::Variable scores() const;
    /// The same as numbers.
    std::vector<double> values() const;
    /// Which channels anything passes in evaluation.
    std::vector<bool> open() const;
    /// What channels are multiplied by in evaluation: their scores, 0 where closed.
    std::vector<double> factors() const;
    /// Called with what the gate is given, in every forward pass; none: nobody looks.
    void setObserver(std::function<void(const Tensor& x)> observer) { observer_ = std::move(observer); }
    /// Sets the score of one channel to sigmoid(value).
    void setLogit(std::int64_t channel, double value);
    /// In evaluation, channels with s < threshold count as 0; 0 closes none.
    void setThreshold(double threshold) { threshold_ = threshold; }

  protected:
    void initializeSelf(std::uint64_t seed, const Initialization& how) override;

  private:
    GateOptions options_;
    autograd::Variable weight_;
    double threshold_ = 0;
    std::function<void(const Tensor&)> observer_;
};

/// True for the parameter of a ChannelGate, by its name ("layer1_gate.gate").
bool isGate(std::string_view parameter);

}  // namespace filigree::nn
