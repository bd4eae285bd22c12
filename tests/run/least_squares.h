// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "methods/registry.h"

/// A real training run that takes microseconds: linear least squares by momentum SGD, for tests of the
/// runner.
///
/// Fit w of y = X w* + noise, 64 rows, 8 columns, batches of 4 in an order drawn anew for every epoch (16
/// steps). The loss of a batch is mean((x w - y)^2) / 2. Its schema can ask for slowness and for faults at a
/// step.
namespace filigree::testing {

/// "least_squares".
const methods::Method& leastSquares();

/// Finds `leastSquares` alone; throws Error (Usage) for another name.
const methods::Method& findTestMethod(std::string_view name);

}  // namespace filigree::testing
