// SPDX-License-Identifier: Apache-2.0
#include "train/hidden_weights.h"

#include <algorithm>

#include "sparse/reparameterization.h"
#include "tensor/dispatch.h"

namespace filigree::train {
namespace {

std::int64_t onesOf(const Tensor& mask) {
    return dispatch(mask.dtype(), [&](auto zero) {
        const auto values = mask.values<decltype(zero)>();
        return static_cast<std::int64_t>(
            std::count_if(values.begin(), values.end(), [](auto v) { return v != 0; }));
    });
}

}  // namespace

void HiddenWeights::attach(DynamicSparsity& sparsity, double decay, bool skipsHidden) {
    sparsity_ = &sparsity;
    decay_ = decay;
    skipsHidden_ = skipsHidden;
    for (const auto& weight : sparsity.weights()) {
        shown_.push_back(0);
        masks_.push_back(Tensor::full({weight->topology().edges()}, 1,
                                      skipsHidden ? DType::U8 : weight->values().value().dtype()));
        reparameterize(masks_.size() - 1);
    }
}

void HiddenWeights::reparameterize(std::size_t layer) {
    sparsity_->weights()[layer]->setReparameterization(
        [mask = masks_[layer], decay = decay_](const autograd::Variable& values) {
            return sparse::straightThrough(values, mask, decay);
        });
    shown_[layer] = onesOf(masks_[layer]);
    if (skipsHidden_) sparsity_->weights()[layer]->setForwardEdges(masks_[layer]);
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
        masks_[l] =
            checkpoint.get("hidden.mask." + weight.name(), masks_[l].dtype(), {weight.topology().edges()})
                .clone();
        reparameterize(l);
    }
}

}  // namespace filigree::train
