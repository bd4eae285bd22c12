// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "analysis/mixture.h"
#include "analysis/samples.h"
#include "analysis/saved_weights.h"
#include "config/config.h"
#include "data/dataset.h"
#include "data/search_path.h"
#include "train/recalibration.h"

namespace filigree::methods::sparse_model_soups {

/// What a network, or an ensemble, does; shares of samples in [0, 1], losses in nats.
struct Figures {
    double validationAccuracy = 0;
    double accuracy = 0;           ///< test
    double loss = 0;               ///< test, mean cross entropy
    double corruptedAccuracy = 0;  ///< NaN without corruption
    double expectedCalibrationError = 0;
    double maximumCalibrationError = 0;
    double worstClass = 0;  ///< least recall of a class of the test data
};

/// Softmax probabilities of every sample, [samples, classes] row by row.
struct Predictions {
    std::vector<double> validation, test, corrupted;
};

/// A network with its statistics of batch norm computed anew, and what it does then.
struct Assessment {
    analysis::SavedWeights weights;
    Figures figures;
    Predictions predictions;
    double statisticsDrift = 0;  ///< L2 distance between the statistics before and after
    /// What goes on being trained, where pruned weights are only hidden: all of them.
    std::optional<analysis::SavedWeights> trained{};
};

/// Evaluates networks on data that are read once.
class Assessor {
  public:
    /// Splits the training data as [soup] says; throws Error (Usage) if no training sample is left.
    Assessor(const config::Config& config, std::uint64_t seed, const data::SearchPath& folders);

    const std::vector<nn::LayerWeight>& layers() const { return layers_; }
    /// Training samples beside those for validation.
    std::int64_t trainingSamples() const { return train_.count(); }

    Assessment assess(const analysis::SavedWeights& network) const;
    /// Test accuracy with the statistics of batch norm that the network has.
    double accuracyAsItIs(const analysis::SavedWeights& network) const;
    /// Test loss alone, for lines between networks.
    double loss(const analysis::SavedWeights& network) const;
    /// Validation loss of a combination of networks of one mask, and its derivative by each coefficient: the
    /// gradient by the weights times the weights of each network. Statistics of batch norm are computed anew
    /// and count as constant.
    analysis::MixtureLoss mixtureLoss(std::span<const analysis::SavedWeights> networks,
                                      std::span<const double> coefficients) const;
    /// Prediction ensemble: the class of the largest mean probability.
    Figures ensemble(const std::vector<const Predictions*>& members) const;

  private:
    std::unique_ptr<nn::Module> asItIs(const analysis::SavedWeights& network) const;
    std::unique_ptr<nn::Module> recalibrated(const analysis::SavedWeights& network) const;
    Figures figuresOf(const Predictions& predictions) const;

    config::Config config_;
    data::Dataset train_;
    std::vector<nn::LayerWeight> layers_;
    std::vector<Tensor> calibration_;
    analysis::Samples validation_, test_;
    std::optional<analysis::Samples> corrupted_;
    std::optional<train::StatisticsRule> rule_;  ///< none: statistics stay as trained, averaged or pruned
};

}  // namespace filigree::methods::sparse_model_soups
