// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "analysis/directions.h"
#include "analysis/network.h"
#include "analysis/stop_check.h"

namespace filigree::analysis {

/// Equally spaced coordinates, both ends included.
std::vector<double> spaced(double from, double to, int count);

/// Every index of a grid of `columns` x `rows` (index = row * columns + column) once, coarse to fine: level k
/// is a grid of at most 9, 17, 33, ... rows and columns spread over the whole, without what came before.
std::vector<std::vector<std::size_t>> refinement(int columns, int rows, int coarsest = 9);

/// What is evaluated where: fields of one value per point.
struct GridTask {
    const Plane* plane = nullptr;
    std::span<const double> x;
    std::span<const double> y;         ///< one value, 0, for a line
    std::vector<std::size_t> indices;  ///< of the grid, in the order to take them
};

/// Computes what is wanted at a point with one of the networks: so many fields, NaN-free.
using PointEvaluation = std::function<void(Network& network, std::span<float> fields)>;

/// Evaluates the points of a task, each on one network at a time, as many in parallel as there are networks
/// (and threads, see base/parallel.h). What a point gives does not depend on how many there are. Writes
/// values[field * cells + index] for the points that were computed; returns how many those are: all, or fewer
/// when `stop` said so.
std::size_t evaluateGrid(const GridTask& task, std::span<const std::unique_ptr<Network>> networks, int fields,
                         const PointEvaluation& evaluation, const StopCheck& stop, std::span<float> values);

}  // namespace filigree::analysis
