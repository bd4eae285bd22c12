// SPDX-License-Identifier: Apache-2.0
#include "analysis/mode_connectivity.h"

#include <algorithm>

#include "base/error.h"

namespace filigree::analysis {

Barrier barrier(std::span<const double> along, std::span<const double> error) {
    if (along.size() != error.size() || along.size() < 2)
        throw Error(ErrorKind::Run, "a barrier needs the error at both ends, and as many places as errors");
    Barrier result;
    const double first = error.front(), last = error.back();
    result.midpoint = error.front() - (first + last) / 2;
    for (std::size_t i = 0; i < along.size(); ++i) {
        const double above = error[i] - ((1 - along[i]) * first + along[i] * last);
        if (i == 0 || above > result.linear) {
            result.linear = above;
            result.where = along[i];
        }
        result.midpoint = std::max(result.midpoint, error[i] - (first + last) / 2);
    }
    return result;
}

}  // namespace filigree::analysis
