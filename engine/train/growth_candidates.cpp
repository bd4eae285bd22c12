// SPDX-License-Identifier: Apache-2.0
#include "train/growth_candidates.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace filigree::train {

void recordCandidates(const GrowthCandidates& round, const sparse::DenseGradient& gradient,
                      const sparse::Activity& activity, record::Recorder& recorder,
                      const record::Stamp& stamp) {
    const std::string tag = "candidates/" + round.layer;
    const auto size = static_cast<std::size_t>(round.rows * round.columns);
    record::Matrix matrix{tag, {2, round.rows, round.columns}, {"figure", "output", "input"}, {}};
    matrix.values.assign(2 * size, 0);
    for (std::size_t p = 0; p < size; ++p)
        matrix.values[p] = static_cast<float>(std::abs(gradient[static_cast<std::uint32_t>(p)]));
    const auto [seen, rounds] = activity.listed();
    for (std::size_t i = 0; i < seen.size(); ++i) matrix.values[size + seen[i]] = rounds[i];
    for (const std::uint32_t position : round.excluded)
        matrix.values[position] = matrix.values[size + position] = std::numeric_limits<float>::quiet_NaN();
    recorder.matrix(matrix, stamp);
    const std::string c = std::isinf(round.rule.c) ? "null" : fmt::format("{}", round.rule.c);
    recorder.text({tag, fmt::format(R"({{"grown":{},"step":{},"c":{},"eps":{},"normalize":{}}})", round.grown,
                                    round.step, c, round.rule.eps, round.rule.normalize)},
                  stamp);
}

}  // namespace filigree::train
