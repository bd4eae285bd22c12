// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "ui/views/connectivity.h"

namespace filigree::ui {

/// What the connections of a picture are coloured by.
enum class Colouring {
    Presence,
    Sign,
    Magnitude,
    Age,
    Activity,
    Side,  ///< of a comparison (Connectivity::against): what A and B have alone and together
};
std::string_view nameOf(Colouring colouring);
/// Throws Error (Usage) with the names there are. Side has none: a comparison is always coloured so.
Colouring parseColouring(std::string_view name);
/// Whether the pattern knows what this asks for.
bool knows(const Connectivity& pattern, Colouring colouring);

/// The matrix at all resolutions. A cell of level l stands for 2^l x 2^l positions: the share of them that
/// are connected, and the sum of the connections' values over the number of positions. Levels of up to 4
/// million cells are kept; finer ones are read from the connections themselves, so that memory follows
/// connections, not positions.
class ConnectivityLevels {
  public:
    /// `values`: one per connection, NaN counts as 0; empty: presence alone.
    ConnectivityLevels(std::shared_ptr<const Connectivity> pattern, std::vector<float> values);

    const Connectivity& pattern() const { return *pattern_; }
    const std::vector<float>& values() const { return values_; }
    int levels() const { return static_cast<int>(kept_.size()) + firstKept_; }
    std::int64_t rows(int level) const { return ((pattern_->rows - 1) >> level) + 1; }
    std::int64_t columns(int level) const { return ((pattern_->columns - 1) >> level) + 1; }

    /// Cells first, first + 1, … of a row of cells.
    void read(int level, std::int64_t row, std::int64_t first, std::span<float> density,
              std::span<float> sum) const;

    /// A density that few cells of this (fractional) level exceed: what is drawn at full strength.
    double fullDensity(double level) const;

  private:
    struct Level {
        std::vector<float> density;
        std::vector<float> sum;
        double full = 1;
    };
    void readConnections(int level, std::int64_t row, std::int64_t first, std::span<float> density,
                         std::span<float> sum) const;
    Level reduced(const Level& finer, int level) const;
    /// Positions of a cell that lie inside the matrix.
    double positions(int level, std::int64_t row, std::int64_t column) const;

    std::shared_ptr<const Connectivity> pattern_;
    std::vector<float> values_;
    int firstKept_ = 1;
    std::vector<Level> kept_;
};

/// How a colouring's values are spread, and the range that shows them best: 0 to the 99.5 % quantile,
/// symmetric about zero for signed values.
struct ValueSpread {
    double least = 0, greatest = 0;
    double low = 0, high = 1;
    std::int64_t known = 0;
    std::vector<std::int64_t> histogram;  ///< 64 equal bins from least to greatest
};

/// A pattern made ready to be drawn in one colouring; made on a worker, never changed.
struct ConnectivityData {
    std::shared_ptr<const Connectivity> pattern;
    Colouring colouring = Colouring::Presence;
    ConnectivityLevels levels;  ///< coloured by side: 1 for a connection of A alone
    ValueSpread spread;
    std::shared_ptr<const ConnectivityLevels> onlyB;  ///< coloured by side: 1 for a connection of B alone
};

/// Throws Error (Data) with advice if the pattern does not know what the colouring asks for. A comparison is
/// always coloured by side.
std::shared_ptr<const ConnectivityData> prepare(std::shared_ptr<const Connectivity> pattern,
                                                Colouring colouring);

}  // namespace filigree::ui
