// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <memory>
#include <optional>

#include "backend/coded_sums.h"
#include "base/error.h"
#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/between_layers.h"
#include "sparse/top_k.h"
#include "train/dynamic_sparsity.h"

namespace filigree::methods::sparse_training {
namespace {

/// M of all positions of one layer, as floats or coded in 8 bits.
class DenseMomentum {
  public:
    explicit DenseMomentum(const sparse::SparseWeight& weight)
        : floats_(Tensor::zeros(weight.denseShape(), weight.values().value().dtype())) {}
    struct Coded {};
    DenseMomentum(const sparse::SparseWeight& weight, Coded)
        : coded_(std::in_place, weight.topology().rows(), weight.topology().columns()) {}

    /// M <- beta M + dL/dW.
    void add(const sparse::SparseWeight& weight, double beta, const RandomStream& rounding) {
        if (coded_) {
            weight.forDenseGradientRows(scratchFloats, [&](std::int64_t first, const Tensor& rows) {
                const Tensor slab = rows.to(DType::F32).contiguous();
                coded_->add(first, slab.values<float>(), static_cast<float>(beta), rounding);
            });
            return;
        }
        const Tensor gradient = weight.denseGradient().contiguous();
        dispatchFloating(gradient.dtype(), "sparse momentum", [&](auto zero) {
            using T = decltype(zero);
            T* const m = floats_.data<T>();
            const T* const g = gradient.data<T>();
            const auto b = static_cast<T>(beta);
            const std::int64_t count = gradient.elements();
            for (std::int64_t i = 0; i < count; ++i) m[i] = b * m[i] + g[i];
        });
    }

    const Tensor& floats() const { return floats_; }
    /// Calls body(|M|) at ascending positions, decoding one row at a time.
    class Walk {
      public:
        explicit Walk(const DenseMomentum& momentum)
            : momentum_(momentum),
              plain_(momentum.coded_ ? sparse::DenseGradient() : sparse::DenseGradient(momentum.floats_)),
              row_(momentum.coded_ ? static_cast<std::size_t>(momentum.coded_->columns()) : 0) {}
        double magnitude(std::uint32_t position) {
            if (plain_) return std::abs(plain_[position]);
            const auto width = static_cast<std::int64_t>(row_.size());
            if (position >= begin_ + width || begin_ < 0) {
                begin_ = position / width * width;
                momentum_.coded_->decode(begin_ / width, row_);
            }
            return std::abs(static_cast<double>(row_[static_cast<std::size_t>(position - begin_)]));
        }

      private:
        const DenseMomentum& momentum_;
        sparse::DenseGradient plain_;
        std::vector<float> row_;
        std::int64_t begin_ = -1;
    };

    std::int64_t bytes() const {
        return coded_ ? coded_->bytes() : static_cast<std::int64_t>(floats_.bytes());
    }
    void save(train::Checkpoint& checkpoint, const std::string& name) const {
        checkpoint.put(name, coded_ ? coded_->codes() : floats_);
        if (coded_) checkpoint.put(name + ".scales", coded_->scales());
    }
    void load(const train::Checkpoint& checkpoint, const std::string& name) {
        if (coded_)
            coded_->restore(checkpoint.get(name, DType::U8, coded_->codes().shape()),
                            checkpoint.get(name + ".scales", DType::F32, coded_->scales().shape()));
        else
            floats_.copyFrom(checkpoint.get(name, floats_.dtype(), floats_.shape()));
    }

  private:
    static constexpr std::int64_t scratchFloats = 1 << 16;  // of the gradient at a time

    Tensor floats_;
    std::optional<backend::CodedSums> coded_;
};

/// Sparse momentum: grows the positions of largest |M|, M <- beta M + dL/dW at every position, and gives each
/// layer a share of the growth in proportion to the mean |M| of its connections. As published it needs a
/// dense gradient in every step and a dense M for every layer.
///
/// With a window of K steps M starts at 0 before the last K steps of a round, and exists only then: of the
/// gradients before, M would hold beta^K. Random streams: "snfs.rounding/<layer>" at each step, with 8 bits.
class Snfs final : public train::DropAndGrow {
  public:
    explicit Snfs(const config::Config& config)
        : DropAndGrow(
              config,
              config.text("snfs.growth") == "units" ? sparse::unitGradientGrowth() : sparse::gradientGrowth(),
              false),
          beta_(
              config.real(config.text("optimizer.kind") == "sgd" ? "optimizer.momentum" : "optimizer.beta1")),
          redistribution_(config.text("snfs.redistribution")),
          window_(config.integer("snfs.momentum_window")),
          coded_(config.text("snfs.momentum_bits") == "8") {
        if (redistribution_ != "none" || coded_) requireSingleConnections(config);
        if (coded_ && config.text("snfs.growth") == "units")
            throw Error(
                ErrorKind::Usage,
                "growth by units looks at the momentum of every position at once, which 8 bits do not keep",
                "snfs.momentum_bits", "choose momentum_bits = \"32\", or growth = \"layer\"");
        if (coded_)
            rule_ = {"momentum",
                     false,
                     [this](const sparse::Round& round, std::int64_t count) { return largest(round, count); },
                     {}};
    }

    void attach(train::DynamicSparsity& sparsity, nn::Module&) override {
        weights_ = sparsity.weights();
        for (const auto& weight : weights_) names_.push_back("snfs.momentum." + weight->name());
        momentum_.resize(weights_.size());
        if (window_ == 0) begin();
    }

    bool wantsDenseGradient(std::int64_t step) const override {
        if (window_ == 0) return step <= schedule_.endStep;
        const std::int64_t interval = schedule_.intervalSteps;
        const std::int64_t round = (step + interval - 1) / interval * interval;
        return schedule_.due(round) && round - step < window_;
    }

    void afterUpdate(train::SparseStep& now) override {
        if (!wantsDenseGradient(now.step)) return;
        if (!momentum_.empty() && !momentum_.front()) begin();
        for (std::size_t l = 0; l < momentum_.size(); ++l) {
            const RandomStream rounding(now.sparsity.seed(), "snfs.rounding/" + weights_[l]->name(),
                                        static_cast<std::uint64_t>(now.step));
            momentum_[l]->add(*weights_[l], beta_, rounding);
            weights_[l]->setCapturing(false);
        }
        DropAndGrow::afterUpdate(now);
        if (window_ > 0 && !wantsDenseGradient(now.step + 1))
            for (auto& momentum : momentum_) momentum.reset();
    }

    std::int64_t stateBytes() const override {
        std::int64_t bytes = 0;
        for (const auto& momentum : momentum_)
            if (momentum) bytes += momentum->bytes();
        return bytes;
    }
    void save(train::Checkpoint& checkpoint) const override {
        DropAndGrow::save(checkpoint);
        for (std::size_t l = 0; l < momentum_.size(); ++l)
            if (momentum_[l]) momentum_[l]->save(checkpoint, names_[l]);
    }
    void load(const train::Checkpoint& checkpoint) override {
        DropAndGrow::load(checkpoint);
        if (window_ > 0) momentum_.assign(weights_.size(), std::nullopt);
        if (names_.empty() || !(window_ == 0 || checkpoint.has(names_.front()))) return;
        if (window_ > 0) begin();
        for (std::size_t l = 0; l < momentum_.size(); ++l) momentum_[l]->load(checkpoint, names_[l]);
    }

  protected:
    Tensor growthSignal(const train::SparseStep&, std::size_t layer) override {
        return momentum_[layer]->floats();
    }

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
    /// M = 0.
    void begin() {
        for (std::size_t l = 0; l < momentum_.size(); ++l) {
            if (coded_)
                momentum_[l].emplace(*weights_[l], DenseMomentum::Coded{});
            else
                momentum_[l].emplace(*weights_[l]);
        }
    }

    /// The candidates of largest |M|, without a dense copy of it.
    std::vector<std::uint32_t> largest(const sparse::Round& round, std::int64_t count) const {
        std::size_t layer = 0;
        while (weights_[layer].get() != &round.weight) ++layer;
        DenseMomentum::Walk walk(*momentum_[layer]);
        sparse::TopK best(count);
        round.candidates.forEach([&](std::uint32_t p) { best.offer(p, walk.magnitude(p)); });
        std::vector<std::uint32_t> grown;
        for (const sparse::TopK::Entry& entry : best.take()) grown.push_back(entry.position);
        return grown;
    }

    /// Mean |momentum| or |w| over the connections, or their number.
    double meanShare(const sparse::SparseWeight& weight, std::size_t layer) const {
        if (redistribution_ == "nonzeros") return static_cast<double>(weight.topology().edges());
        double sum = 0;
        if (redistribution_ == "magnitude") {
            for (const double w : weight.values().value().toDoubles()) sum += std::abs(w);
        } else {
            DenseMomentum::Walk walk(*momentum_[layer]);
            for (const std::uint32_t p : weight.topology().positions()) sum += walk.magnitude(p);
        }
        return sum / static_cast<double>(std::max<std::int64_t>(1, weight.topology().edges()));
    }

    double beta_;
    std::string redistribution_;
    std::int64_t window_;
    bool coded_;
    std::vector<train::DynamicSparsity::Weight> weights_;
    std::vector<std::string> names_;
    std::vector<std::optional<DenseMomentum>> momentum_;
};

}  // namespace

Created createSnfs(const config::Config& config) {
    return std::make_unique<Snfs>(config);
}

}  // namespace filigree::methods::sparse_training
