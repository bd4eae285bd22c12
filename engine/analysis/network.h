// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "analysis/layout.h"
#include "analysis/samples.h"
#include "analysis/saved_weights.h"

namespace filigree::analysis {

/// Which statistics batch norm uses. A network without batch norm is the same with all.
enum class Statistics {
    Recomputed,  ///< those of the calibration samples at the very point
    Running,     ///< those that training left behind
    Batch,       ///< those of each batch, as in training
};
/// "recomputed", "running", "batch".
const char* nameOf(Statistics statistics);

struct Evaluation {
    double loss = 0;      ///< mean cross entropy
    double accuracy = 0;  ///< share of samples
};

struct ClassEvaluation {
    std::vector<std::int64_t> count;  ///< samples of each class
    std::vector<std::int64_t> correct;
    std::vector<double> loss;  ///< mean over the samples of the class; 0 without samples
    Evaluation overall() const;
};

/// A network that can be put at any point of its parameter space. One thread at a time; copies made with the
/// same factory are independent.
class Network {
  public:
    /// The model must have no dropout: batch statistics are computed in training mode. With `type` F64 it
    /// computes in double precision.
    explicit Network(std::unique_ptr<nn::Module> model, DType type = DType::F32);

    const Layout& layout() const { return layout_; }
    bool hasBatchNorm() const { return !running_.empty(); }
    nn::Module& model() { return *model_; }
    DType type() const { return type_; }

    Point point() const;
    /// Throws Error (Run) if the length is wrong.
    void moveTo(std::span<const double> point);
    /// Running statistics of a checkpoint. Throws Error (Data) if it lacks one.
    void setRunning(const SavedWeights& weights);

    /// Statistics of batch norm from these samples: the mean of the batches' means, and the variance over all
    /// of them (mean of the variances plus variance of the means), computed with each batch normalised by its
    /// own on the way down.
    void recompute(const Samples& calibration);

    /// Loss and accuracy where the network is now. For `Recomputed`, `calibration` null means the evaluated
    /// samples themselves: each batch is then normalised by its own statistics in one pass.
    Evaluation evaluate(const Samples& samples, Statistics statistics, const Samples* calibration = nullptr);
    ClassEvaluation evaluateClasses(const Samples& samples, Statistics statistics,
                                    const Samples* calibration = nullptr);

    /// Gradient of the mean loss over the samples with the statistics of each batch (they are differentiated
    /// too), or with the running ones. Returns the loss.
    double gradient(const Samples& samples, Statistics statistics, std::span<double> out);

  private:
    struct Running {
        Tensor mean;
        Tensor variance;
    };

    /// Puts batch norm into the state that `statistics` asks for.
    void prepare(Statistics statistics, const Samples* calibration);

    std::unique_ptr<nn::Module> model_;
    DType type_;
    Layout layout_;
    std::vector<autograd::Variable> variables_;  ///< in the order of the blocks
    std::vector<Running> running_;
};

}  // namespace filigree::analysis
