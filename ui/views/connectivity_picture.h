// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ui/views/connectivity_levels.h"
#include "ui/views/mask_difference.h"
#include "ui/views/matrix_order.h"

namespace filigree::ui {

/// How the rows and columns of a layer are ordered: chosen at one step and kept for all others, so that a
/// film does not jump.
struct ChosenOrder {
    MatrixOrder rows = MatrixOrder::Index;
    MatrixOrder columns = MatrixOrder::Index;
    std::int64_t step = 0;  ///< whose pattern it was computed from
    MatrixPlaces places;    ///< both empty: index

    bool isIndex() const { return rows == MatrixOrder::Index && columns == MatrixOrder::Index; }
};

/// Reads the pattern at or before `step` and computes its order.
ChosenOrder chooseOrder(const store::Reader& reader, std::int64_t run, const std::string& layer,
                        std::int64_t step, MatrixOrder rows, MatrixOrder columns);

/// A pattern as it is shown: loaded, compared, ordered. See loadConnectivity and compare for errors.
std::shared_ptr<const Connectivity> loadShown(const store::Reader& reader, std::int64_t run,
                                              const std::string& layer, std::int64_t step,
                                              const std::optional<Against>& against,
                                              const ChosenOrder& order);

/// Pictures between two orders of one pattern, without the first and the last; none if the pattern is too
/// large to be drawn that often (200 000 connections, 4 096 rows or columns).
std::vector<std::shared_ptr<const ConnectivityData>> reorderingFilm(const ConnectivityData& from,
                                                                    const Connectivity& to, int pictures);

}  // namespace filigree::ui
