// SPDX-License-Identifier: Apache-2.0
#include "methods/sparse_model_soups/retraining.h"

#include "analysis/saved_weights.h"

namespace filigree::methods::sparse_model_soups {

Retraining::Retraining(const config::Config& config, WeightsFolder folder) {
    if (const std::string& start = config.text("soup.start"); !start.empty()) start_ = folder.get(start);
}

nn::Topologies Retraining::initial(const train::Beginning& beginning) const {
    if (!start_) return {};
    layers_ = beginning.layers;
    const analysis::SavedWeights weights = analysis::readWeights(*start_, layers_);
    return analysis::unionOf({&weights, 1});
}

void Retraining::attach(train::DynamicSparsity&, nn::Module& model) {
    if (start_) analysis::setWeights(model, analysis::readWeights(*start_, layers_));
    start_.reset();
}

}  // namespace filigree::methods::sparse_model_soups
