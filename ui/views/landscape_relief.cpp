// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/landscape_relief.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace filigree::ui {
namespace {

/// Of the mesh along an axis: smooth enough, and 16-bit indices still reach every corner of it.
constexpr std::size_t mostPlaces = 97;
constexpr double leastTilt = 5 * std::numbers::pi / 180;
constexpr double mostScale = 8;
constexpr double shade = 0.5;

}  // namespace

void ReliefCamera::set(double turn, double tilt) {
    turn_ = std::remainder(turn, 2 * std::numbers::pi);
    tilt_ = std::clamp(tilt, leastTilt, std::numbers::pi / 2);
}

void ReliefCamera::orbit(double right, double down) {
    set(turn_ - right * std::numbers::pi, tilt_ + down * std::numbers::pi);
}

void ReliefCamera::zoom(double factor) {
    scale_ = std::clamp(scale_ * factor, 1.0, mostScale);
}

void ReliefCamera::reset() {
    *this = ReliefCamera();
}

ReliefCamera::Place ReliefCamera::place(double x, double y, double z) const {
    const double c = std::cos(turn_), s = std::sin(turn_);
    const double away = x * s + y * c;
    return {x * c - y * s, (z - 0.5) * std::cos(tilt_) + away * std::sin(tilt_),
            away * std::cos(tilt_) - z * std::sin(tilt_)};
}

Relief::Relief(const LandscapeModel& model)
    : gridColumns_(model.surface().x.size()), gridRows_(model.surface().y.size()) {
    const std::size_t longest = std::max(gridColumns_, gridRows_);
    parts_ = std::max<std::size_t>(1, (mostPlaces - 1) / (longest - 1));
    columns_ = (gridColumns_ - 1) * parts_ + 1;
    rows_ = (gridRows_ - 1) * parts_ + 1;
    heights_.resize(columns_ * rows_);
    const auto at = [&](std::size_t column, std::size_t row) {
        return model.share(static_cast<double>(model.values()[row * gridColumns_ + column]));
    };
    for (std::size_t row = 0; row < rows_; ++row)
        for (std::size_t column = 0; column < columns_; ++column) {
            const std::size_t left = std::min(column / parts_, gridColumns_ - 2);
            const std::size_t low = std::min(row / parts_, gridRows_ - 2);
            const double u = static_cast<double>(column - left * parts_) / double(parts_);
            const double v = static_cast<double>(row - low * parts_) / double(parts_);
            heights_[row * columns_ + column] = (1 - v) * ((1 - u) * at(left, low) + u * at(left + 1, low)) +
                                                v * ((1 - u) * at(left, low + 1) + u * at(left + 1, low + 1));
        }
    for (std::size_t l = 0; l < model.levels().size(); ++l)
        for (const ContourPiece& piece : model.contours()[l])
            lines_.push_back({piece, model.share(model.levels()[l])});
}

double Relief::light(std::size_t column, std::size_t row, const ReliefCamera& camera) const {
    const auto slope = [](double before, double after, double length) { return (after - before) / length; };
    const std::size_t left = column > 0 ? column - 1 : column, right = std::min(column + 1, columns_ - 1);
    const std::size_t low = row > 0 ? row - 1 : row, high = std::min(row + 1, rows_ - 1);
    const double dx = slope(z(left, row), z(right, row), x(right) - x(left));
    const double dy = slope(z(column, low), z(column, high), y(high) - y(low));
    const double length = std::sqrt(dx * dx + dy * dy + 1);
    // The light in the box: from the left, from the eye's side, from above, turned back by the camera.
    constexpr double right0 = -0.55, away0 = -0.45, up0 = 0.7;
    const double c = std::cos(camera.turn()), s = std::sin(camera.turn());
    const double lightX = right0 * c + away0 * s, lightY = -right0 * s + away0 * c;
    const double norm = std::sqrt(right0 * right0 + away0 * away0 + up0 * up0);
    const double cosine = (-dx * lightX - dy * lightY + up0) / (length * norm);
    return shade + (1 - shade) * std::clamp(cosine, 0.0, 1.0);
}

double Relief::heightAt(double boxX, double boxY) const {
    const double column = (boxX + 1) / 2 * static_cast<double>(columns_ - 1);
    const double row = (boxY + 1) / 2 * static_cast<double>(rows_ - 1);
    const auto left = std::min(static_cast<std::size_t>(column), columns_ - 2);
    const auto low = std::min(static_cast<std::size_t>(row), rows_ - 2);
    const double u = column - static_cast<double>(left), v = row - static_cast<double>(low);
    return (1 - v) * ((1 - u) * z(left, low) + u * z(left + 1, low)) +
           v * ((1 - u) * z(left, low + 1) + u * z(left + 1, low + 1));
}

bool Relief::isSeen(double x, double y, double z, const ReliefCamera& camera) const {
    constexpr double step = 0.02, margin = 0.006;
    const double toX = -std::sin(camera.turn()), toY = -std::cos(camera.turn());
    const double rise = std::tan(std::min(camera.tilt(), 1.55));
    for (double gone = step; z + gone * rise <= 1; gone += step) {
        const double atX = x + gone * toX, atY = y + gone * toY;
        if (std::abs(atX) > 1 || std::abs(atY) > 1) return true;
        if (heightAt(atX, atY) > z + gone * rise + margin) return false;
    }
    return true;
}

std::vector<Relief::Cell> Relief::backToFront(const ReliefCamera& camera) const {
    // Along both axes away from the eye first: what is nearer along either is drawn later.
    const bool rightIsFar = std::sin(camera.turn()) > 0, upIsFar = std::cos(camera.turn()) > 0;
    const std::size_t wide = gridColumns_ - 1, high = gridRows_ - 1;
    std::vector<Cell> cells;
    cells.reserve(wide * high);
    for (std::size_t r = 0; r < high; ++r)
        for (std::size_t c = 0; c < wide; ++c)
            cells.push_back({rightIsFar ? wide - 1 - c : c, upIsFar ? high - 1 - r : r});
    return cells;
}

}  // namespace filigree::ui
