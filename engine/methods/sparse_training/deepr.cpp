// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numeric>

#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/between_layers.h"

namespace filigree::methods::sparse_training {
namespace {

/// Deep rewiring: the weight of a position is s theta with a fixed random sign s. After each update
///   theta <- theta - eta alpha + sqrt(2 eta T) nu,   nu ~ N(0, 1);
/// connections whose theta fell below 0 are dropped, and as many positions anywhere, each as likely, become
/// active at theta = 0. Every step is a round.
///
/// Random streams: "sign/<layer>" at the position, "walk/<layer>" and "deepr" at the step.
class DeepR final : public train::DropAndGrow {
  public:
    explicit DeepR(const config::Config& config)
        : DropAndGrow(config, sparse::randomGrowth(), false),
          l1_(config.real("deepr.l1")),
          temperature_(config.real("deepr.temperature")) {
        requireSingleConnections(config);
    }

    bool roundDue(std::int64_t step) const override { return step <= schedule_.endStep; }

    void attach(train::DynamicSparsity& sparsity, nn::Module&) override {
        seed_ = sparsity.seed();
        for (const auto& weight : sparsity.weights())
            change(*weight, [](double theta) { return std::abs(theta); });
    }

    void afterUpdate(train::SparseStep& now) override {
        if (!roundDue(now.step)) return;
        const double rate = now.optimizer.learningRate();
        const double left = 1 - static_cast<double>(now.step) /
                                    static_cast<double>(std::max<std::int64_t>(1, schedule_.endStep));
        const double noise = std::sqrt(2 * rate * temperature_ * left);
        bool crossed = false;
        for (const auto& weight : now.sparsity.weights()) {
            RandomStream walk(seed_, "walk/" + weight->name(), static_cast<std::uint64_t>(now.step));
            change(*weight, [&](double theta) {
                const double moved = theta - rate * l1_ + (noise > 0 ? noise * walk.normal() : 0);
                crossed = crossed || moved < 0;
                return moved;
            });
        }
        if (crossed) DropAndGrow::afterUpdate(now);
    }

  protected:
    std::vector<double> dropScores(const train::SparseStep& now, std::size_t layer) override {
        return thetas(*now.sparsity.weights()[layer]);
    }

    std::vector<Budget> budgets(const train::SparseStep& now) override {
        std::vector<std::int64_t> drops;
        std::vector<std::int64_t> room;
        for (const auto& weight : now.sparsity.weights()) {
            const std::vector<double> theta = thetas(*weight);
            const auto below = std::count_if(theta.begin(), theta.end(), [](double t) { return t < 0; });
            drops.push_back(std::min<std::int64_t>(below, std::ssize(theta) - 1));
            room.push_back(weight->topology().size() - weight->topology().edges() + drops.back());
        }
        // Each free position of the network is as likely as any other.
        RandomStream random(seed_, "deepr", static_cast<std::uint64_t>(now.step));
        const auto chosen = random.sample(std::accumulate(room.begin(), room.end(), std::int64_t{0}),
                                          std::accumulate(drops.begin(), drops.end(), std::int64_t{0}));
        std::vector<Budget> budgets;
        std::int64_t first = 0;
        for (std::size_t l = 0; l < drops.size(); ++l) {
            const auto from = std::lower_bound(chosen.begin(), chosen.end(), first);
            const auto to = std::lower_bound(chosen.begin(), chosen.end(), first + room[l]);
            budgets.push_back({drops[l], to - from});
            first += room[l];
        }
        return budgets;
    }

    bool recordsRound(std::int64_t step) const override { return step % schedule_.intervalSteps == 0; }

  private:
    double signAt(const std::string& layer, std::uint32_t position) const {
        return RandomStream(seed_, layer, position).next32() & 1U ? 1 : -1;
    }

    std::vector<double> thetas(const sparse::SparseWeight& weight) const {
        const std::string stream = "sign/" + weight.name();
        std::vector<double> theta = weight.values().value().toDoubles();
        const std::vector<std::uint32_t> positions = weight.topology().positions();
        for (std::size_t e = 0; e < theta.size(); ++e) theta[e] *= signAt(stream, positions[e]);
        return theta;
    }

    /// theta <- function(theta) at every connection.
    template <typename Function>
    void change(sparse::SparseWeight& weight, Function&& function) const {
        const std::string stream = "sign/" + weight.name();
        const std::vector<std::uint32_t> positions = weight.topology().positions();
        Tensor& values = weight.values().mutableValue();
        dispatchFloating(values.dtype(), "deep rewiring", [&](auto zero) {
            using T = decltype(zero);
            T* const w = values.data<T>();
            for (std::size_t e = 0; e < positions.size(); ++e) {
                const double sign = signAt(stream, positions[e]);
                w[e] = static_cast<T>(sign * function(sign * static_cast<double>(w[e])));
            }
        });
    }

    std::uint64_t seed_ = 0;
    double l1_;
    double temperature_;
};

}  // namespace

Created createDeepR(const config::Config& config) {
    return std::make_unique<DeepR>(config);
}

}  // namespace filigree::methods::sparse_training
