// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "train/checkpoint.h"

namespace filigree::analysis {

/// Which channels are taken out, and how it is measured.
struct PruningRequest {
    /// Channels with a lower score go. Neither this nor `channels`: the network's own threshold, or 1/2 if it
    /// has none.
    std::optional<double> threshold{};
    std::optional<std::int64_t>
        channels{};           ///< so many of the weakest; fewer where equal ones would be parted
    std::int64_t batch = 32;  ///< items that are timed together
    std::int64_t pairs = 30;  ///< of timed passes
};

struct PrunedFigures {
    std::int64_t parameters = 0, bytes = 0;  ///< bytes with running statistics
    double multiplyAdds = 0;                 ///< of one item; NaN where not known
    double latencyMs = 0;                    ///< of a batch: median of the wall time of a forward pass
    double accuracy = 0, f1Macro = 0;        ///< per item
    double absoluteError = 0;  ///< mean, per item, in the unit of the target; NaN where classes are told
};

/// A layer with a weight, or a gate (which has as many outputs as inputs).
struct PrunedLayer {
    std::string name;
    bool isGate = false;
    std::int64_t inputs = 0, outputs = 0, inputsLeft = 0, outputsLeft = 0;
};

/// What became of a network whose closed channels were taken out.
struct ChannelPruning {
    std::string data;  ///< "validation" or "test"
    std::string item, unit, notice;
    std::int64_t items = 0, batch = 0, pairs = 0;
    int threads = 1;
    double threshold = 0;
    std::int64_t channels = 0, closed = 0, removed = 0;  ///< of all gates
    /// Largest absolute difference of an output between the network with closed gates and the pruned one.
    double difference = 0;
    double speedUp = 0;  ///< median over pairs of latency before / after
    PrunedFigures before, after;
    /// Of the prediction that knows the training targets alone; its error is NaN where classes are told.
    double constantAccuracy = 0, constantF1 = 0, constantError = 0;
    std::vector<PrunedLayer> layers;  ///< from input to output
    train::Checkpoint network;        ///< the pruned one
};

/// What has gates whose closed channels can be taken out.
class PrunableNetworkOwner {
  public:
    virtual ~PrunableNetworkOwner() = default;
    /// The network itself stays as it is. Throws Error (Usage) without gates, for more channels than there
    /// are, and for batches or pairs below 1.
    virtual ChannelPruning pruneChannels(const PruningRequest& request) = 0;
};

}  // namespace filigree::analysis
