// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connectivity_levels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/error.h"

namespace filigree::ui {
namespace {

constexpr std::int64_t mostKeptCells = std::int64_t{1} << 22;
constexpr std::array<std::string_view, 6> names{"presence", "sign", "magnitude", "age", "activity", "side"};

/// Of the cells that are not empty, the density that one in 200 exceeds.
double fullOf(const std::vector<float>& density) {
    std::vector<float> sample;
    const std::size_t stride = std::max<std::size_t>(1, density.size() / 65536);
    for (std::size_t i = 0; i < density.size(); i += stride)
        if (density[i] > 0) sample.push_back(density[i]);
    if (sample.empty()) return 1;
    const auto at = sample.begin() + static_cast<std::ptrdiff_t>(sample.size() * 199 / 200);
    std::nth_element(sample.begin(), at, sample.end());
    return *at;
}

/// 1 for the connections of that side.
std::vector<float> valuesOf(const Connectivity& pattern, Connectivity::Side side) {
    std::vector<float> values(pattern.side.size());
    for (std::size_t e = 0; e < values.size(); ++e) values[e] = pattern.side[e] == side ? 1.0F : 0.0F;
    return values;
}

ValueSpread spreadOf(const std::vector<float>& values, bool isSigned) {
    ValueSpread spread;
    std::vector<float> known;
    known.reserve(values.size());
    for (const float value : values)
        if (std::isfinite(value)) known.push_back(value);
    spread.known = static_cast<std::int64_t>(known.size());
    spread.histogram.assign(64, 0);
    if (known.empty()) return spread;
    const auto [least, greatest] = std::minmax_element(known.begin(), known.end());
    spread.least = *least;
    spread.greatest = *greatest;
    const double width = spread.greatest - spread.least;
    for (const float value : known) {
        const double share = width > 0 ? (value - spread.least) / width : 0.5;
        ++spread.histogram[std::min<std::size_t>(63, static_cast<std::size_t>(share * 64))];
    }
    if (isSigned)
        for (float& value : known) value = std::abs(value);
    const auto at = known.begin() + static_cast<std::ptrdiff_t>((known.size() - 1) * 199 / 200);
    std::nth_element(known.begin(), at, known.end());
    spread.high = *at > 0 ? *at : 1;
    spread.low = isSigned ? -spread.high : 0;
    return spread;
}

}  // namespace

std::string_view nameOf(Colouring colouring) {
    return names[static_cast<std::size_t>(colouring)];
}

Colouring parseColouring(std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end() || *found == nameOf(Colouring::Side))
        throw Error(ErrorKind::Usage, "connections cannot be coloured by \"" + std::string(name) + "\"", "",
                    "say presence, sign, magnitude, age or activity");
    return static_cast<Colouring>(found - names.begin());
}

bool knows(const Connectivity& pattern, Colouring colouring) {
    switch (colouring) {
        case Colouring::Presence:
            return true;
        case Colouring::Sign:
        case Colouring::Magnitude:
            return !pattern.weight.empty();
        case Colouring::Age:
            return !pattern.age.empty();
        case Colouring::Activity:
            return !pattern.activity.empty();
        case Colouring::Side:
            return pattern.against.has_value();
    }
    return false;
}

ConnectivityLevels::ConnectivityLevels(std::shared_ptr<const Connectivity> pattern, std::vector<float> values)
    : pattern_(std::move(pattern)), values_(std::move(values)) {
    for (float& value : values_)
        if (!std::isfinite(value)) value = 0;
    if (pattern_->rows == 0 || pattern_->columns == 0) return;
    while (rows(firstKept_) * columns(firstKept_) > mostKeptCells) ++firstKept_;
    Level finest;
    finest.density.resize(static_cast<std::size_t>(rows(firstKept_) * columns(firstKept_)));
    finest.sum.resize(values_.empty() ? 0 : finest.density.size());
    const auto width = static_cast<std::size_t>(columns(firstKept_));
    for (std::int64_t row = 0; row < rows(firstKept_); ++row) {
        const std::size_t at = static_cast<std::size_t>(row) * width;
        readConnections(firstKept_, row, 0, std::span(finest.density).subspan(at, width),
                        values_.empty() ? std::span<float>() : std::span(finest.sum).subspan(at, width));
    }
    finest.full = fullOf(finest.density);
    kept_.push_back(std::move(finest));
    for (int level = firstKept_ + 1; rows(level - 1) > 1 || columns(level - 1) > 1; ++level) {
        kept_.push_back(reduced(kept_.back(), level));
        kept_.back().full = fullOf(kept_.back().density);
    }
}

double ConnectivityLevels::positions(int level, std::int64_t row, std::int64_t column) const {
    const std::int64_t side = std::int64_t{1} << level;
    const std::int64_t high = std::min(side, pattern_->rows - row * side);
    const std::int64_t wide = std::min(side, pattern_->columns - column * side);
    return static_cast<double>(high) * static_cast<double>(wide);
}

ConnectivityLevels::Level ConnectivityLevels::reduced(const Level& finer, int level) const {
    Level coarse;
    const std::int64_t high = rows(level);
    const std::int64_t wide = columns(level);
    coarse.density.resize(static_cast<std::size_t>(high * wide));
    coarse.sum.resize(values_.empty() ? 0 : coarse.density.size());
    const std::int64_t finerHigh = rows(level - 1);
    const std::int64_t finerWide = columns(level - 1);
    for (std::int64_t row = 0; row < high; ++row)
        for (std::int64_t column = 0; column < wide; ++column) {
            double density = 0;
            double sum = 0;
            double all = 0;
            for (std::int64_t r = 2 * row; r < std::min(2 * row + 2, finerHigh); ++r)
                for (std::int64_t c = 2 * column; c < std::min(2 * column + 2, finerWide); ++c) {
                    const double share = positions(level - 1, r, c);
                    const auto at = static_cast<std::size_t>(r * finerWide + c);
                    density += share * static_cast<double>(finer.density[at]);
                    if (!values_.empty()) sum += share * static_cast<double>(finer.sum[at]);
                    all += share;
                }
            const auto at = static_cast<std::size_t>(row * wide + column);
            coarse.density[at] = static_cast<float>(density / all);
            if (!values_.empty()) coarse.sum[at] = static_cast<float>(sum / all);
        }
    return coarse;
}

void ConnectivityLevels::readConnections(int level, std::int64_t row, std::int64_t first,
                                         std::span<float> density, std::span<float> sum) const {
    std::fill(density.begin(), density.end(), 0.0F);
    std::fill(sum.begin(), sum.end(), 0.0F);
    const std::int64_t side = std::int64_t{1} << level;
    const std::int64_t firstRow = row * side;
    const std::int64_t lastRow = std::min(pattern_->rows, firstRow + side);
    const auto from = static_cast<std::uint32_t>(first * side);
    const auto to = static_cast<std::uint64_t>(from) + density.size() * static_cast<std::uint64_t>(side);
    for (std::int64_t r = firstRow; r < lastRow; ++r) {
        const auto end = pattern_->column.begin() + pattern_->rowStart[static_cast<std::size_t>(r) + 1];
        auto at = std::lower_bound(pattern_->column.begin() + pattern_->rowStart[static_cast<std::size_t>(r)],
                                   end, from);
        for (; at != end && *at < to; ++at) {
            const std::size_t cell = (*at - from) >> level;
            density[cell] += 1;
            if (!sum.empty()) sum[cell] += values_[static_cast<std::size_t>(at - pattern_->column.begin())];
        }
    }
    if (level == 0) return;
    for (std::size_t i = 0; i < density.size(); ++i) {
        const auto all = static_cast<float>(positions(level, row, first + static_cast<std::int64_t>(i)));
        density[i] /= all;
        if (!sum.empty()) sum[i] /= all;
    }
}

void ConnectivityLevels::read(int level, std::int64_t row, std::int64_t first, std::span<float> density,
                              std::span<float> sum) const {
    if (level < firstKept_) {
        readConnections(level, row, first, density, sum);
        return;
    }
    const Level& kept = kept_[static_cast<std::size_t>(level - firstKept_)];
    const auto at = static_cast<std::ptrdiff_t>(row * columns(level) + first);
    std::copy_n(kept.density.begin() + at, density.size(), density.begin());
    if (!sum.empty()) std::copy_n(kept.sum.begin() + at, sum.size(), sum.begin());
}

double ConnectivityLevels::fullDensity(double level) const {
    if (level <= 0 || kept_.empty()) return 1;
    const auto fullOfLevel = [&](int at) {
        if (at >= firstKept_)
            return kept_[std::min(static_cast<std::size_t>(at - firstKept_), kept_.size() - 1)].full;
        // Between single connections, which are whole, and the finest level kept.
        return std::pow(kept_.front().full, static_cast<double>(at) / firstKept_);
    };
    const int below = static_cast<int>(level);
    const double share = level - below;
    return std::exp((1 - share) * std::log(fullOfLevel(below)) + share * std::log(fullOfLevel(below + 1)));
}

std::shared_ptr<const ConnectivityData> prepare(std::shared_ptr<const Connectivity> pattern,
                                                Colouring colouring) {
    if (pattern->against) colouring = Colouring::Side;
    if (!knows(*pattern, colouring)) {
        const bool weights = colouring == Colouring::Sign || colouring == Colouring::Magnitude;
        throw Error(ErrorKind::Data,
                    weights ? "the run has recorded no weights of this layer up to this step"
                            : "the run has recorded nothing that tells the " +
                                  std::string(nameOf(colouring)) + " of connections",
                    "layer \"" + pattern->layer + "\", step " + std::to_string(pattern->step),
                    weights ? "choose a later step, or set record.weights_every for the next run"
                            : "colour by presence, or set record.weights_every for the next run");
    }
    std::vector<float> values;
    switch (colouring) {
        case Colouring::Presence:
            break;
        case Colouring::Sign:
            values = pattern->weight;
            break;
        case Colouring::Magnitude:
            values = pattern->weight;
            for (float& value : values) value = std::abs(value);
            break;
        case Colouring::Age:
            values = pattern->age;
            break;
        case Colouring::Activity:
            values = pattern->activity;
            break;
        case Colouring::Side:
            values = valuesOf(*pattern, Connectivity::OnlyA);
            break;
    }
    ValueSpread spread = spreadOf(values, colouring == Colouring::Sign);
    ConnectivityLevels levels(pattern, std::move(values));
    std::shared_ptr<const ConnectivityLevels> onlyB;
    if (colouring == Colouring::Side)
        onlyB = std::make_shared<const ConnectivityLevels>(pattern, valuesOf(*pattern, Connectivity::OnlyB));
    return std::make_shared<const ConnectivityData>(ConnectivityData{
        std::move(pattern), colouring, std::move(levels), std::move(spread), std::move(onlyB)});
}

}  // namespace filigree::ui
