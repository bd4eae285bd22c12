// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/dense_to_sparse.h"
#include "methods/sparse_training/saliency.h"
#include "nn/initialization.h"

namespace filigree::methods::sparse_training {
namespace {

enum class Rewind { WeightsAndRate, Rate, Nothing };

/// What becomes of a ticket after the last pruning, to see what it owes to its weights or its places.
enum class Control { None, Reinitialize, Shuffle, Invert };

Control controlFrom(const std::string& name) {
    if (name == "reinitialize") return Control::Reinitialize;
    if (name == "shuffle") return Control::Shuffle;
    return name == "invert" ? Control::Invert : Control::None;
}

/// Iterative magnitude pruning in R rounds: train to the end, prune to the density D^(r / R) (the same
/// fraction of the remaining in each), set back to step tau, train to the end again. What is set back:
/// survivors and everything else the model has to their values at tau, and the learning rate (lottery
/// tickets); the learning rate alone; or nothing, training as long at the last learning rate (fine-tuning).
/// The optimiser starts anew.
class Imp final : public Pruning {
  public:
    Imp(const config::Config& config, Rewind rewind)
        : Pruning(config),
          rewinds_(rewind),
          control_(controlFrom(config.text("prune.control"))),
          rounds_(config.integer("prune.rounds")),
          rewindEpochs_(config.real("prune.rewind_epochs")) {
        if (control_ == Control::None) return;
        if (prunesUnits())
            throw Error(ErrorKind::Usage, "controls choose single connections", "prune.control",
                        "leave it at \"none\", or prune.unit at \"connection\"");
        if (rewind != Rewind::WeightsAndRate)
            throw Error(ErrorKind::Usage, "only training that starts anew has controls of its start",
                        "prune.control", R"(choose sparsity.algorithm = "imp", or leave it at "none")");
        if (control_ != Control::Invert && rewindEpochs_ > 0)
            throw Error(ErrorKind::Usage,
                        "connections that were pruned have no values but their initial ones", "prune.control",
                        "leave prune.rewind_epochs at 0");
        if (config.text("sparsity.pattern") != "single")
            throw Error(ErrorKind::Usage, "controls choose single connections", "sparsity.pattern",
                        "choose pattern = \"single\"");
    }

    std::int64_t start(const train::RunLength& length) override {
        Pruning::start(length);
        cycle_ = length.cycleSteps;
        rewind_ = std::llround(rewindEpochs_ * static_cast<double>(length.stepsPerEpoch));
        if (rewind_ >= cycle_)
            throw Error(ErrorKind::Usage, "training cannot be set back to a step after its end",
                        "prune.rewind_epochs", "choose less than train.epochs");
        return cycle_ + rounds_ * (cycle_ - rewind_);
    }
    std::int64_t scheduleStep(std::int64_t step) const override {
        if (step < cycle_) return step;
        return rewinds_ == Rewind::Nothing ? cycle_ - 1 : rewind_ + (step - cycle_) % (cycle_ - rewind_);
    }
    bool roundDue(std::int64_t step) const override { return roundAt(step) > 0; }

    void attach(train::DynamicSparsity& sparsity, nn::Module& model) override {
        Pruning::attach(sparsity, model);
        if (rewind_ == 0) remember(model);
    }

    void afterUpdate(train::SparseStep& now) override {
        if (now.step == rewind_) remember(now.model);
        if (!roundDue(now.step)) return;
        std::vector<std::shared_ptr<const sparse::Topology>> before;
        for (const auto& weight : now.sparsity.weights()) before.push_back(weight->sharedTopology());
        const bool isLast = roundAt(now.step) == rounds_;
        const sparse::Survivors instead = isLast ? otherSurvivors(now.sparsity) : sparse::Survivors();
        if (instead.empty()) {
            Pruning::afterUpdate(now);
        } else {
            now.sparsity.beginRound();
            for (std::size_t l = 0; l < instead.size(); ++l) now.sparsity.keepOnly(l, instead[l], now);
            now.sparsity.recordDensity(now.recorder, now.stamp);
        }
        now.optimizer.clearState();
        if (!rewindsWeights()) return;
        for (std::size_t l = 0; l < before.size(); ++l) {
            const auto& weight = now.sparsity.weights()[l];
            Tensor& old = remembered(weight->name() + ".weight");
            if (isLast && (control_ == Control::Reinitialize || control_ == Control::Shuffle)) {
                old = Tensor::empty({weight->topology().edges()}, old.dtype());
                const std::string stream = (control_ == Control::Shuffle ? "" : "again/") + weight->name();
                nn::InitialWeights(now.sparsity.seed(), stream, weight->denseShape(), {})
                    .fill(old, weight->topology().positions());
                continue;
            }
            const auto sources = sparse::edgeSources(*before[l], weight->topology());
            Tensor next = Tensor::empty({weight->topology().edges()}, old.dtype());
            dispatchFloating(old.dtype(), "rewinding", [&](auto zero) {
                using T = decltype(zero);
                const T* const from = std::as_const(old).data<T>();
                T* const to = next.data<T>();
                for (std::size_t e = 0; e < sources.size(); ++e) to[e] = from[sources[e]];
            });
            old = std::move(next);
        }
        for (nn::Parameter& parameter : now.model.parameters())
            parameter.variable.mutableValue() =
                remembered(parameter.name).clone().to(parameter.variable.value().device());
        for (auto& [name, buffer] : now.model.buffers())
            buffer.copyFrom(remembered(name).to(buffer.device()));
    }

    std::int64_t stateBytes() const override {
        std::int64_t bytes = 0;
        for (const auto& [name, tensor] : state_) bytes += static_cast<std::int64_t>(tensor.bytes());
        return bytes;
    }
    void save(train::Checkpoint& checkpoint) const override {
        DropAndGrow::save(checkpoint);
        for (const auto& [name, tensor] : state_) checkpoint.put(prefix + name, tensor);
    }
    void load(const train::Checkpoint& checkpoint) override {
        DropAndGrow::load(checkpoint);
        state_.clear();
        for (const auto& [name, tensor] : checkpoint.tensors())
            if (name.starts_with(prefix)) state_.emplace_back(name.substr(prefix.size()), tensor.clone());
    }

  protected:
    double densityAt(std::int64_t step) const override {
        const std::int64_t round = roundAt(step);
        return round == rounds_
                   ? density_
                   : std::pow(density_, static_cast<double>(round) / static_cast<double>(rounds_));
    }

  private:
    inline static const std::string prefix = "rewind.";

    /// The number of the round at the end of a cycle, 1 … R; 0 for other steps.
    std::int64_t roundAt(std::int64_t step) const {
        const std::int64_t length = cycle_ - rewind_;
        if (step < cycle_ || (step - cycle_) % length != 0) return 0;
        const std::int64_t round = (step - cycle_) / length + 1;
        return round <= rounds_ ? round : 0;
    }

    bool rewindsWeights() const { return rewinds_ == Rewind::WeightsAndRate; }

    /// The connections that a control keeps in place of the largest; none where those stay.
    sparse::Survivors otherSurvivors(const train::DynamicSparsity& sparsity) const {
        if (control_ != Control::Shuffle && control_ != Control::Invert) return {};
        const sparse::Survivors largest = sparsity.survivors(density_, scope());
        std::vector<Shape> shapes;
        std::vector<sparse::ScoredLayer> smallest;
        std::vector<std::int64_t> kept;
        for (std::size_t l = 0; l < largest.size(); ++l) {
            shapes.push_back(sparsity.weights()[l]->denseShape());
            smallest.push_back(sparse::magnitudes(*sparsity.weights()[l]));
            for (double& score : smallest.back().scores) score = -score;
            kept.push_back(std::ssize(largest[l]));
        }
        return control_ == Control::Shuffle ? shuffledWithinLayers(largest, shapes, sparsity.seed())
                                            : sparse::keepPerLayer(smallest, kept);
    }

    void remember(nn::Module& model) {
        if (!rewindsWeights()) return;
        state_.clear();
        for (const nn::Parameter& parameter : model.parameters())
            state_.emplace_back(parameter.name, parameter.variable.value().host().contiguous().clone());
        for (const auto& [name, buffer] : model.buffers()) state_.emplace_back(name, buffer.host().clone());
    }
    Tensor& remembered(const std::string& name) {
        for (auto& [known, tensor] : state_)
            if (known == name) return tensor;
        throw Error(ErrorKind::Data, "the checkpoint lacks the values that training is set back to", name,
                    "resume from another checkpoint");
    }

    Rewind rewinds_;
    Control control_;
    std::int64_t rounds_;
    double rewindEpochs_;
    std::int64_t cycle_ = 0;
    std::int64_t rewind_ = 0;
    std::vector<std::pair<std::string, Tensor>> state_;
};

}  // namespace

Created createImp(const config::Config& config) {
    return std::make_unique<Imp>(config, Rewind::WeightsAndRate);
}

Created createLrr(const config::Config& config) {
    return std::make_unique<Imp>(config, Rewind::Rate);
}

Created createFineTuning(const config::Config& config) {
    return std::make_unique<Imp>(config, Rewind::Nothing);
}

}  // namespace filigree::methods::sparse_training
