// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/record.h"
#include "store/reader.h"

namespace filigree::ui {

/// How the samples that a first layer reads are laid out: column = (channel * height + y) * width + x.
struct PixelGrid {
    std::int64_t channels = 1;
    std::int64_t height = 0;
    std::int64_t width = 0;
};

/// What a pattern is compared with, and how alike the two are (see difference()).
struct Comparison {
    std::int64_t run = 0;
    std::int64_t step = 0;
    bool otherRun = false;  ///< another run than the pattern's own
    std::int64_t onlyA = 0, onlyB = 0, both = 0;
    /// both / (onlyA + onlyB + both); 1 for two empty patterns.
    double jaccard() const;
    /// What jaccard() is expected to be for independent random patterns of the same densities p, q:
    /// pq / (p + q - pq). With matched neurons: what matching finds between A and B with the rows of every
    /// column of B shuffled, which is far more.
    double chance = 0;
    bool matched = false;          ///< neurons of B were put in the order of A's by matching
    bool optimallyMatched = true;  ///< else greedily
};

/// Groups that the connections of a layer come in, in rows and columns of its matrix.
struct PatternGroups {
    std::int64_t rows = 0;  ///< of a tile; 0: groups of columns within each row
    std::int64_t columns = 0;
    bool operator==(const PatternGroups&) const = default;
};

/// The pattern of one layer at one step with all that is known of its connections. Rows are the layer's
/// outputs, columns its inputs; connections are numbered by ascending row, then column. Rows and columns may
/// be put in another order than the layer's (see matrix_order.h): the number of a row here is its place, and
/// rowId() its number in the layer.
struct Connectivity {
    std::string layer;
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<std::int64_t> kernel;  ///< {C, kh, kw} of a convolution, else empty
    std::int64_t step = 0;             ///< of the snapshot

    std::vector<std::uint32_t>
        rowStart;  ///< rows + 1: connections of row r are rowStart[r] … rowStart[r + 1] - 1
    std::vector<std::uint32_t> column;  ///< of every connection

    /// One value per connection, NaN where it is not known; empty if nothing is known.
    std::vector<float> weight;
    std::vector<float> age;  ///< rounds since it was grown (since the start, for one that was there then)
    std::vector<float> activity;  ///< rounds in which it was active, over all its lives
    std::int64_t weightStep = 0;  ///< when the weights were recorded: at or before `step`

    /// Against the newest snapshot before this one that differs, if there is one.
    std::optional<std::int64_t> previousStep;
    std::vector<std::uint8_t> grown;     ///< one per connection: 1 if it was not there
    std::vector<std::uint32_t> dropped;  ///< flat indices row * columns + column, ascending
    std::int64_t grownCount = 0;

    std::vector<std::uint32_t> inDegree;   ///< connections of each row
    std::vector<std::uint32_t> outDegree;  ///< connections of each column
    std::optional<PixelGrid> pixels;       ///< if the columns are the pixels of pictures
    std::optional<PatternGroups> groups;   ///< of tiles or an N:M pattern, if the run trains one

    std::vector<std::uint32_t> rowIds;     ///< number in the layer of every row; empty: the same as its place
    std::vector<std::uint32_t> columnIds;  ///< likewise
    std::string rowOrder, columnOrder;     ///< what they are sorted by, in words; empty: their number

    /// If set, the connections are those of A (the layer at `step`), of B (`against`), or of both. Values and
    /// changes are A's.
    std::optional<Comparison> against;
    enum Side : std::uint8_t { OnlyA = 1, OnlyB = 2, Both = 3 };
    std::vector<std::uint8_t> side;  ///< one per connection if `against` is set

    std::int64_t rowId(std::int64_t row) const {
        return rowIds.empty() ? row : rowIds[static_cast<std::size_t>(row)];
    }
    std::int64_t columnId(std::int64_t place) const {
        return columnIds.empty() ? place : columnIds[static_cast<std::size_t>(place)];
    }
    /// Where a row or a column of the layer is; none if there is no such one. Takes time by their number.
    std::optional<std::int64_t> rowPlace(std::int64_t id) const;
    std::optional<std::int64_t> columnPlace(std::int64_t id) const;

    std::int64_t connections() const { return static_cast<std::int64_t>(column.size()); }
    double density() const {
        const double positions = static_cast<double>(rows) * static_cast<double>(columns);
        return positions > 0 ? static_cast<double>(connections()) / positions : 0;
    }
    /// The number of the connection at a position; none if there is none, or no such position.
    std::optional<std::size_t> find(std::int64_t row, std::int64_t wantedColumn) const;
    std::int64_t rowOf(std::size_t connection) const;
};

/// The pattern alone. Throws Error (Data) for a layer with more than 2^24 rows or columns.
Connectivity makeConnectivity(const record::Mask& mask, std::int64_t step);

/// A recorded field ("weight", "age", …), the newest at or before `step`, one value per connection of the
/// pattern: NaN for those that were not there when it was recorded; empty if it never was. `when`: its step.
std::vector<float> recordedValues(const store::Reader& reader, std::int64_t run, const Connectivity& pattern,
                                  std::string_view field, std::int64_t step, std::int64_t* when = nullptr);

/// The newest snapshot at or before `step` with weights, ages and activity. Ages and activity are told by the
/// rounds on record; where there are none, or too many to go through (more than 20 million moves), by the
/// values that the run recorded. Weights are the newest recorded at or before `step`; connections grown since
/// have none.
///
/// Throws Error (Usage) naming the layers (or the first step) if there is nothing to show.
Connectivity loadConnectivity(const store::Reader& reader, std::int64_t run, std::string_view layer,
                              std::int64_t step);

/// The layer called `name`, or the first if that is empty. Throws Error (Usage) with the layers that there
/// are, or with what to do if the run recorded none.
store::MaskLayer findLayer(const store::Reader& reader, std::int64_t run, std::string_view name);

}  // namespace filigree::ui
