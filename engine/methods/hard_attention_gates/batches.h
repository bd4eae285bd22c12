// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <span>
#include <vector>

#include "data/endoscopy/network_input.h"
#include "methods/hard_attention_gates/tasks.h"
#include "tensor/tensor.h"

namespace filigree::methods::hard_attention_gates {

/// Inputs [n, …] and targets [n] as numbers, made on any thread.
struct Batch {
    Shape shape;
    std::vector<float> inputs;
    std::vector<float> targets;
    std::vector<double> sizesMm;  ///< empty where there are none

    Tensor x() const { return Tensor::from(inputs, shape); }
    std::int64_t count() const { return static_cast<std::int64_t>(targets.size()); }
};

/// Which random numbers change the pictures of a batch: sample k draws from RandomStream(seed, name, 65536
/// number + k).
struct AugmentationStream {
    std::uint64_t seed = 0;
    const char* name = "augment";
    std::uint64_t number = 0;
};

/// The chosen samples; pictures become what the plan says, augmented if there is a stream. Throws Error
/// (Data) for a picture that cannot be read.
Batch makeBatch(const Samples& samples, std::span<const std::int64_t> chosen,
                const data::endoscopy::InputPlan& plan, const std::optional<AugmentationStream>& stream = {});

/// Which samples an epoch visits and when: of every group at most `mostOfGroup` (drawn without replacement;
/// all where there are no groups), shuffled. A group of one sample is left out if `skipSingles`. Random
/// stream "order".
std::vector<std::int64_t> epochOrder(const Samples& samples, std::int64_t mostOfGroup, bool skipSingles,
                                     std::uint64_t seed, std::int64_t epoch);
/// Length of what epochOrder returns.
std::int64_t epochLength(const Samples& samples, std::int64_t mostOfGroup, bool skipSingles);

/// What a step learns from.
struct StepBatches {
    Batch main;
    std::optional<Batch> gates;  ///< where the gates' pass has data of its own
};

/// Makes the batches of steps, the next one on a thread of its own while the current one is computed with.
/// What a step gets depends on its number alone.
class BatchesAhead {
  public:
    using Make = std::function<StepBatches(std::int64_t step)>;
    /// Steps are 0 to last - 1. `make` is called from one thread at a time.
    BatchesAhead(Make make, std::int64_t last) : make_(std::move(make)), last_(last) {}

    /// Throws what making them throws.
    StepBatches take(std::int64_t step);
    /// Time that the caller stood still for data, without the first batch.
    double waitedSeconds() const { return waited_; }
    std::int64_t taken() const { return taken_; }

  private:
    Make make_;
    std::int64_t last_;
    std::int64_t nextStep_ = -1;
    std::future<StepBatches> next_;
    double waited_ = 0;
    std::int64_t taken_ = 0;
};

}  // namespace filigree::methods::hard_attention_gates
