// SPDX-License-Identifier: Apache-2.0
#include "analysis/reliability.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace filigree::analysis {

CalibrationError calibrationError(std::span<const double> confidence, std::span<const std::uint8_t> correct,
                                  int bins) {
    if (confidence.size() != correct.size() || bins < 1)
        throw Error(ErrorKind::Run, "a calibration error needs a confidence and an outcome for each sample");
    struct Bin {
        double confidence = 0, right = 0, count = 0;
    };
    std::vector<Bin> all(static_cast<std::size_t>(bins));
    for (std::size_t i = 0; i < confidence.size(); ++i) {
        const int bin = static_cast<int>(std::ceil(confidence[i] * bins)) - 1;
        Bin& one = all[static_cast<std::size_t>(std::clamp(bin, 0, bins - 1))];
        one.confidence += confidence[i];
        one.right += correct[i] ? 1 : 0;
        ++one.count;
    }
    CalibrationError error;
    for (const Bin& bin : all) {
        if (bin.count == 0) continue;
        const double gap = std::abs(bin.right - bin.confidence) / bin.count;
        error.expected += gap * bin.count / static_cast<double>(confidence.size());
        error.maximum = std::max(error.maximum, gap);
    }
    return error;
}

}  // namespace filigree::analysis
