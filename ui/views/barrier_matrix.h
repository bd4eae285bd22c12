// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/reader.h"
#include "ui/canvas/view.h"
#include "ui/views/drawing.h"

namespace filigree::ui {

/// A square of barriers between networks, [row * members + column].
struct BarrierCells {
    std::size_t members = 0;
    std::vector<float> values;               ///< NaN: not computed yet
    std::vector<std::string> above, beside;  ///< names of columns and rows; left out where they do not fit
};
/// Coloured by value up to the greatest one (0 and less are its first colour), with the values in the cells
/// where they fit.
void drawBarrierCells(const Canvas& canvas, const Area& area, const BarrierCells& cells);
Area barrierCell(const Area& area, std::size_t row, std::size_t column, std::size_t members);

/// What `filigree analyze barriers` has kept: linear mode connectivity of every two of some networks.
struct BarrierTable {
    std::int64_t run = 0;  ///< that the record belongs to
    std::string tag;
    std::vector<std::string> networks;       ///< "3@400"
    std::vector<std::string> figures;        ///< "test/loss", …
    std::vector<std::vector<float>> values;  ///< [figure][row * networks + column]
    /// Share of the way from the row's network to the column's at which the barrier lies; empty in records of
    /// older versions.
    std::vector<std::vector<float>> places;
    std::vector<std::string> runNames;  ///< of the networks' runs; empty: not known
    std::string split;
    std::int64_t resolution = 0, samples = 0;
    bool complete = false;

    /// Throws Error (Usage) with the names there are.
    std::size_t figure(std::string_view name) const;
    std::size_t pairs() const { return networks.size() * (networks.size() - 1) / 2; }
    std::size_t known() const;  ///< pairs that were computed
    /// A line per pair, as `filigree analyze barriers --csv` writes it.
    std::string csv() const;
};
/// Throws Error (Data) if the text is no such record.
BarrierTable readBarrierTable(std::string_view text);
/// The one called `tag`, or the newest if that is empty. Throws Error (Usage) with what to do if the run has
/// none, or none of that name.
BarrierTable loadBarriers(const store::Reader& reader, std::int64_t run, const std::string& tag);
/// Of all that were kept with one of the runs and hold a network of the first: the one with networks of most
/// of the runs, then with the fewest other ones, then the newest.
std::optional<BarrierTable> findBarriers(const store::Reader& reader, std::span<const std::int64_t> runs);

/// Draws one figure of a BarrierTable.
class BarrierMatrixPainter final : public View {
  public:
    void show(BarrierTable table, std::size_t figure);
    void setFigure(std::size_t figure) { figure_ = figure; }
    const BarrierTable& table() const { return table_; }
    std::size_t figure() const { return figure_; }
    /// Shown in place of the matrix while there is none.
    void setMessage(const std::string& text) { message_ = text; }
    void draw(const Canvas& canvas) override;
    std::string summary() const override;
    /// What is known of a pair, a line each: the networks, the barrier and where it lies, the other figures.
    std::vector<std::string> describe(std::size_t row, std::size_t column) const;

  private:
    float greatest() const;
    void drawPointer(const Canvas& canvas, const Area& area) const;

    BarrierTable table_;
    std::size_t figure_ = 0;
    std::string message_ = "No barriers were computed.";
};

}  // namespace filigree::ui
