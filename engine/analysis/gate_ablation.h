// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace filigree::analysis {

/// A network with its weakest channels closed: those with a score below the threshold count as 0.
struct AblationLevel {
    std::int64_t closed = 0;
    double threshold = 0;
    double accuracy = 0, f1Macro = 0;  ///< per item
    double absoluteError = 0;  ///< mean, per item, in the unit of the target; NaN where classes are told
    double multiplyAdds = 0;   ///< of one input, were closed channels taken out; NaN where not known
};

/// The same weights at several thresholds.
struct GateAblation {
    std::string data;  ///< "validation" or "test"
    std::string item, unit, notice;
    std::int64_t items = 0, channels = 0;
    /// Of the prediction that knows the training targets alone; its error is NaN where classes are told.
    double constantAccuracy = 0, constantF1 = 0, constantError = 0;
    std::vector<AblationLevel> levels;  ///< ascending number of closed channels; the first closes none
};

/// What has gates that can be closed.
class GatedNetworkOwner {
  public:
    virtual ~GatedNetworkOwner() = default;
    /// About `levels` (2 or more) evenly spread numbers of closed channels, from none to all; channels with
    /// the same score close together. Gates and weights are afterwards as before. Throws Error (Usage)
    /// without gates.
    virtual GateAblation closeGates(std::int64_t levels) = 0;
};

}  // namespace filigree::analysis
