// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "nn/module.h"
#include "optim/optimizer.h"
#include "record/recorder.h"

namespace filigree::train {

class DynamicSparsity;

/// One step as an algorithm sees it.
struct SparseStep {
    std::int64_t step;          ///< t, counted from 1
    DynamicSparsity& sparsity;  ///< the sparse weights
    nn::Module& model;
    optim::Optimizer& optimizer;
    record::Recorder& recorder;
    record::Stamp stamp;
};

}  // namespace filigree::train
