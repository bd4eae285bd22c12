// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "ui/views/connectivity_model.h"

namespace filigree::ui {

/// The connections between the places `first` and `last` (both inside) as a query of analysis::select:
/// "row >= 3 and row <= 7 and column >= 0 and column <= 20"; in another order "(row >= 3 and row <= 4 or row
/// = 9) and …". Throws Error (Usage) if that needs more than 200 terms.
std::string queryOf(const Connectivity& pattern, MatrixCell first, MatrixCell last);

}  // namespace filigree::ui
