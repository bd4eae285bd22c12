// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "ui/views/connectivity.h"

namespace filigree::ui {

/// What the rows or the columns of a matrix are sorted by.
enum class MatrixOrder {
    Index,      ///< their number in the layer
    Degree,     ///< most connections first
    Cluster,    ///< alike ones together: see clusterOrder
    FirstSeen,  ///< those whose connections are the oldest (mean age in rounds) first
};
std::string_view nameOf(MatrixOrder order);
/// Throws Error (Usage) with the names there are.
MatrixOrder parseMatrixOrder(std::string_view name);

/// Which rows (columns) of the layer come first, second, …
struct MatrixPlaces {
    std::vector<std::uint32_t> rows;
    std::vector<std::uint32_t> columns;
    bool operator==(const MatrixPlaces&) const = default;
};

/// Ties keep the order of the numbers. Of a pattern in the layer's order. Throws Error (Data) with advice for
/// FirstSeen if no ages are known.
MatrixPlaces placesBy(const Connectivity& pattern, MatrixOrder rows, MatrixOrder columns);

/// Rows and columns by the second singular vectors of D_r^-1/2 A D_c^-1/2 (A: the pattern, D: degrees;
/// Dhillon, "Co-clustering documents and words using bipartite spectral graph partitioning", KDD 2001), each
/// divided by the root of its degree: rows that share columns come to lie together, those without connections
/// last. Found by at most 200 steps of subspace iteration, fewer for more than a million connections (about 2
/// * 10^8 visits in all), so it is approximate there. Always the same for the same pattern.
MatrixPlaces clusterOrder(const Connectivity& pattern);

/// The pattern with other places. `places` are the places that the rows (columns) of `pattern` have now, in
/// the new order; empty: as they are. Throws Error (Usage) if it is no permutation.
Connectivity reordered(const Connectivity& pattern, const MatrixPlaces& places);

/// Between two orders of the same things: sorted by (1 - share) * old place + share * new place.
std::vector<std::uint32_t> between(const std::vector<std::uint32_t>& from,
                                   const std::vector<std::uint32_t>& to, double share);

}  // namespace filigree::ui
