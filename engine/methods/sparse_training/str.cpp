// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <utility>

#include "base/error.h"
#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/dense_to_sparse.h"
#include "sparse/reparameterization.h"

namespace filigree::methods::sparse_training {
namespace {

/// Soft threshold weight reparameterisation: a layer multiplies by sign(w) max(0, |w| - g(s)), and learns its
/// s, which weight decay drives up. Needs dense weights and optimiser state until the end.
class Str final : public train::SparseAlgorithm {
  public:
    explicit Str(const config::Config& config) : initial_(config.real("str.initial")) {
        if (config.text("sparsity.pattern") != "single")
            throw Error(ErrorKind::Usage, "STR thresholds single weights", "sparsity.pattern",
                        "choose pattern = \"single\", or another algorithm");
    }

    std::int64_t start(const train::RunLength& length) override { return total_ = length.cycleSteps; }
    nn::Topologies initial(const train::Beginning& beginning) const override {
        return everyConnection(beginning);
    }
    void attach(train::DynamicSparsity& sparsity, nn::Module&) override {
        sparsity.forgetLostConnections();
        for (const auto& weight : sparsity.weights()) {
            const DType type = weight->values().value().dtype();
            thresholds_.push_back({weight->name() + ".threshold",
                                   autograd::Variable(Tensor::full({1}, initial_, type), true), true});
            weight->setReparameterization(
                [s = thresholds_.back().variable](const autograd::Variable& values) {
                    return sparse::softThreshold(values, s);
                });
        }
        sparsity_ = &sparsity;
    }
    std::vector<nn::Parameter> parameters() const override { return thresholds_; }

    void afterUpdate(train::SparseStep& now) override {
        if (now.step != total_) return;
        now.sparsity.collapse({}, now);
        finished_ = true;
    }

    bool endsWithTrainedWeights() const override { return false; }
    /// Neither outputs nor gradients depend on weights below the threshold.
    Used used(const sparse::SparseWeight& weight, std::size_t layer) const override {
        if (finished_) return SparseAlgorithm::used(weight, layer);
        const Tensor values = weight.values().value().contiguous();
        const double threshold = 1 / (1 + std::exp(-thresholds_[layer].variable.value().item()));
        std::int64_t above = 0;
        dispatchFloating(values.dtype(), "count of connections", [&](auto zero) {
            using T = decltype(zero);
            const auto limit = static_cast<T>(threshold);
            for (const T w : std::as_const(values).template values<T>()) above += std::abs(w) > limit ? 1 : 0;
        });
        return {above, above};
    }

    void save(train::Checkpoint& checkpoint) const override {
        checkpoint.put("str.finished", std::vector<std::int64_t>{finished_ ? 1 : 0});
        for (const nn::Parameter& s : thresholds_) checkpoint.put("str." + s.name, s.variable.value());
    }
    void load(const train::Checkpoint& checkpoint) override {
        finished_ = checkpoint.getIntegers("str.finished") == std::vector<std::int64_t>{1};
        for (nn::Parameter& s : thresholds_) {
            Tensor& value = s.variable.mutableValue();
            value.copyFrom(checkpoint.get("str." + s.name, value.dtype(), {1}));
        }
        if (!finished_) return;
        for (const auto& weight : sparsity_->weights()) weight->setReparameterization({});
    }

  private:
    double initial_;
    std::int64_t total_ = 0;
    bool finished_ = false;
    train::DynamicSparsity* sparsity_ = nullptr;
    std::vector<nn::Parameter> thresholds_;
};

}  // namespace

Created createStr(const config::Config& config) {
    return std::make_unique<Str>(config);
}

}  // namespace filigree::methods::sparse_training
