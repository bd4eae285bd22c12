// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace filigree::analysis {

/// How much worse the straight line between two networks is than its ends.
struct Barrier {
    double linear = 0;    ///< max over a of E(a) - ((1 - a) E(0) + a E(1))
    double midpoint = 0;  ///< max over a of E(a) - (E(0) + E(1)) / 2 (Frankle et al., ICML 2020)
    double where = 0;     ///< a of the first maximum of `linear`
};

/// `along`: a in ascending order from 0 to 1; `error`: loss or error rate there. Throws Error (Run) if they
/// are not equally long or hold fewer than two values.
Barrier barrier(std::span<const double> along, std::span<const double> error);

}  // namespace filigree::analysis
