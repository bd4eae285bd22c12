// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "analysis/layout.h"
#include "analysis/saved_weights.h"

namespace filigree::analysis {

/// The connections of a layer that a query names, ascending: numbers of SavedLayer's entries.
///
///     age < 3 and |w| < q10
///     not (row = 4 or activity >= 20)
///
/// Fields: w, |w|, age (rounds since it was grown), activity (rounds active over all its lives), row (output
/// unit or channel), column (place in the row: input unit, or input channel and place in the kernel).
/// Operators < <= > >= = !=. A value is a number or qP, the P % quantile of that field over the layer's
/// connections (P from 0 to 100; linear between neighbours). `not` binds closest, then `and`, then `or`. An
/// empty query names all.
///
/// Throws Error (Usage) with the place in the query where it cannot be read.
std::vector<std::size_t> select(const SavedLayer& layer, std::string_view query);

/// The connections at these places (flat indices of the weight, any order, each once). Throws Error (Usage)
/// for a place without a connection.
std::vector<std::size_t> connectionsAt(const SavedLayer& layer, std::span<const std::uint32_t> positions);

/// Removes connections of one layer from a point: their values become 0. The layer's block may hold more
/// connections than `layer` (a union), or be dense.
void removeConnections(const Layout& layout, const std::string& layerName, const SavedLayer& layer,
                       std::span<const std::size_t> connections, Point& point);

}  // namespace filigree::analysis
