// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connectivity_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace filigree::ui {
namespace {

constexpr double largestCell = 96;    ///< pixels
constexpr double readableCell = 56;   ///< pixels
constexpr double mostElongated = 12;  ///< of a cell in a fitted matrix

std::string sideText(std::uint8_t side) {
    return side == Connectivity::Both    ? "in A and B"
           : side == Connectivity::OnlyA ? "only in A"
                                         : "only in B";
}

}  // namespace

std::string nameOf(const Comparison& against) {
    const std::string step = "step " + countText(against.step);
    return against.otherRun ? fmt::format("run {}, {}", against.run, step) : step;
}

std::string countsText(const Comparison& against) {
    return fmt::format("{} only in A, {} only in B, {} in both, Jaccard {:.3f} ({:.3f} by chance)",
                       countText(against.onlyA), countText(against.onlyB), countText(against.both),
                       against.jaccard(), against.chance);
}

std::string countText(std::int64_t count) {
    std::string digits = std::to_string(count);
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const bool group = (digits.size() - i) % 3 == 0 && digits.size() > 4;
        if (i > 0 && group && digits[i - 1] != '-') text += "\u2009";
        text += digits[i];
    }
    return text;
}

std::string numberText(double value, int significantDigits) {
    if (std::isnan(value)) return "\u2013";
    std::string text = fmt::format("{:.{}g}", value, significantDigits);
    if (text.starts_with('-')) text = "\u2212" + text.substr(1);
    return text;
}

void ConnectivityModel::changed(bool picture) {
    if (picture) ++version_;
    if (onChange) onChange();
}

void ConnectivityModel::show(std::shared_ptr<const ConnectivityData> data) {
    const bool same = data_ && data && data_->pattern->layer == data->pattern->layer &&
                      data_->pattern->rows == data->pattern->rows &&
                      data_->pattern->columns == data->pattern->columns;
    if (!(data_ && data && data_->colouring == data->colouring)) range_.reset();
    const std::shared_ptr<const ConnectivityData> before = std::exchange(data_, std::move(data));
    if (same && selected_) {
        // In another order the selected one has another place; it is the same one.
        const Connectivity& now = *data_->pattern;
        const auto row = now.rowPlace(before->pattern->rowId(selected_->row));
        const auto column = now.columnPlace(before->pattern->columnId(selected_->column));
        if (row && column) selected_ = MatrixCell{*row, *column};
    }
    if (!same) {
        range_.reset();
        hovered_.reset();
        if (selected_) select(std::nullopt);
        fit();
    }
    changed(true);
}

double ConnectivityModel::fittedScale(double& vertical) const {
    const double wide = static_cast<double>(viewport_.width) / static_cast<double>(data_->pattern->columns);
    const double high = static_cast<double>(viewport_.height) / static_cast<double>(data_->pattern->rows);
    const double even = std::min(wide, high);
    vertical = std::min(high, even * mostElongated);
    return std::min(wide, even * mostElongated);
}

void ConnectivityModel::fit() {
    fitted_ = true;
    if (data_ && data_->pattern->rows > 0 && data_->pattern->columns > 0 && viewport_.width > 0) {
        viewport_.cellWidth = fittedScale(viewport_.cellHeight);
        clampViewport();
    }
    changed(true);
}

void ConnectivityModel::resize(int width, int height) {
    if (viewport_.width == width && viewport_.height == height) return;
    viewport_.width = width;
    viewport_.height = height;
    if (fitted_)
        fit();
    else
        clampViewport();
    ++version_;
}

void ConnectivityModel::clampViewport() {
    if (!data_) return;
    const auto along = [](double& start, double cell, int pixels, std::int64_t cells) {
        const double seen = pixels / cell;
        const double all = static_cast<double>(cells);
        // What is smaller than the area sits in its middle.
        start = seen >= all ? (all - seen) / 2 : std::clamp(start, 0.0, all - seen);
    };
    along(viewport_.left, viewport_.cellWidth, viewport_.width, data_->pattern->columns);
    along(viewport_.top, viewport_.cellHeight, viewport_.height, data_->pattern->rows);
}

void ConnectivityModel::zoom(double x, double y, double factor, bool horizontal, bool vertical) {
    if (!data_ || viewport_.width == 0) return;
    double leastHeight = 0;
    const double leastWidth = fittedScale(leastHeight);
    const double column = viewport_.left + x / viewport_.cellWidth;
    const double row = viewport_.top + y / viewport_.cellHeight;
    // Both axes stop together, so that cells keep their shape.
    if (horizontal) factor = std::min(factor, largestCell / viewport_.cellWidth);
    if (vertical) factor = std::min(factor, largestCell / viewport_.cellHeight);
    if (horizontal) viewport_.cellWidth = std::max(leastWidth, viewport_.cellWidth * factor);
    if (vertical) viewport_.cellHeight = std::max(leastHeight, viewport_.cellHeight * factor);
    // Close up, cells become square: an elongated one has no room for its value.
    if (horizontal && vertical && factor > 1) {
        const double larger = std::max(viewport_.cellWidth, viewport_.cellHeight);
        if (larger > 24) {
            viewport_.cellWidth =
                std::max(viewport_.cellWidth, std::min(larger, viewport_.cellWidth * factor));
            viewport_.cellHeight =
                std::max(viewport_.cellHeight, std::min(larger, viewport_.cellHeight * factor));
        }
    }
    viewport_.left = column - x / viewport_.cellWidth;
    viewport_.top = row - y / viewport_.cellHeight;
    fitted_ = viewport_.cellWidth <= leastWidth * 1.0001 && viewport_.cellHeight <= leastHeight * 1.0001;
    clampViewport();
    changed(true);
}

void ConnectivityModel::zoomTo(double left, double top, double right, double bottom) {
    if (!data_ || std::abs(right - left) < 4 || std::abs(bottom - top) < 4) return;
    const double factor =
        std::min(viewport_.width / std::abs(right - left), viewport_.height / std::abs(bottom - top));
    const double column = viewport_.left + (left + right) / 2 / viewport_.cellWidth;
    const double row = viewport_.top + (top + bottom) / 2 / viewport_.cellHeight;
    zoom((left + right) / 2, (top + bottom) / 2, factor);
    viewport_.left = column - viewport_.width / viewport_.cellWidth / 2;
    viewport_.top = row - viewport_.height / viewport_.cellHeight / 2;
    clampViewport();
    changed(true);
}

void ConnectivityModel::fitSelection() {
    const auto cell = selected_ ? selected_ : hovered_;
    if (!data_ || !cell) return;
    fitted_ = false;
    viewport_.cellWidth = std::max(viewport_.cellWidth, readableCell);
    viewport_.cellHeight = std::max(viewport_.cellHeight, readableCell);
    viewport_.left = static_cast<double>(cell->column) + 0.5 - viewport_.width / viewport_.cellWidth / 2;
    viewport_.top = static_cast<double>(cell->row) + 0.5 - viewport_.height / viewport_.cellHeight / 2;
    clampViewport();
    changed(true);
}

void ConnectivityModel::pan(double dx, double dy) {
    if (!data_) return;
    const Viewport before = viewport_;
    viewport_.left -= dx / viewport_.cellWidth;
    viewport_.top -= dy / viewport_.cellHeight;
    clampViewport();
    if (viewport_.left != before.left || viewport_.top != before.top) changed(true);
}

std::optional<MatrixCell> ConnectivityModel::cellAt(double x, double y) const {
    if (!data_ || x < 0 || y < 0 || x >= viewport_.width || y >= viewport_.height) return std::nullopt;
    const double column = std::floor(viewport_.left + x / viewport_.cellWidth);
    const double row = std::floor(viewport_.top + y / viewport_.cellHeight);
    if (column < 0 || row < 0 || column >= static_cast<double>(data_->pattern->columns) ||
        row >= static_cast<double>(data_->pattern->rows))
        return std::nullopt;
    return MatrixCell{static_cast<std::int64_t>(row), static_cast<std::int64_t>(column)};
}

MatrixCell ConnectivityModel::nearestCell(double x, double y) const {
    if (!data_) return {};
    const auto along = [](double place, std::int64_t count) {
        return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(place)), 0,
                                        std::max<std::int64_t>(0, count - 1));
    };
    return {along(viewport_.top + y / viewport_.cellHeight, data_->pattern->rows),
            along(viewport_.left + x / viewport_.cellWidth, data_->pattern->columns)};
}

std::optional<std::size_t> ConnectivityModel::connectionAt(double x, double y, double reach) const {
    const auto centre = cellAt(x, y);
    if (!centre) return std::nullopt;
    const Connectivity& pattern = *data_->pattern;
    if (const auto exact = pattern.find(centre->row, centre->column)) return exact;
    const auto rows = static_cast<std::int64_t>(reach / viewport_.cellHeight);
    const double columns = reach / viewport_.cellWidth;
    if (rows == 0 && columns < 1) return std::nullopt;
    std::optional<std::size_t> nearest;
    double least = std::numeric_limits<double>::max();
    for (std::int64_t row = std::max<std::int64_t>(0, centre->row - rows);
         row <= std::min(pattern.rows - 1, centre->row + rows); ++row) {
        const auto begin = pattern.column.begin() + pattern.rowStart[static_cast<std::size_t>(row)];
        const auto end = pattern.column.begin() + pattern.rowStart[static_cast<std::size_t>(row) + 1];
        const double from = std::max(0.0, static_cast<double>(centre->column) - columns);
        for (auto at = std::lower_bound(begin, end, static_cast<std::uint32_t>(from)); at != end; ++at) {
            const double across = (static_cast<double>(*at) - static_cast<double>(centre->column));
            if (across > columns) break;
            if (across < -columns) continue;
            const double dx = across * viewport_.cellWidth;
            const double dy = static_cast<double>(row - centre->row) * viewport_.cellHeight;
            if (dx * dx + dy * dy >= least) continue;
            least = dx * dx + dy * dy;
            nearest = static_cast<std::size_t>(at - pattern.column.begin());
        }
    }
    return nearest;
}

ConnectivityModel::Box ConnectivityModel::boxOf(MatrixCell cell) const {
    const double left = (static_cast<double>(cell.column) - viewport_.left) * viewport_.cellWidth;
    const double top = (static_cast<double>(cell.row) - viewport_.top) * viewport_.cellHeight;
    return {left, top, left + viewport_.cellWidth, top + viewport_.cellHeight};
}

void ConnectivityModel::hover(std::optional<MatrixCell> cell) {
    if (cell == hovered_) return;
    hovered_ = cell;
    changed(false);
}

void ConnectivityModel::select(std::optional<MatrixCell> cell) {
    if (cell == selected_) return;
    selected_ = cell;
    if (onSelect) onSelect();
    changed(false);
}

void ConnectivityModel::moveSelection(int dx, int dy) {
    if (!data_ || data_->pattern->column.empty()) return;
    const Connectivity& pattern = *data_->pattern;
    if (!selected_) {
        const auto nearest = connectionAt(viewport_.width / 2.0, viewport_.height / 2.0, 1e9);
        const std::size_t first = nearest.value_or(0);
        select(MatrixCell{pattern.rowOf(first), pattern.column[first]});
        return;
    }
    MatrixCell cell = *selected_;
    for (;;) {
        cell.row += dy;
        cell.column += dx;
        if (cell.row < 0 || cell.row >= pattern.rows || cell.column < 0 || cell.column >= pattern.columns)
            return;
        if (pattern.find(cell.row, cell.column)) break;
    }
    select(cell);
    const Box box = boxOf(cell);
    pan(box.left < 0 ? -box.left : std::min(0.0, viewport_.width - box.right),
        box.top < 0 ? -box.top : std::min(0.0, viewport_.height - box.bottom));
}

std::pair<double, double> ConnectivityModel::range() const {
    if (range_) return *range_;
    return data_ ? std::pair(data_->spread.low, data_->spread.high) : std::pair(0.0, 1.0);
}

void ConnectivityModel::setRange(double low, double high) {
    if (!(low < high)) return;
    range_ = {low, high};
    changed(true);
}

void ConnectivityModel::setAutomaticRange() {
    range_.reset();
    changed(true);
}

void ConnectivityModel::setCut(std::vector<std::uint32_t> positions) {
    if (positions == cut_) return;
    cut_ = std::move(positions);
    changed(false);
}

bool ConnectivityModel::isCut(std::int64_t row, std::int64_t place) const {
    if (!data_) return false;
    const Connectivity& pattern = *data_->pattern;
    const std::int64_t flat = pattern.rowId(row) * pattern.columns + pattern.columnId(place);
    return std::binary_search(cut_.begin(), cut_.end(), static_cast<std::uint32_t>(flat));
}

void ConnectivityModel::setShowChanges(bool on) {
    changes_ = on;
    changed(false);
}

std::string ConnectivityModel::summary() const {
    if (!data_) return {};
    const Connectivity& pattern = *data_->pattern;
    if (pattern.against)
        return fmt::format("{} at step {} (A) against {} (B): {}", pattern.layer, countText(pattern.step),
                           nameOf(*pattern.against), countsText(*pattern.against));
    std::string text = fmt::format("{}: {} of {} connections, density {:.3g} %", pattern.layer,
                                   countText(pattern.connections()),
                                   countText(pattern.rows * pattern.columns), 100 * pattern.density());
    if (pattern.previousStep)
        text += fmt::format(", {} grown, {} dropped", countText(pattern.grownCount),
                            countText(static_cast<std::int64_t>(pattern.dropped.size())));
    return text + fmt::format(" at step {}", countText(pattern.step));
}

std::string ConnectivityModel::brief(MatrixCell cell) const {
    if (!data_) return {};
    const Connectivity& pattern = *data_->pattern;
    std::string text =
        fmt::format("row {}, column {}", pattern.rowId(cell.row), pattern.columnId(cell.column));
    const auto connection = pattern.find(cell.row, cell.column);
    if (!connection) return text + ": not connected";
    if (pattern.against) text += ", " + sideText(pattern.side[*connection]);
    if (!pattern.weight.empty())
        text += ", weight " + numberText(static_cast<double>(pattern.weight[*connection]));
    if (!pattern.age.empty()) text += fmt::format(", age {:.0f}", pattern.age[*connection]);
    return text;
}

std::string ConnectivityModel::describe(MatrixCell cell) const {
    if (!data_) return {};
    const Connectivity& pattern = *data_->pattern;
    const std::int64_t row = pattern.rowId(cell.row);
    const std::int64_t column = pattern.columnId(cell.column);
    std::string text = fmt::format("row {} (output), column {} (input)", row, column);
    if (pattern.kernel.size() == 3) {
        const std::int64_t high = pattern.kernel[1];
        const std::int64_t wide = pattern.kernel[2];
        if (high > 0 && wide > 0)
            text = fmt::format("output channel {}, input channel {}, kernel row {}, column {}", row,
                               column / (high * wide), column / wide % high, column % wide);
    }
    if (pattern.pixels) {
        const PixelGrid& grid = *pattern.pixels;
        text += fmt::format("\npixel x {}, y {}", column % grid.width, column / grid.width % grid.height);
        if (grid.channels > 1) text += fmt::format(", channel {}", column / (grid.width * grid.height));
    }
    const auto connection = pattern.find(cell.row, cell.column);
    if (!connection) {
        const auto flat = static_cast<std::uint32_t>(cell.row * pattern.columns + cell.column);
        const bool dropped = std::binary_search(pattern.dropped.begin(), pattern.dropped.end(), flat);
        text += dropped ? fmt::format("\ndropped since step {}", countText(*pattern.previousStep))
                        : "\nnot connected";
    } else {
        const std::size_t e = *connection;
        if (isCut(cell.row, cell.column)) text += "\ntaken away by the lesion";
        if (pattern.against) text += "\n" + sideText(pattern.side[e]);
        if (!pattern.weight.empty()) {
            text += "\nweight " + numberText(static_cast<double>(pattern.weight[e]));
            if (std::isnan(pattern.weight[e]))
                text += " (not recorded yet)";
            else if (pattern.weightStep != pattern.step)
                text += fmt::format(" (at step {})", countText(pattern.weightStep));
        }
        if (!pattern.age.empty())
            text += "\nage " + numberText(static_cast<double>(pattern.age[e])) +
                    (pattern.age[e] == 1 ? " round" : " rounds");
        if (!pattern.activity.empty())
            text += "\nactive in " + numberText(static_cast<double>(pattern.activity[e])) +
                    (pattern.activity[e] == 1 ? " round" : " rounds");
        if (!pattern.grown.empty() && pattern.grown[e])
            text += fmt::format("\ngrown since step {}", countText(*pattern.previousStep));
    }
    return text + fmt::format("\nrow has {}, column {} connections",
                              countText(pattern.inDegree[static_cast<std::size_t>(cell.row)]),
                              countText(pattern.outDegree[static_cast<std::size_t>(cell.column)]));
}

}  // namespace filigree::ui
