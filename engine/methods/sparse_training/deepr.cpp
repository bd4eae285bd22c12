// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/between_layers.h"

namespace filigree::methods::sparse_training {
namespace {

/// Deep rewiring: the weight of a position is s theta with a fixed random sign s. After each update
///   theta <- theta - eta alpha + sqrt(2 eta T) nu,   nu ~ N(0, 1);
/// connections whose theta fell below 0 are dropped, and as many positions anywhere, each as likely, become
/// active at theta = 0. Every step is a round, or every k-th (deepr.interval_steps), which then walks k steps
/// at once.
///
/// Random streams: "sign/<layer>" at the position, "walk/<layer>" and "deepr" at the step.
class DeepR final : public train::DropAndGrow {
  public:
    explicit DeepR(const config::Config& config)
        : DropAndGrow(config, sparse::randomGrowth(), false),
          l1_(config.real("deepr.l1")),
          temperature_(config.real("deepr.temperature")),
          interval_(config.integer("deepr.interval_steps")) {
        requireSingleConnections(config);
        if (config.text("rewire.grown") != "zero")
            throw Error(ErrorKind::Usage, "DeepR grows connections at theta = 0", "rewire.grown",
                        "leave it at \"zero\"");
    }

    bool roundDue(std::int64_t step) const override {
        return step <= schedule_.endStep && step % interval_ == 0;
    }

    void attach(train::DynamicSparsity& sparsity, nn::Module&) override {
        seed_ = sparsity.seed();
        signs_.resize(sparsity.weights().size());
        for (std::size_t l = 0; l < signs_.size(); ++l)
            change(*sparsity.weights()[l], l, [](double theta) { return std::abs(theta); });
    }

    std::int64_t stateBytes() const override {
        std::size_t bytes = 0;
        for (const Signs& layer : signs_) bytes += layer.values.size();
        return static_cast<std::int64_t>(bytes);
    }

    void afterUpdate(train::SparseStep& now) override {
        if (!roundDue(now.step)) return;
        const double rate = now.optimizer.learningRate();
        const double pull = rate * l1_ * static_cast<double>(interval_);
        const double left = 1 - static_cast<double>(now.step) /
                                    static_cast<double>(std::max<std::int64_t>(1, schedule_.endStep));
        const double noise = std::sqrt(2 * rate * temperature_ * left * static_cast<double>(interval_));
        bool crossed = false;
        for (std::size_t l = 0; l < signs_.size(); ++l) {
            sparse::SparseWeight& weight = *now.sparsity.weights()[l];
            RandomStream walk(seed_, "walk/" + weight.name(), static_cast<std::uint64_t>(now.step));
            change(weight, l, [&](double theta) {
                const double moved = theta - pull + (noise > 0 ? noise * walk.normal() : 0);
                crossed = crossed || moved < 0;
                return moved;
            });
        }
        if (crossed) DropAndGrow::afterUpdate(now);
    }

  protected:
    std::vector<double> dropScores(const train::SparseStep& now, std::size_t layer) override {
        return thetas(*now.sparsity.weights()[layer], layer);
    }

    std::vector<Budget> budgets(const train::SparseStep& now) override {
        std::vector<std::int64_t> drops;
        std::vector<std::int64_t> room;
        for (std::size_t l = 0; l < signs_.size(); ++l) {
            const auto& weight = now.sparsity.weights()[l];
            const std::vector<double> theta = thetas(*weight, l);
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
    std::int8_t signAt(const std::string& stream, std::uint32_t position) const {
        return RandomStream(seed_, stream, position).next32() & 1U ? 1 : -1;
    }

    /// The signs of a layer's connections, drawn once for each.
    const std::vector<std::int8_t>& signs(const sparse::SparseWeight& weight, std::size_t layer) const {
        Signs& known = signs_[layer];
        if (known.pattern == weight.sharedTopology()) return known.values;
        const std::string stream = "sign/" + weight.name();
        const std::vector<std::uint32_t> before =
            known.pattern ? known.pattern->positions() : std::vector<std::uint32_t>();
        std::vector<std::int8_t> values;
        values.reserve(static_cast<std::size_t>(weight.topology().edges()));
        std::size_t next = 0;
        for (const std::uint32_t position : weight.topology().positions()) {
            while (next < before.size() && before[next] < position) ++next;
            const bool isKnown = next < before.size() && before[next] == position;
            values.push_back(isKnown ? known.values[next] : signAt(stream, position));
        }
        known = {weight.sharedTopology(), std::move(values)};
        return known.values;
    }

    std::vector<double> thetas(const sparse::SparseWeight& weight, std::size_t layer) const {
        std::vector<double> theta = weight.values().value().toDoubles();
        const std::vector<std::int8_t>& sign = signs(weight, layer);
        for (std::size_t e = 0; e < theta.size(); ++e) theta[e] *= sign[e];
        return theta;
    }

    /// theta <- function(theta) at every connection.
    template <typename Function>
    void change(sparse::SparseWeight& weight, std::size_t layer, Function&& function) const {
        const std::vector<std::int8_t>& sign = signs(weight, layer);
        Tensor& values = weight.values().mutableValue();
        dispatchFloating(values.dtype(), "deep rewiring", [&](auto zero) {
            using T = decltype(zero);
            T* const w = values.data<T>();
            for (std::size_t e = 0; e < sign.size(); ++e)
                w[e] = static_cast<T>(sign[e] * function(sign[e] * static_cast<double>(w[e])));
        });
    }

    struct Signs {
        std::shared_ptr<const sparse::Topology> pattern;
        std::vector<std::int8_t> values;
    };
    mutable std::vector<Signs> signs_;  ///< of each layer, for the pattern it had last
    std::uint64_t seed_ = 0;
    double l1_;
    double temperature_;
    std::int64_t interval_;
};

}  // namespace

Created createDeepR(const config::Config& config) {
    return std::make_unique<DeepR>(config);
}

}  // namespace filigree::methods::sparse_training
