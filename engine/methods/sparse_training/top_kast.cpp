// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <utility>

#include "backend/rewiring.h"
#include "base/error.h"
#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/waiting_weights.h"
#include "sparse/magnitude_limit.h"
#include "train/hidden_weights.h"

namespace filigree::methods::sparse_training {
namespace {

/// Top-KAST: of the weights theta of a layer, the set A of the largest |theta| is multiplied by, and the
/// larger set B is updated; both are chosen anew every few steps. Loss + lambda / 2 (sum over A of theta^2 +
/// 1 / D sum over B \ A of theta^2), so that what is not in A shrinks unless its gradient says otherwise.
///
/// Here B are the connections of the sparse weight, with optimiser state and gradients for them alone. Of the
/// rest of theta, what was in B once is stored; what never was has its initial value still, which is drawn
/// anew when it may be large enough to enter. There is nothing dense.
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
            WaitingWeights theta(beginning.seed, layer.layer, layer.shape);
            topologies.emplace(layer.layer, sparse::survivorTopology(
                                                layer.shape, theta.choose({}, {}, layer.active).positions));
        }
        for (const train::LayerConnections& layer :
             train::plannedConnections(beginning.config, beginning.layers))
            if (layer.sparse) forward_.push_back(layer.active);
        return topologies;
    }

    void attach(train::DynamicSparsity& sparsity, nn::Module&) override {
        sparsity.forgetLostConnections();
        for (const auto& weight : sparsity.weights()) weight->forgetHistory();
        hidden_.attach(sparsity, 0, true);
        for (std::size_t l = 0; l < sparsity.weights().size(); ++l) {
            const sparse::SparseWeight& weight = *sparsity.weights()[l];
            names_.push_back("top_kast.waiting." + weight.name());
            waiting_.emplace_back(sparsity.seed(), weight.name(), weight.denseShape());
            waiting_.back().choose({}, {}, weight.topology().edges());
            chooseForward(weight, l);
        }
    }

    bool roundDue(std::int64_t step) const override { return step % interval_ == 0 && step < total_; }

    void beforeUpdate(train::SparseStep& now) override {
        for (std::size_t l = 0; l < waiting_.size(); ++l) {
            autograd::Variable& values = now.sparsity.weights()[l]->values();
            const Tensor arriving = values.gradient().contiguous();
            Tensor gradient = Tensor::empty(arriving.shape(), arriving.dtype());
            const float* const in = arriving.data<float>();
            float* const out = gradient.data<float>();
            const float* const theta = std::as_const(values).value().data<float>();
            const std::uint8_t* const shown = hidden_.mask(l).data<std::uint8_t>();
            const auto waiting = static_cast<float>(penalty_ / density_);
            const auto less = static_cast<float>(penalty_ / density_ - penalty_);
            const std::int64_t edges = arriving.elements();
            for (std::int64_t e = 0; e < edges; ++e)
                out[e] = in[e] + (waiting - less * static_cast<float>(shown[e])) * theta[e];
            values.setGradient(std::move(gradient));
        }
    }

    void afterUpdate(train::SparseStep& now) override {
        if (roundDue(now.step)) {
            now.sparsity.beginRound();
            for (std::size_t l = 0; l < waiting_.size(); ++l) exchange(now, l);
        }
        if (now.step < total_) return;
        hidden_.finish(now);
        waiting_.clear();
    }

    Used used(const sparse::SparseWeight& weight, std::size_t layer) const override {
        return hidden_.used(weight, layer);
    }
    std::int64_t stateBytes() const override {
        std::int64_t bytes = hidden_.bytes();
        for (const WaitingWeights& theta : waiting_) bytes += theta.bytes();
        return bytes;
    }
    void save(train::Checkpoint& checkpoint) const override {
        hidden_.save(checkpoint);
        for (std::size_t l = 0; l < waiting_.size(); ++l) waiting_[l].save(checkpoint, names_[l]);
    }
    void load(const train::Checkpoint& checkpoint) override {
        hidden_.load(checkpoint);
        if (hidden_.isFinished()) waiting_.clear();
        for (std::size_t l = 0; l < waiting_.size(); ++l) waiting_[l].load(checkpoint, names_[l]);
    }

  private:
    /// Shows the A largest |theta| of B; of equals the lowest position is hidden first.
    void chooseForward(const sparse::SparseWeight& weight, std::size_t layer) {
        const Tensor values = weight.values().value().contiguous();
        const std::span<const float> theta = values.values<float>();
        const sparse::MagnitudeLimit limit = sparse::magnitudeLimit(theta, forward_[layer]);
        Tensor mask = Tensor::empty(values.shape(), DType::U8);
        std::uint8_t* const m = mask.data<std::uint8_t>();
        std::int64_t hidden = limit.above + limit.equal - forward_[layer];
        for (std::size_t e = 0; e < theta.size(); ++e)
            m[e] = sparse::magnitudeBits(theta[e]) >= limit.bits ? 1 : 0;
        for (std::size_t e = 0; hidden > 0; ++e) {
            if (sparse::magnitudeBits(theta[e]) != limit.bits) continue;
            m[e] = 0;
            --hidden;
        }
        hidden_.show(layer, std::move(mask));
    }

    /// Chooses B anew among all of theta, then A among B.
    void exchange(train::SparseStep& now, std::size_t layer) {
        sparse::SparseWeight& weight = *now.sparsity.weights()[layer];
        const std::vector<std::uint32_t> before = weight.topology().positions();
        const Tensor old = std::as_const(weight.values()).value().contiguous();
        const std::span<const float> theta = old.values<float>();
        const WaitingWeights::Choice next = waiting_[layer].choose(before, theta, std::ssize(before));
        const Tensor shown = hidden_.mask(layer);
        if (next.entering.empty()) {
            weight.advanceRound();
        } else {
            // What enters B brings its theta along, what leaves it waits; new connections have no state.
            Tensor values = backend::rearrange(old, next.sources);
            for (std::size_t i = 0; i < next.entering.size(); ++i)
                values.values<float>()[next.entering[i]] = next.entered[i];
            now.sparsity.replace(layer,
                                 sparse::Topology(weight.topology().rows(), weight.topology().columns(),
                                                  next.positions, sparse::Topology::Lists::Rows),
                                 std::move(values), next.sources, now);
        }
        chooseForward(weight, layer);
        recordChange(now, layer, before, next, shown.values<std::uint8_t>());
    }

    /// Records how A changed.
    void recordChange(train::SparseStep& now, std::size_t layer, const std::vector<std::uint32_t>& before,
                      const WaitingWeights::Choice& next, std::span<const std::uint8_t> shownBefore) const {
        const Tensor mask = hidden_.mask(layer);
        const std::span<const std::uint8_t> shown = mask.values<std::uint8_t>();
        std::vector<std::uint32_t> hidden, left, dropped, grown;
        for (std::size_t e = 0; e < next.positions.size(); ++e) {
            const std::int64_t source = next.sources[e];
            const bool was = source >= 0 && shownBefore[static_cast<std::size_t>(source)] != 0;
            if (was == (shown[e] != 0)) continue;
            (was ? hidden : grown).push_back(next.positions[e]);
        }
        for (const std::uint32_t e : next.leaving)
            if (shownBefore[e] != 0) left.push_back(before[e]);
        std::merge(hidden.begin(), hidden.end(), left.begin(), left.end(), std::back_inserter(dropped));
        now.sparsity.recordRewiring(layer, std::move(dropped), std::move(grown), now);
    }

    double density_;
    double backwardDensity_;
    std::int64_t interval_;
    double penalty_;
    std::int64_t total_ = 0;
    mutable std::vector<std::int64_t> forward_;  ///< connections of A in each layer
    std::vector<std::string> names_;
    std::vector<WaitingWeights> waiting_;
    train::HiddenWeights hidden_;
};

}  // namespace

Created createTopKast(const config::Config& config) {
    return std::make_unique<TopKast>(config);
}

}  // namespace filigree::methods::sparse_training
