// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/trained_dense.h"
#include "nn/initialization.h"

namespace filigree::methods::sparse_training {
namespace {

/// Top-KAST: of the weights theta of a layer, the set A of the largest |theta| is multiplied by, and the
/// larger set B is updated; both are chosen anew every few steps. Loss + lambda / 2 (sum over A of theta^2 +
/// 1 / D sum over B \ A of theta^2), so that what is not in A shrinks unless its gradient says otherwise.
///
/// Here B are the connections of the sparse weight, with optimiser state and gradients for them alone; the
/// rest of theta waits in a dense store, one number a position, the only dense thing.
class TopKast final : public train::SparseAlgorithm {
  public:
    explicit TopKast(const config::Config& config)
        : density_(config.real("sparsity.density")),
          backwardDensity_(config.real("top_kast.backward_density")),
          interval_(config.integer("top_kast.interval_steps")),
          penalty_(config.real("top_kast.penalty")) {
        if (backwardDensity_ < density_)
            throw Error(ErrorKind::Usage, "Top-KAST updates at least the weights that it multiplies by",
                        "top_kast.backward_density", "choose it at least as large as sparsity.density");
        if (config.text("sparsity.pattern") != "single")
            throw Error(ErrorKind::Usage, "Top-KAST chooses single connections", "sparsity.pattern",
                        "choose pattern = \"single\"");
    }

    std::int64_t start(const train::RunLength& length) override { return total_ = length.cycleSteps; }

    nn::Topologies initial(const train::Beginning& beginning) const override {
        const auto plan = train::plannedConnections(beginning.config, beginning.layers, backwardDensity_);
        nn::Topologies topologies;
        for (const train::LayerConnections& layer : plan) {
            if (!layer.sparse) continue;
            const std::vector theta{
                sparse::magnitudes(initialWeights(beginning.seed, layer.layer, layer.shape))};
            const std::vector kept{layer.active};
            topologies.emplace(layer.layer, sparse::survivorTopology(
                                                layer.shape, sparse::keepPerLayer(theta, kept).front()));
        }
        for (const train::LayerConnections& layer :
             train::plannedConnections(beginning.config, beginning.layers))
            if (layer.sparse) forward_.push_back(layer.active);
        return topologies;
    }

    void attach(train::DynamicSparsity& sparsity, nn::Module&) override {
        hidden_.attach(sparsity);
        for (std::size_t l = 0; l < sparsity.weights().size(); ++l) {
            const sparse::SparseWeight& weight = *sparsity.weights()[l];
            names_.push_back("top_kast.waiting." + weight.name());
            waiting_.push_back(initialWeights(sparsity.seed(), weight.name(), weight.denseShape()));
            for (const std::uint32_t p : weight.topology().positions())
                waiting_.back().values<float>()[p] = 0;
            chooseForward(weight, l);
        }
    }

    bool roundDue(std::int64_t step) const override { return step % interval_ == 0 && step < total_; }

    void beforeUpdate(train::SparseStep& now) override {
        for (std::size_t l = 0; l < waiting_.size(); ++l) {
            autograd::Variable& values = now.sparsity.weights()[l]->values();
            Tensor gradient = values.gradient().contiguous().clone();
            const std::span<float> g = gradient.values<float>();
            const std::span<const float> theta = std::as_const(values).value().values<float>();
            const std::span<const float> shown = hidden_.mask(l).values<float>();
            for (std::size_t e = 0; e < g.size(); ++e)
                g[e] += static_cast<float>(shown[e] != 0 ? penalty_ : penalty_ / density_) * theta[e];
            values.setGradient(std::move(gradient));
        }
    }

    void afterUpdate(train::SparseStep& now) override {
        if (roundDue(now.step)) {
            now.sparsity.beginRound();
            for (std::size_t l = 0; l < waiting_.size(); ++l) exchange(now, l);
        }
        if (now.step == total_) hidden_.finish(now);
    }

    std::int64_t stateBytes() const override {
        std::int64_t bytes = hidden_.bytes();
        for (const Tensor& theta : waiting_) bytes += static_cast<std::int64_t>(theta.bytes());
        return bytes;
    }
    void save(train::Checkpoint& checkpoint) const override {
        hidden_.save(checkpoint);
        for (std::size_t l = 0; l < waiting_.size(); ++l) checkpoint.put(names_[l], waiting_[l]);
    }
    void load(const train::Checkpoint& checkpoint) override {
        hidden_.load(checkpoint);
        for (std::size_t l = 0; l < waiting_.size(); ++l)
            waiting_[l].copyFrom(checkpoint.get(names_[l], waiting_[l].dtype(), waiting_[l].shape()));
    }

  private:
    static Tensor initialWeights(std::uint64_t seed, const std::string& layer, const Shape& shape) {
        Tensor theta = Tensor::empty(shape);
        nn::InitialWeights(seed, layer, shape, {}).fill(theta);
        return theta;
    }

    void chooseForward(const sparse::SparseWeight& weight, std::size_t layer) {
        const std::vector values{sparse::magnitudes(weight)};
        hidden_.show(layer, sparse::keepPerLayer(values, std::vector{forward_[layer]}).front());
    }

    /// Chooses B anew among all of theta, then A among B.
    void exchange(train::SparseStep& now, std::size_t layer) {
        sparse::SparseWeight& weight = *now.sparsity.weights()[layer];
        const std::vector<std::uint32_t> shown = now.sparsity.shown(layer);
        const std::span<float> waiting = waiting_[layer].values<float>();
        const std::vector<std::uint32_t> before = weight.topology().positions();
        {
            const std::span<const float> theta = std::as_const(weight.values()).value().values<float>();
            for (std::size_t e = 0; e < before.size(); ++e) waiting[before[e]] = theta[e];
        }
        const std::vector eligible{contenders(waiting_[layer], before)};
        const std::vector<std::uint32_t> after =
            sparse::keepPerLayer(eligible, std::vector{weight.topology().edges()}).front();
        // What enters B brings its theta along; new connections start at 0.
        now.sparsity.keepOnly(layer, after, now, false);
        const std::span<float> theta = weight.values().mutableValue().values<float>();
        for (std::size_t e = 0; e < after.size(); ++e) {
            theta[e] = waiting[after[e]];
            waiting[after[e]] = 0;
        }
        chooseForward(weight, layer);
        now.sparsity.recordChange(layer, shown, now);
    }

    /// What can be among the largest of theta, as many as `members`: the members, and all that are no smaller
    /// than the smallest of them. In general few.
    static sparse::ScoredLayer contenders(const Tensor& theta, std::span<const std::uint32_t> members) {
        const std::span<const float> all = theta.values<float>();
        float least = std::numeric_limits<float>::infinity();
        for (const std::uint32_t member : members) least = std::min(least, std::abs(all[member]));
        sparse::ScoredLayer result{theta.shape(), {}, {}};
        const auto add = [&](std::uint32_t position) {
            result.positions.push_back(position);
            result.scores.push_back(std::abs(static_cast<double>(all[position])));
        };
        auto member = members.begin();
        constexpr std::uint32_t block = 64;
        for (std::uint32_t first = 0; first < all.size(); first += block) {
            const auto last = static_cast<std::uint32_t>(std::min<std::size_t>(first + block, all.size()));
            unsigned any = member != members.end() && *member < last;
            for (std::uint32_t p = first; p < last; ++p)
                any |= static_cast<unsigned>(!(std::abs(all[p]) < least));
            if (any == 0) continue;
            for (std::uint32_t p = first; p < last; ++p) {
                const bool isMember = member != members.end() && *member == p;
                if (isMember) ++member;
                if (isMember || !(std::abs(all[p]) < least)) add(p);
            }
        }
        return result;
    }

    double density_;
    double backwardDensity_;
    std::int64_t interval_;
    double penalty_;
    std::int64_t total_ = 0;
    mutable std::vector<std::int64_t> forward_;  ///< connections of A in each layer
    std::vector<std::string> names_;
    std::vector<Tensor> waiting_;
    HiddenWeights hidden_;
};

}  // namespace

Created createTopKast(const config::Config& config) {
    return std::make_unique<TopKast>(config);
}

}  // namespace filigree::methods::sparse_training
