// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "backend/rewiring.h"
#include "base/error.h"
#include "methods/sparse_training/algorithms.h"
#include "nn/initialization.h"
#include "sparse/magnitude_limit.h"
#include "train/hidden_weights.h"

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
        sparsity.forgetLostConnections();
        for (const auto& weight : sparsity.weights()) weight->forgetActivity();
        hidden_.attach(sparsity, 0, true);
        for (std::size_t l = 0; l < sparsity.weights().size(); ++l) {
            const sparse::SparseWeight& weight = *sparsity.weights()[l];
            names_.push_back("top_kast.waiting." + weight.name());
            waiting_.push_back(initialWeights(sparsity.seed(), weight.name(), weight.denseShape()));
            for (const std::uint32_t p : weight.topology().positions())
                waiting_.back().values<float>()[p] = 0;
            limits_.push_back(std::numeric_limits<std::int32_t>::max());
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
            const float* const shown = hidden_.mask(l).data<float>();
            const auto waiting = static_cast<float>(penalty_ / density_);
            const auto less = static_cast<float>(penalty_ / density_ - penalty_);
            const std::int64_t edges = arriving.elements();
            for (std::int64_t e = 0; e < edges; ++e) out[e] = in[e] + (waiting - less * shown[e]) * theta[e];
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

    Used used(const sparse::SparseWeight& weight, std::size_t layer) const override {
        return hidden_.used(weight, layer);
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

    /// Shows the A largest |theta| of B; of equals the lowest position is hidden first.
    void chooseForward(const sparse::SparseWeight& weight, std::size_t layer) {
        const Tensor values = weight.values().value().contiguous();
        const std::span<const float> theta = values.values<float>();
        const sparse::MagnitudeLimit limit = sparse::magnitudeLimit(theta, forward_[layer]);
        Tensor mask = Tensor::empty(values.shape());
        float* const m = mask.data<float>();
        std::int64_t hidden = limit.above + limit.equal - forward_[layer];
        for (std::size_t e = 0; e < theta.size(); ++e)
            m[e] = sparse::magnitudeBits(theta[e]) >= limit.bits ? 1.0F : 0.0F;
        for (std::size_t e = 0; hidden > 0; ++e) {
            if (sparse::magnitudeBits(theta[e]) != limit.bits) continue;
            m[e] = 0;
            --hidden;
        }
        hidden_.show(layer, std::move(mask));
    }

    /// What B becomes.
    struct Members {
        std::vector<std::uint32_t> positions;
        std::vector<std::int64_t> sources;    ///< of each its edge before, or -1
        std::vector<std::uint32_t> leaving;   ///< edges
        std::vector<std::uint32_t> entering;  ///< edges
    };

    /// Chooses B anew among all of theta, then A among B.
    void exchange(train::SparseStep& now, std::size_t layer) {
        sparse::SparseWeight& weight = *now.sparsity.weights()[layer];
        const std::vector<std::uint32_t> before = weight.topology().positions();
        const Tensor old = std::as_const(weight.values()).value().contiguous();
        const std::span<const float> theta = old.values<float>();
        Members next = largest(layer, before, theta);
        const Tensor shown = hidden_.mask(layer);
        if (next.entering.empty()) {
            weight.advanceRound();
        } else {
            // What enters B brings its theta along, what leaves it waits; new connections have no state.
            Tensor values = backend::rearrange(old, next.sources);
            const std::span<float> waiting = waiting_[layer].values<float>();
            for (const std::uint32_t e : next.entering)
                values.values<float>()[e] = std::exchange(waiting[next.positions[e]], 0.0F);
            for (const std::uint32_t e : next.leaving) waiting[before[e]] = theta[e];
            now.sparsity.replace(layer, sparse::survivorTopology(weight.denseShape(), next.positions),
                                 std::move(values), next.sources, now);
        }
        chooseForward(weight, layer);
        recordChange(now, layer, before, next, shown.values<float>());
    }

    /// Records how A changed.
    void recordChange(train::SparseStep& now, std::size_t layer, const std::vector<std::uint32_t>& before,
                      const Members& next, std::span<const float> shownBefore) const {
        const Tensor mask = hidden_.mask(layer);
        const std::span<const float> shown = mask.values<float>();
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

    /// The largest |theta| of a layer, as many as there are members; of equals the lowest position leaves
    /// first. `waiting_` holds theta elsewhere and 0 at the members, `theta` that of the members.
    Members largest(std::size_t layer, const std::vector<std::uint32_t>& members,
                    std::span<const float> theta) {
        const std::span<const float> others = std::as_const(waiting_[layer]).values<float>();
        const std::int64_t count = std::ssize(members);
        std::vector<std::uint32_t> candidates;  // of those that wait, ascending
        sparse::MagnitudeLimit limit;
        // Few of those that wait can enter: the limit of the last round, somewhat lowered, tells which. If it
        // turns out too high, the limit among the members and these is low enough.
        for (std::int32_t atLeast = limits_[layer];; atLeast = limit.bits) {
            candidates = atLeastThis(others, std::max(atLeast, 1));
            std::vector<float> all(theta.begin(), theta.end());
            all.reserve(theta.size() + candidates.size());
            for (const std::uint32_t p : candidates) all.push_back(others[p]);
            limit = sparse::magnitudeLimit(all, count);
            if (limit.bits >= atLeast) break;
        }
        constexpr std::int32_t percents = 1 << 17;  // of the bits of a float: 0.8 to 1.6 %
        limits_[layer] = std::max(0, limit.bits - percents);

        Members next;
        next.positions.reserve(members.size());
        next.sources.reserve(members.size());
        std::int64_t leave = limit.above + limit.equal - count;
        const auto stays = [&](float value) {
            const std::int32_t bits = sparse::magnitudeBits(value);
            return bits > limit.bits || (bits == limit.bits && leave-- <= 0);
        };
        auto waits = candidates.begin();
        const auto enter = [&](std::uint32_t end) {
            for (; waits != candidates.end() && *waits < end; ++waits) {
                if (!stays(others[*waits])) continue;
                next.entering.push_back(static_cast<std::uint32_t>(next.positions.size()));
                next.positions.push_back(*waits);
                next.sources.push_back(-1);
            }
        };
        for (std::size_t e = 0; e < members.size(); ++e) {
            enter(members[e]);
            if (stays(theta[e])) {
                next.positions.push_back(members[e]);
                next.sources.push_back(static_cast<std::int64_t>(e));
            } else {
                next.leaving.push_back(static_cast<std::uint32_t>(e));
            }
        }
        enter(std::numeric_limits<std::uint32_t>::max());
        return next;
    }

    /// The positions of the values that are at least so large.
    static std::vector<std::uint32_t> atLeastThis(std::span<const float> values, std::int32_t bits) {
        std::vector<std::uint32_t> found;
        constexpr std::size_t block = 64;
        for (std::size_t first = 0; first < values.size(); first += block) {
            const std::span<const float> part = values.subspan(first, std::min(block, values.size() - first));
            std::int32_t most = 0;
            for (const float value : part) most = std::max(most, sparse::magnitudeBits(value));
            if (most < bits) continue;
            for (std::size_t i = 0; i < part.size(); ++i)
                if (sparse::magnitudeBits(part[i]) >= bits)
                    found.push_back(static_cast<std::uint32_t>(first + i));
        }
        return found;
    }

    double density_;
    double backwardDensity_;
    std::int64_t interval_;
    double penalty_;
    std::int64_t total_ = 0;
    mutable std::vector<std::int64_t> forward_;  ///< connections of A in each layer
    std::vector<std::string> names_;
    std::vector<Tensor> waiting_;
    /// Where to look for what may enter B: bits of |theta|. They cost time if they are wrong, nothing else.
    std::vector<std::int32_t> limits_;
    train::HiddenWeights hidden_;
};

}  // namespace

Created createTopKast(const config::Config& config) {
    return std::make_unique<TopKast>(config);
}

}  // namespace filigree::methods::sparse_training
