// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/dense_to_sparse.h"

namespace filigree::methods::sparse_training {
namespace {

/// Gradual magnitude pruning along the cubic of Zhu and Gupta.
class Gmp final : public Pruning {
  public:
    explicit Gmp(const config::Config& config) : Pruning(config), config_(config) {}

    std::int64_t start(const train::RunLength& length) override {
        ramp_ = rampFrom(config_, 1, length.cycleSteps);
        return Pruning::start(length);
    }
    bool roundDue(std::int64_t step) const override { return ramp_.due(step); }

  protected:
    double densityAt(std::int64_t step) const override { return ramp_.density(step); }

  private:
    config::Config config_;
    sparse::PruneSchedule ramp_;
};

/// The smallest weights of a dense network go all at once.
class Magnitude final : public Pruning {
  public:
    explicit Magnitude(const config::Config& config)
        : Pruning(config), moment_(config.real("prune.moment")) {}

    std::int64_t start(const train::RunLength& length) override {
        step_ = std::max<std::int64_t>(1, std::llround(moment_ * static_cast<double>(length.cycleSteps)));
        return Pruning::start(length);
    }
    bool roundDue(std::int64_t step) const override { return step == step_; }

  protected:
    double densityAt(std::int64_t) const override { return density_; }

  private:
    double moment_;
    std::int64_t step_ = 0;
};

}  // namespace

Created createGmp(const config::Config& config) {
    return std::make_unique<Gmp>(config);
}

Created createMagnitude(const config::Config& config) {
    return std::make_unique<Magnitude>(config);
}

}  // namespace filigree::methods::sparse_training
