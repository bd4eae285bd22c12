// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "base/error.h"
#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/between_layers.h"
#include "train/dynamic_sparsity.h"

namespace filigree::methods::sparse_training {
namespace {

/// Sparse momentum: grows the positions of largest |M|, M <- beta M + dL/dW at every position, and gives each
/// layer a share of the growth in proportion to the mean |M| of its connections. Needs a dense gradient in
/// every step and a dense M for every layer.
class Snfs final : public train::DropAndGrow {
  public:
    explicit Snfs(const config::Config& config)
        : DropAndGrow(
              config,
              config.text("snfs.growth") == "units" ? sparse::unitGradientGrowth() : sparse::gradientGrowth(),
              false),
          beta_(
              config.real(config.text("optimizer.kind") == "sgd" ? "optimizer.momentum" : "optimizer.beta1")),
          redistribution_(config.text("snfs.redistribution")) {
        if (redistribution_ != "none") requireSingleConnections(config);
    }

    void attach(train::DynamicSparsity& sparsity, nn::Module&) override {
        for (const auto& weight : sparsity.weights()) {
            names_.push_back("snfs.momentum." + weight->name());
            momentum_.push_back(Tensor::zeros(weight->denseShape(), weight->values().value().dtype()));
        }
    }
    bool wantsDenseGradient(std::int64_t step) const override { return step <= schedule_.endStep; }

    void afterUpdate(train::SparseStep& now) override {
        if (!wantsDenseGradient(now.step)) return;
        for (std::size_t l = 0; l < momentum_.size(); ++l) {
            const Tensor gradient = now.sparsity.weights()[l]->denseGradient().contiguous();
            now.sparsity.weights()[l]->setCapturing(false);
            dispatchFloating(gradient.dtype(), "sparse momentum", [&](auto zero) {
                using T = decltype(zero);
                T* const m = momentum_[l].data<T>();
                const T* const g = gradient.data<T>();
                const auto beta = static_cast<T>(beta_);
                const std::int64_t count = gradient.elements();
                for (std::int64_t i = 0; i < count; ++i) m[i] = beta * m[i] + g[i];
            });
        }
        DropAndGrow::afterUpdate(now);
    }

    std::int64_t stateBytes() const override {
        std::int64_t bytes = 0;
        for (const Tensor& m : momentum_) bytes += static_cast<std::int64_t>(m.bytes());
        return bytes;
    }
    void save(train::Checkpoint& checkpoint) const override {
        DropAndGrow::save(checkpoint);
        for (std::size_t l = 0; l < momentum_.size(); ++l) checkpoint.put(names_[l], momentum_[l]);
    }
    void load(const train::Checkpoint& checkpoint) override {
        DropAndGrow::load(checkpoint);
        for (std::size_t l = 0; l < momentum_.size(); ++l)
            momentum_[l].copyFrom(checkpoint.get(names_[l], momentum_[l].dtype(), momentum_[l].shape()));
    }

  protected:
    Tensor growthSignal(const train::SparseStep&, std::size_t layer) override { return momentum_[layer]; }

    std::vector<Budget> budgets(const train::SparseStep& now) override {
        if (redistribution_ == "none") return {};
        std::vector<std::int64_t> drops;
        std::vector<double> shares;
        for (std::size_t l = 0; l < momentum_.size(); ++l) {
            const sparse::SparseWeight& weight = *now.sparsity.weights()[l];
            const auto edges = weight.topology().edges();
            drops.push_back(static_cast<std::int64_t>(options_.dropFraction * static_cast<double>(edges)));
            shares.push_back(meanShare(weight, l));
        }
        return shareGrowth(now.sparsity, drops, shares);
    }

  private:
    /// Mean |momentum| or |w| over the connections, or their number.
    double meanShare(const sparse::SparseWeight& weight, std::size_t layer) const {
        if (redistribution_ == "nonzeros") return static_cast<double>(weight.topology().edges());
        double sum = 0;
        if (redistribution_ == "magnitude") {
            for (const double w : weight.values().value().toDoubles()) sum += std::abs(w);
        } else {
            const sparse::DenseGradient momentum(momentum_[layer]);
            for (const std::uint32_t p : weight.topology().positions()) sum += std::abs(momentum[p]);
        }
        return sum / static_cast<double>(std::max<std::int64_t>(1, weight.topology().edges()));
    }

    double beta_;
    std::string redistribution_;
    std::vector<std::string> names_;
    std::vector<Tensor> momentum_;
};

}  // namespace

Created createSnfs(const config::Config& config) {
    return std::make_unique<Snfs>(config);
}

}  // namespace filigree::methods::sparse_training
