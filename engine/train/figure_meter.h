// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace filigree::train {

/// Sums of the loss and the accuracy of training steps. On a device the figures stay there until somebody
/// asks for the sums, so that a step does not wait for them.
class FigureMeter {
  public:
    struct Sums {
        double loss = 0;      ///< sum over steps of the batch's mean
        double accuracy = 0;  ///< sum over steps of the batch's share
    };

    explicit FigureMeter(Tensor::Device device = nullptr) : device_(std::move(device)) {}

    /// The loss of one step (a single number) and, per sample of its batch, 1 where the prediction was right.
    void add(const Tensor& loss, const Tensor& correct);
    /// Waits for the device.
    Sums sums() const;
    void set(const Sums& sums);

  private:
    /// Steps whose figures lie on the device at most: it is read that often.
    static constexpr std::int64_t most = 256;
    void collect() const;

    Tensor::Device device_;
    mutable Sums sums_;
    mutable std::vector<std::int64_t> samples_;  ///< of each step that is not yet in `sums_`
    Tensor losses_, correct_;                    ///< [most] on the device
};

}  // namespace filigree::train
