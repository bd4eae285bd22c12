// SPDX-License-Identifier: Apache-2.0
#include "train/figure_meter.h"

#include "backend/reduction.h"

namespace filigree::train {

void FigureMeter::add(const Tensor& loss, const Tensor& correct) {
    const std::int64_t samples = correct.elements();
    if (!device_) {
        double right = 0;
        for (const float one : correct.contiguous().values<float>()) right += static_cast<double>(one);
        sums_.loss += loss.item();
        sums_.accuracy += right / static_cast<double>(samples);
        return;
    }
    if (!losses_.defined()) {
        losses_ = Tensor::empty({most}, DType::F32, device_, "losses of steps");
        correct_ = Tensor::empty({most}, DType::F32, device_, "correct predictions of steps");
    }
    const auto at = static_cast<std::int64_t>(samples_.size());
    Tensor lossPlace = losses_.slice(0, at, at + 1), correctPlace = correct_.slice(0, at, at + 1);
    lossPlace.copyFrom(loss.reshape({1}));
    correctPlace.copyFrom(backend::sum(correct).reshape({1}));
    samples_.push_back(samples);
    if (at + 1 == most) collect();
}

void FigureMeter::collect() const {
    if (samples_.empty()) return;
    const auto losses = losses_.toDoubles(), correct = correct_.toDoubles();
    for (std::size_t i = 0; i < samples_.size(); ++i) {
        sums_.loss += losses[i];
        sums_.accuracy += correct[i] / static_cast<double>(samples_[i]);
    }
    samples_.clear();
}

FigureMeter::Sums FigureMeter::sums() const {
    collect();
    return sums_;
}

void FigureMeter::set(const Sums& sums) {
    samples_.clear();
    sums_ = sums;
}

}  // namespace filigree::train
