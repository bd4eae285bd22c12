// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>

#include "base/error.h"
#include "methods/sparse_training/algorithms.h"
#include "nn/initialization.h"
#include "sparse/top_k.h"
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
        hidden_.attach(sparsity, 0, true);
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
        const std::vector<std::uint32_t> before = weight.topology().positions();
        const std::vector<std::uint32_t> shown = shownOf(before, layer);
        const Tensor old = std::as_const(weight.values()).value().contiguous().clone();
        const std::vector<std::uint32_t> after = largest(waiting_[layer], before, old);
        const std::span<float> waiting = waiting_[layer].values<float>();
        if (after == before) {
            weight.advanceRound();
        } else {
            const std::span<const float> theta = old.values<float>();
            // What enters B brings its theta along, what leaves it waits; new connections start at 0.
            now.sparsity.keepOnly(layer, after, now, false);
            const std::span<float> next = weight.values().mutableValue().values<float>();
            std::size_t b = 0;
            for (std::size_t e = 0; e < after.size(); ++e) {
                for (; b < before.size() && before[b] < after[e]; ++b) waiting[before[b]] = theta[b];
                if (b < before.size() && before[b] == after[e]) {
                    ++b;
                    continue;
                }
                next[e] = waiting[after[e]];
                waiting[after[e]] = 0;
            }
            for (; b < before.size(); ++b) waiting[before[b]] = theta[b];
        }
        chooseForward(weight, layer);
        now.sparsity.recordChange(layer, shown, shownOf(after, layer), now);
    }

    std::vector<std::uint32_t> shownOf(const std::vector<std::uint32_t>& positions, std::size_t layer) const {
        const std::span<const float> mask = hidden_.mask(layer).values<float>();
        std::vector<std::uint32_t> result;
        for (std::size_t e = 0; e < positions.size(); ++e)
            if (mask[e] != 0) result.push_back(positions[e]);
        return result;
    }

    /// The positions of the largest |theta| of a layer, as many as there are members; of equals the lowest
    /// position leaves first. `waiting` holds theta elsewhere and 0 at the members, `values` that of the
    /// members. Members above everything that waits are safe; the places of the others are open to all.
    static std::vector<std::uint32_t> largest(const Tensor& waiting,
                                              const std::vector<std::uint32_t>& members,
                                              const Tensor& values) {
        const std::span<const float> theta = values.values<float>();
        const std::span<const float> others = waiting.values<float>();
        std::int32_t highest = 0;
        for (const float value : others) highest = std::max(highest, magnitudeBits(value));
        std::vector<std::uint32_t> safe;
        safe.reserve(members.size());
        for (std::size_t e = 0; e < members.size(); ++e)
            if (magnitudeBits(theta[e]) > highest) safe.push_back(members[e]);
        if (safe.size() == members.size()) return members;
        sparse::TopK best(std::ssize(members) - std::ssize(safe));
        const auto offer = [&](std::uint32_t position, float value) {
            best.offer(position, std::abs(static_cast<double>(value)), position);
        };
        for (std::size_t e = 0; e < members.size(); ++e)
            if (magnitudeBits(theta[e]) <= highest) offer(members[e], theta[e]);
        constexpr std::uint32_t block = 64;
        for (std::uint32_t first = 0; first < others.size(); first += block) {
            const auto last = static_cast<std::uint32_t>(std::min<std::size_t>(first + block, others.size()));
            std::int32_t most = 0;
            for (std::uint32_t p = first; p < last; ++p) most = std::max(most, magnitudeBits(others[p]));
            if (static_cast<double>(std::bit_cast<float>(most)) < best.threshold()) continue;
            for (std::uint32_t p = first; p < last; ++p)
                if (others[p] != 0) offer(p, others[p]);
        }
        std::vector<std::uint32_t> won;
        for (const sparse::TopK::Entry& entry : best.take()) won.push_back(entry.position);
        std::vector<std::uint32_t> result;
        result.reserve(members.size());
        std::merge(safe.begin(), safe.end(), won.begin(), won.end(), std::back_inserter(result));
        return result;
    }

    /// Orders like |value|, and the largest of many is found without branches.
    static std::int32_t magnitudeBits(float value) { return std::bit_cast<std::int32_t>(value) & 0x7fffffff; }

    double density_;
    double backwardDensity_;
    std::int64_t interval_;
    double penalty_;
    std::int64_t total_ = 0;
    mutable std::vector<std::int64_t> forward_;  ///< connections of A in each layer
    std::vector<std::string> names_;
    std::vector<Tensor> waiting_;
    train::HiddenWeights hidden_;
};

}  // namespace

Created createTopKast(const config::Config& config) {
    return std::make_unique<TopKast>(config);
}

}  // namespace filigree::methods::sparse_training
