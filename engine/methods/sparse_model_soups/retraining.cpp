// SPDX-License-Identifier: Apache-2.0
#include "methods/sparse_model_soups/retraining.h"

#include <algorithm>
#include <cmath>

#include "analysis/saved_weights.h"

namespace filigree::methods::sparse_model_soups {

Retraining::Retraining(const config::Config& config, WeightsFolder folder)
    : partBegin_(config.integer("soup.part_begin")),
      partEpochs_(config.integer("soup.part_epochs")),
      averagedFrom_(config.real("soup.swa_from")),
      hiddenDensity_(config.real("soup.hidden_density")),
      selector_(selectorFrom(config.text("soup.selector"))) {
    if (const std::string& start = config.text("soup.start"); !start.empty()) start_ = folder.get(start);
}

std::int64_t Retraining::start(const train::RunLength& length) {
    stepsPerEpoch_ = length.stepsPerEpoch;
    totalSteps_ = partEpochs_ == 0 ? length.cycleSteps : partEpochs_ * stepsPerEpoch_;
    const auto epochs = static_cast<double>(totalSteps_) / static_cast<double>(stepsPerEpoch_);
    averageStep_ = std::max<std::int64_t>(1, std::llround(averagedFrom_ * epochs)) * stepsPerEpoch_;
    return totalSteps_;
}

std::int64_t Retraining::scheduleStep(std::int64_t step) const {
    return std::max<std::int64_t>(
        0, partBegin_ * stepsPerEpoch_ + (averages() ? std::min(step, averageStep_) : step));
}

void Retraining::afterUpdate(train::SparseStep& now) {
    if (!averages() || now.step < averageStep_) return;
    if (now.step % stepsPerEpoch_ == 0) average_.add(now.model.parameters());
    if (now.step == totalSteps_) average_.apply(now.model.parameters());
}

void Retraining::save(train::Checkpoint& checkpoint) const {
    if (averages()) average_.save(checkpoint);
    if (hides()) hidden_.save(checkpoint);
}

void Retraining::load(const train::Checkpoint& checkpoint) {
    if (averages()) average_.load(checkpoint);
    if (hides()) hidden_.load(checkpoint);
}

nn::Topologies Retraining::initial(const train::Beginning& beginning) const {
    if (!start_) return {};
    layers_ = beginning.layers;
    const analysis::SavedWeights weights = analysis::readWeights(*start_, layers_);
    return analysis::unionOf({&weights, 1});
}

void Retraining::attach(train::DynamicSparsity& sparsity, nn::Module& model) {
    if (start_) {
        const analysis::SavedWeights weights = analysis::readWeights(*start_, layers_);
        analysis::setWeights(model, weights);
        if (hides()) {
            hidden_.attach(sparsity);
            const analysis::SavedWeights shown = pruned(weights, layers_, hiddenDensity_, selector_, 0);
            for (std::size_t l = 0; l < sparsity.weights().size(); ++l)
                hidden_.show(l, shown.sparse.at(sparsity.weights()[l]->name()).positions);
        }
    }
    start_.reset();
}

}  // namespace filigree::methods::sparse_model_soups
