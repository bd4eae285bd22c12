// SPDX-License-Identifier: Apache-2.0
#include "analysis/grid.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "base/parallel.h"

namespace filigree::analysis {
namespace {

/// `count` indices spread over 0 .. size-1. Those of 9 are among those of 17, and so on.
std::vector<std::size_t> spread(int size, int count) {
    std::vector<std::size_t> indices;
    if (count >= size) {
        for (int i = 0; i < size; ++i) indices.push_back(static_cast<std::size_t>(i));
        return indices;
    }
    for (int i = 0; i < count; ++i)
        indices.push_back(static_cast<std::size_t>(
            std::lround(static_cast<double>(i) * (size - 1) / std::max(1, count - 1))));
    return indices;
}

}  // namespace

std::vector<double> spaced(double from, double to, int count) {
    std::vector<double> values;
    for (int i = 0; i < count; ++i)
        values.push_back(count == 1 ? from : from + (to - from) * i / (count - 1));
    return values;
}

std::vector<std::vector<std::size_t>> refinement(int columns, int rows, int coarsest) {
    std::vector<std::uint8_t> taken(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
    std::vector<std::vector<std::size_t>> levels;
    for (int count = coarsest;; count = 2 * count - 1) {
        std::vector<std::size_t> level;
        for (const std::size_t row : spread(rows, count))
            for (const std::size_t column : spread(columns, count)) {
                const std::size_t index = row * static_cast<std::size_t>(columns) + column;
                if (taken[index]) continue;
                taken[index] = 1;
                level.push_back(index);
            }
        if (!level.empty()) levels.push_back(std::move(level));
        if (count >= columns && count >= rows) return levels;
    }
}

std::size_t evaluateGrid(const GridTask& task, std::span<const std::unique_ptr<Network>> networks, int fields,
                         const PointEvaluation& evaluation, const StopCheck& stop, std::span<float> values) {
    const std::size_t cells = task.x.size() * task.y.size();
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> done{0};
    std::atomic<bool> stopped{false};
    // Each thread takes the next point: points cost alike, threads of a busy machine do not run alike.
    const auto work = [&](std::int64_t first, std::int64_t last) {
        std::vector<float> result(static_cast<std::size_t>(fields));
        for (std::int64_t worker = first; worker < last; ++worker)
            for (;;) {
                if (stopped || (stop && stop())) {
                    stopped = true;
                    break;
                }
                const std::size_t at = next++;
                if (at >= task.indices.size()) break;
                const std::size_t index = task.indices[at];
                Network& network = *networks[static_cast<std::size_t>(worker)];
                network.moveTo(task.plane->at(task.x[index % task.x.size()], task.y[index / task.x.size()]));
                evaluation(network, result);
                for (std::size_t f = 0; f < result.size(); ++f) values[f * cells + index] = result[f];
                ++done;
            }
    };
    parallelFor(0, static_cast<std::int64_t>(networks.size()), 1, work);
    return done;
}

}  // namespace filigree::analysis
