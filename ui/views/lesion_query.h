// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ui/views/connectivity_model.h"

namespace filigree::ui {

/// The connections between the places `first` and `last` (both inside) as a query of analysis::select:
/// "row >= 3 and row <= 7 and column >= 0 and column <= 20"; in another order "(row >= 3 and row <= 4 or row
/// = 9) and …". Throws Error (Usage) if that needs more than 200 terms.
std::string queryOf(const Connectivity& pattern, MatrixCell first, MatrixCell last);

/// The connections at places whose middle lies inside an outline (by the even-odd rule; it closes itself),
/// row by row: "(row = 3 and column >= 2 and column <= 5) or (row = 4 and …)", neighbouring rows of the same
/// columns as one. `rowsTogether`: so many rows are cut by one line, as where they share a pixel. Throws
/// Error (Usage) if there is no such place, or if that needs more than 1000 terms.
std::string queryOf(const Connectivity& pattern, std::span<const MatrixPoint> outline,
                    std::int64_t rowsTogether = 1);

}  // namespace filigree::ui
