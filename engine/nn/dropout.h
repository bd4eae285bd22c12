// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/module.h"

namespace filigree::nn {

/// In training, sets each value to 0 with probability p and divides the others by 1 - p. Draws from the
/// stream (seed, "dropout/<path>", step) of the last `setStep`, so a resumed run drops what the undisturbed
/// one does, and two passes within one step drop the same places.
class Dropout final : public Module {
  public:
    /// Throws Error (Run) unless 0 <= p < 1.
    explicit Dropout(double p);
    autograd::Variable forward(const autograd::Variable& x) override;

  private:
    double p_;
};

}  // namespace filigree::nn
