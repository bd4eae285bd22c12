// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/between_layers.h"

namespace filigree::methods::sparse_training {
namespace {

/// Dynamic sparse reparameterisation: every layer drops its |w| below one threshold H; as many are grown at
/// random, in layer l in proportion to the connections that survived there. H follows the number K that was
/// dropped: doubled below (1 - delta) of the wanted number, halved above (1 + delta).
class Dsr final : public train::DropAndGrow {
  public:
    explicit Dsr(const config::Config& config)
        : DropAndGrow(config, sparse::randomGrowth(), false),
          share_(config.real("dsr.dropped_share")),
          tolerance_(config.real("dsr.tolerance")),
          threshold_(config.real("dsr.threshold")) {
        requireSingleConnections(config);
    }

    void save(train::Checkpoint& checkpoint) const override {
        DropAndGrow::save(checkpoint);
        checkpoint.put("dsr.threshold", Tensor::from(std::vector<double>{threshold_}, {1}));
    }
    void load(const train::Checkpoint& checkpoint) override {
        DropAndGrow::load(checkpoint);
        threshold_ = checkpoint.get("dsr.threshold", DType::F64, {1}).item();
    }

  protected:
    std::vector<Budget> budgets(const train::SparseStep& now) override {
        std::vector<std::int64_t> drops;
        std::vector<double> survivors;
        double edges = 0;
        double dropped = 0;
        for (const auto& weight : now.sparsity.weights()) {
            const std::vector<double> w = weight->values().value().toDoubles();
            drops.push_back(std::count_if(w.begin(), w.end(),
                                          [&](double value) { return std::abs(value) < threshold_; }));
            survivors.push_back(static_cast<double>(std::ssize(w) - drops.back()));
            edges += static_cast<double>(w.size());
            dropped += static_cast<double>(drops.back());
        }
        std::vector<Budget> budgets = shareGrowth(now.sparsity, drops, survivors);
        if (dropped < (1 - tolerance_) * share_ * edges) threshold_ *= 2;
        if (dropped > (1 + tolerance_) * share_ * edges) threshold_ /= 2;
        return budgets;
    }

  private:
    double share_;
    double tolerance_;
    double threshold_;
};

}  // namespace

Created createDsr(const config::Config& config) {
    return std::make_unique<Dsr>(config);
}

}  // namespace filigree::methods::sparse_training
