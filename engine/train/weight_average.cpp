// SPDX-License-Identifier: Apache-2.0
#include "train/weight_average.h"

#include "base/error.h"

namespace filigree::train {
namespace {

const std::string prefix = "average.";

}  // namespace

void WeightAverage::add(const std::vector<nn::Parameter>& parameters) {
    const auto n = static_cast<double>(count_);
    for (const nn::Parameter& parameter : parameters) {
        const Tensor& value = parameter.variable.value();
        const std::vector<double> now = value.toDoubles();
        std::vector<double>& mean = mean_[parameter.name];
        if (count_ == 0) {
            mean = now;
            shapes_[parameter.name] = value.shape();
            continue;
        }
        if (mean.size() != now.size())
            throw Error(ErrorKind::Run, "a network changed while its weights were averaged", parameter.name);
        for (std::size_t i = 0; i < now.size(); ++i) mean[i] = (mean[i] * n + now[i]) / (n + 1);
    }
    ++count_;
}

void WeightAverage::apply(const std::vector<nn::Parameter>& parameters) const {
    if (count_ == 0) return;
    for (nn::Parameter parameter : parameters) {
        Tensor& value = parameter.variable.mutableValue();
        const auto found = mean_.find(parameter.name);
        if (found == mean_.end() || static_cast<std::int64_t>(found->second.size()) != value.elements())
            throw Error(ErrorKind::Run, "no average fits a parameter", parameter.name);
        value = Tensor::from(found->second, value.shape()).to(value.dtype()).to(value.device());
    }
}

std::int64_t WeightAverage::bytes() const {
    std::int64_t total = 0;
    for (const auto& [name, mean] : mean_) total += static_cast<std::int64_t>(mean.size() * sizeof(double));
    return total;
}

void WeightAverage::save(Checkpoint& checkpoint) const {
    checkpoint.put(prefix + "count", std::vector<std::int64_t>{count_});
    for (const auto& [name, mean] : mean_)
        checkpoint.put(prefix + "mean." + name, Tensor::from(mean, shapes_.at(name)));
}

void WeightAverage::load(const Checkpoint& checkpoint) {
    const auto count = checkpoint.getIntegers(prefix + "count");
    if (count.size() != 1 || count[0] < 0)
        throw Error(ErrorKind::Data, "the saved average makes no sense", {},
                    "resume from another checkpoint");
    mean_.clear();
    shapes_.clear();
    count_ = count[0];
    const std::string start = prefix + "mean.";
    for (const auto& [name, tensor] : checkpoint.tensors()) {
        if (!name.starts_with(start)) continue;
        mean_[name.substr(start.size())] = tensor.toDoubles();
        shapes_[name.substr(start.size())] = tensor.shape();
    }
}

}  // namespace filigree::train
