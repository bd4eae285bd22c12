// SPDX-License-Identifier: Apache-2.0
#include "train/hidden_weights.h"

#include <algorithm>
#include <cmath>

#include "backend/reduction.h"
#include "sparse/reparameterization.h"

namespace filigree::train {

void HiddenWeights::attach(DynamicSparsity& sparsity, double decay, bool skipsHidden) {
    sparsity_ = &sparsity;
    decay_ = decay;
    skipsHidden_ = skipsHidden;
    for (const auto& weight : sparsity.weights()) {
        shown_.push_back(0);
        masks_.push_back(Tensor::full({weight->topology().edges()}, 1, weight->values().value().dtype()));
        reparameterize(masks_.size() - 1);
    }
}

void HiddenWeights::reparameterize(std::size_t layer) {
    sparsity_->weights()[layer]->setReparameterization(
        [mask = masks_[layer], decay = decay_](const autograd::Variable& values) {
            return sparse::straightThrough(values, mask, decay);
        });
    if (!skipsHidden_) {
        shown_[layer] = std::llround(backend::sum(masks_[layer]).item());
        return;
    }
    // Half of them, without a pattern that a processor could predict.
    std::vector<std::uint32_t> shown(static_cast<std::size_t>(masks_[layer].elements()));
    std::size_t count = 0;
    dispatchFloating(masks_[layer].dtype(), "mask of a layer", [&](auto zero) {
        using T = decltype(zero);
        const T* const m = masks_[layer].data<T>();
        for (std::size_t e = 0; e < shown.size(); ++e) {
            shown[count] = static_cast<std::uint32_t>(e);
            count += m[e] != 0 ? 1 : 0;
        }
    });
    shown.resize(count);
    shown_[layer] = static_cast<std::int64_t>(count);
    sparsity_->weights()[layer]->setForwardEdges(std::move(shown));
}

void HiddenWeights::show(std::size_t layer, const std::vector<std::uint32_t>& positions) {
    const sparse::SparseWeight& weight = *sparsity_->weights()[layer];
    const std::vector<std::uint32_t> active = weight.topology().positions();
    Tensor mask = Tensor::zeros({weight.topology().edges()}, weight.values().value().dtype());
    dispatchFloating(mask.dtype(), "mask of a layer", [&](auto zero) {
        using T = decltype(zero);
        T* const m = mask.data<T>();
        auto next = positions.begin();
        for (std::size_t e = 0; e < active.size() && next != positions.end(); ++e) {
            if (active[e] != *next) continue;
            m[e] = 1;
            ++next;
        }
    });
    show(layer, std::move(mask));
}

void HiddenWeights::show(std::size_t layer, Tensor mask) {
    masks_[layer] = std::move(mask);
    reparameterize(layer);
}

void HiddenWeights::finish(SparseStep& now) {
    now.sparsity.collapse(masks_, now);
    masks_.assign(masks_.size(), Tensor());
    finished_ = true;
}

std::int64_t HiddenWeights::bytes() const {
    std::int64_t total = 0;
    for (const Tensor& mask : masks_)
        if (mask.defined()) total += static_cast<std::int64_t>(mask.bytes());
    return total;
}

void HiddenWeights::save(Checkpoint& checkpoint) const {
    checkpoint.put("hidden.finished", std::vector<std::int64_t>{finished_ ? 1 : 0});
    if (finished_) return;
    for (std::size_t l = 0; l < masks_.size(); ++l)
        checkpoint.put("hidden.mask." + sparsity_->weights()[l]->name(), masks_[l]);
}

void HiddenWeights::load(const Checkpoint& checkpoint) {
    finished_ = checkpoint.getIntegers("hidden.finished") == std::vector<std::int64_t>{1};
    for (std::size_t l = 0; l < masks_.size(); ++l) {
        sparse::SparseWeight& weight = *sparsity_->weights()[l];
        if (finished_) {
            weight.setReparameterization({});
            masks_[l] = {};
            continue;
        }
        masks_[l] = checkpoint
                        .get("hidden.mask." + weight.name(), weight.values().value().dtype(),
                             {weight.topology().edges()})
                        .clone();
        reparameterize(l);
    }
}

}  // namespace filigree::train
