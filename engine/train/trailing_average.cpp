// SPDX-License-Identifier: Apache-2.0
#include "train/trailing_average.h"

#include <algorithm>
#include <utility>

#include "backend/elementwise.h"
#include "backend/rewiring.h"

namespace filigree::train {
namespace {

const std::string prefix = "train.average.";

void mix(Tensor& mean, const Tensor& value, double d) {
    if (value.onDevice()) {
        mean = backend::add(backend::apply(backend::Unary::Scale, mean, d),
                            backend::apply(backend::Unary::Scale, value, 1 - d));
        return;
    }
    const Tensor now = value.contiguous();
    dispatchFloating(now.dtype(), "average of weights", [&](auto zero) {
        using T = decltype(zero);
        const T* const w = now.data<T>();
        T* const m = mean.data<T>();
        const T kept = static_cast<T>(d), taken = static_cast<T>(1 - d);
        const std::int64_t count = now.elements();
        for (std::int64_t i = 0; i < count; ++i) m[i] = kept * m[i] + taken * w[i];
    });
}

}  // namespace

double warmedDecay(double decay, std::int64_t step) {
    const auto t = static_cast<double>(step);
    return std::min(decay, (1 + t) / (10 + t));
}

void TrailingAverage::start(const std::vector<nn::Parameter>& parameters, const nn::Module& model) {
    const auto weights = model.sparseWeights();
    for (const nn::Parameter& parameter : parameters) {
        const Tensor& value = parameter.variable.value();
        Entry entry{parameter.name, parameter.variable, value.host().contiguous().clone().to(value.device()),
                    nullptr};
        for (const auto& weight : weights)
            if (weight->values().is(parameter.variable)) entry.sparse = weight;
        if (entry.sparse) entry.pattern = entry.sparse->sharedTopology();
        entries_.push_back(std::move(entry));
    }
}

void TrailingAverage::add(double d) {
    for (Entry& entry : entries_) mix(entry.mean, std::as_const(entry.variable).value(), d);
}

void TrailingAverage::follow() {
    for (Entry& entry : entries_) {
        if (!entry.sparse || entry.pattern == entry.sparse->sharedTopology()) continue;
        entry.mean =
            backend::rearrange(entry.mean, sparse::edgeSources(*entry.pattern, entry.sparse->topology()));
        entry.pattern = entry.sparse->sharedTopology();
    }
}

void TrailingAverage::exchange() {
    for (Entry& entry : entries_) std::swap(entry.variable.mutableValue(), entry.mean);
}

std::int64_t TrailingAverage::bytes() const {
    std::int64_t total = 0;
    for (const Entry& entry : entries_) total += static_cast<std::int64_t>(entry.mean.bytes());
    return total;
}

void TrailingAverage::save(Checkpoint& checkpoint) const {
    for (const Entry& entry : entries_) checkpoint.put(prefix + entry.name, entry.mean);
}

void TrailingAverage::load(const Checkpoint& checkpoint) {
    for (Entry& entry : entries_) {
        const Tensor& value = std::as_const(entry.variable).value();
        entry.mean =
            checkpoint.get(prefix + entry.name, value.dtype(), value.shape()).clone().to(value.device());
        if (entry.sparse) entry.pattern = entry.sparse->sharedTopology();
    }
}

}  // namespace filigree::train
