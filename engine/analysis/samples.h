// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "data/dataset.h"
#include "tensor/tensor.h"

namespace filigree::analysis {

/// A fixed set of labelled samples in batches, ready for a network. May be read by several threads.
struct Samples {
    struct Batch {
        Tensor x;       ///< [n, sampleShape...]
        Tensor labels;  ///< [n], I32
    };
    std::vector<Batch> batches;
    std::int64_t count = 0;
    int classes = 0;
};

/// `count` samples (all if there are fewer, or 0) drawn without replacement by RandomStream(seed,
/// "analysis/samples"), in ascending order, in batches of at most `batchSize`. A last batch of one sample
/// joins the one before it, since batch norm needs two.
Samples takeSamples(const data::Dataset& dataset, std::int64_t count, std::int64_t batchSize,
                    std::uint64_t seed, DType type = DType::F32);

}  // namespace filigree::analysis
