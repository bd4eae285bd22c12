// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "record/recorder.h"
#include "train/checkpoint.h"

namespace filigree::train {

/// Where a run stands, for a progress line and the store.
struct Progress {
    std::int64_t step = 0;  ///< steps done
    std::int64_t totalSteps = 0;
    double epoch = 0;
    double totalEpochs = 0;
    /// Latest values worth a glance, in the order to show them: {"loss", 0.21}, {"accuracy", 0.94},
    /// {"density", 0.1}, …
    std::vector<std::pair<std::string, double>> figures;

    bool finished() const { return step >= totalSteps; }
};

/// One training run of one method, driven step by step by the Runner. Owns model, data, optimiser, random
/// streams.
///
/// Everything that decides the future (weights, patterns, optimiser state, counters, step) goes through save
/// and load: an experiment loaded from a checkpoint continues with the same bits as the one that wrote it.
/// (Values changed by `set` are the exception: the Runner keeps them in the checkpoint and calls `set` again
/// after `load`.)
///
/// Records are stamped with the number of steps done when they are made: those of `begin` with 0, those of
/// the k-th call of `step` with k, those of `end` with the last k. Resuming rests on it; the Runner fails a
/// run that does otherwise.
class Experiment {
  public:
    virtual ~Experiment() = default;

    /// Records that describe the start: initial masks, layer sizes, notes. Called once per run, at step 0.
    virtual void begin(record::Recorder& recorder) = 0;
    /// False while the next step waits for something outside (runs of its own): the runner asks again soon,
    /// and obeys commands meanwhile.
    virtual bool ready() { return true; }
    /// Does one step (forward, backward, update or mask round, and the evaluations due after it) and records
    /// what is due.
    virtual void step(record::Recorder& recorder) = 0;
    virtual Progress progress() const = 0;
    /// Evaluates on the test data now and records the result.
    virtual void evaluate(record::Recorder& recorder) = 0;
    /// Records what is now: "mask", "edge_values", "matrix", …, for somebody who watches. Training must not
    /// notice. Returns false if the experiment has nothing of this kind.
    virtual bool show(std::string_view kind, record::Recorder& recorder) {
        static_cast<void>(kind);
        static_cast<void>(recorder);
        return false;
    }
    /// Records made after the last step: final metrics.
    virtual void end(record::Recorder& recorder) = 0;

    virtual void save(Checkpoint& checkpoint) const = 0;
    virtual void load(const Checkpoint& checkpoint) = 0;
    /// SHA-256 (hex) over names, patterns and values of the weights: equal exactly if all weights are, bit
    /// for bit.
    virtual std::string weightsDigest() const = 0;
    /// Share of zeros over all sparsifiable weights.
    virtual double sparsity() const = 0;

    /// Changes a value that its schema field marks as schedulable, from the next step on. Throws Error
    /// (Usage) otherwise.
    virtual void set(std::string_view key, double value) = 0;
};

}  // namespace filigree::train
