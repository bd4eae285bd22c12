// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/landscape_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "store/added_records.h"

namespace filigree::ui {
namespace {

using nlohmann::json;

/// Fills one row or column of `count` values `stride` apart; ends keep the nearest value.
void fillAlong(std::vector<float>& values, std::size_t first, std::size_t stride, std::size_t count) {
    std::size_t before = count;
    for (std::size_t i = 0; i < count; ++i) {
        if (std::isnan(values[first + i * stride])) continue;
        const float here = values[first + i * stride];
        for (std::size_t k = before == count ? 0 : before + 1; k < i; ++k) {
            const float past = before == count ? here : values[first + before * stride];
            const float part =
                before == count ? 1 : static_cast<float>(k - before) / static_cast<float>(i - before);
            values[first + k * stride] = std::isfinite(past) && std::isfinite(here)
                                             ? past + (here - past) * part
                                         : part < 0.5F ? past
                                                       : here;
        }
        before = i;
    }
    if (before == count) return;
    for (std::size_t k = before + 1; k < count; ++k)
        values[first + k * stride] = values[first + before * stride];
}

/// A step of 1, 2 or 5 times a power of ten that is at least `least`.
double roundStep(double least) {
    const double power = std::pow(10, std::floor(std::log10(least)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= least * (1 - 1e-9)) return factor * power;
    return 10 * power;
}

std::string numbers(const json& axis) {
    return axis.is_array() && axis.size() == 3
               ? fmt::format("{:.3g} to {:.3g}, {} places", axis[0].get<double>(), axis[1].get<double>(),
                             axis[2].get<int>())
               : std::string();
}

}  // namespace

std::vector<float> fillGaps(std::span<const float> values, std::size_t columns, std::size_t rows) {
    std::vector<float> filled(values.begin(), values.end());
    for (std::size_t row = 0; row < rows; ++row) fillAlong(filled, row * columns, 1, columns);
    for (std::size_t column = 0; column < columns; ++column) fillAlong(filled, column, columns, rows);
    return filled;
}

std::vector<ContourPiece> contour(std::span<const float> values, std::size_t columns, std::size_t rows,
                                  double level) {
    std::vector<ContourPiece> pieces;
    for (std::size_t row = 0; row + 1 < rows; ++row)
        for (std::size_t column = 0; column + 1 < columns; ++column) {
            // Corners and edges clockwise from the upper left (row, column).
            const std::array<double, 4> corner{static_cast<double>(values[row * columns + column]),
                                               static_cast<double>(values[row * columns + column + 1]),
                                               static_cast<double>(values[(row + 1) * columns + column + 1]),
                                               static_cast<double>(values[(row + 1) * columns + column])};
            if (!std::all_of(corner.begin(), corner.end(), [](double v) { return std::isfinite(v); }))
                continue;
            static constexpr std::array<std::array<double, 2>, 4> at{{{0, 0}, {1, 0}, {1, 1}, {0, 1}}};
            std::array<std::array<double, 2>, 4> crossing{};
            std::array<bool, 4> crossed{};
            int count = 0;
            for (std::size_t e = 0; e < 4; ++e) {
                const double a = corner[e], b = corner[(e + 1) % 4];
                if ((a >= level) == (b >= level)) continue;
                const double part = (level - a) / (b - a);
                crossing[e] = {
                    static_cast<double>(column) + at[e][0] + part * (at[(e + 1) % 4][0] - at[e][0]),
                    static_cast<double>(row) + at[e][1] + part * (at[(e + 1) % 4][1] - at[e][1])};
                crossed[e] = true;
                ++count;
            }
            const auto join = [&](std::size_t a, std::size_t b) {
                pieces.push_back({crossing[a][0], crossing[a][1], crossing[b][0], crossing[b][1]});
            };
            if (count == 2) {
                std::array<std::size_t, 2> ends{};
                std::size_t n = 0;
                for (std::size_t e = 0; e < 4; ++e)
                    if (crossed[e]) ends[n++] = e;
                join(ends[0], ends[1]);
            } else if (count == 4) {
                const bool middle = (corner[0] + corner[1] + corner[2] + corner[3]) / 4 >= level;
                // The line goes around the corners that differ from the middle.
                if ((corner[0] >= level) == middle) {
                    join(0, 1);
                    join(2, 3);
                } else {
                    join(3, 0);
                    join(1, 2);
                }
            }
        }
    return pieces;
}

LandscapeModel::LandscapeModel(record::Surface surface, std::int64_t run, std::int64_t step,
                               std::string_view field)
    : surface_(std::move(surface)), run_(run), step_(step) {
    const std::size_t cells = surface_.cells();
    std::size_t chosen = surface_.fields.size();
    std::string names;
    const auto index = [&](std::string_view name) {
        return static_cast<std::size_t>(std::find(surface_.fields.begin(), surface_.fields.end(), name) -
                                        surface_.fields.begin());
    };
    for (const std::string& name : surface_.fields) names += (names.empty() ? "" : ", ") + name;
    if (!surface_.fields.empty()) chosen = field.empty() ? 0 : index(field);
    if (chosen >= surface_.fields.size() || surface_.values.size() != surface_.fields.size() * cells)
        throw Error(ErrorKind::Usage, fmt::format("the landscape has no field \"{}\"", field), surface_.tag,
                    "its fields are " + names);
    field_ = surface_.fields[chosen];
    std::vector<float> known(surface_.values.begin() + static_cast<std::ptrdiff_t>(chosen * cells),
                             surface_.values.begin() + static_cast<std::ptrdiff_t>((chosen + 1) * cells));
    known_ = static_cast<std::size_t>(
        std::count_if(known.begin(), known.end(), [](float v) { return !std::isnan(v); }));
    // Until the first coarse grid is complete: the loss of few samples.
    const std::size_t preview = index("preview/loss");
    if (preview < surface_.fields.size() && field_.ends_with("/loss"))
        for (std::size_t i = 0; i < cells; ++i)
            if (std::isnan(known[i])) known[i] = surface_.values[preview * cells + i];
    values_ = fillGaps(known, surface_.x.size(), surface_.y.size());
    low_ = std::numeric_limits<double>::infinity();
    high_ = -low_;
    for (const float value : values_)
        if (std::isfinite(value)) {
            low_ = std::min(low_, static_cast<double>(value));
            high_ = std::max(high_, static_cast<double>(value));
        }
    if (!(low_ <= high_)) low_ = 0, high_ = 1;
    logarithmic_ = !field_.ends_with("/acc") && low_ > 0 && high_ / low_ > 50;
    chooseLevels();
    if (isLine()) return;
    for (const double level : levels_)
        contours_.push_back(contour(values_, surface_.x.size(), surface_.y.size(), level));
}

void LandscapeModel::chooseLevels() {
    if (logarithmic_) {
        for (int power = static_cast<int>(std::floor(std::log10(low_))); power <= std::log10(high_); ++power)
            for (const double factor : {1.0, 2.0, 5.0}) {
                const double level = factor * std::pow(10, power);
                if (level > low_ && level < high_) levels_.push_back(level);
            }
        return;
    }
    if (!(high_ > low_)) return;
    const double step = roundStep((high_ - low_) / 15);
    for (double k = std::ceil(low_ / step); k * step < high_; ++k)
        if (k * step > low_) levels_.push_back(k * step);
}

double LandscapeModel::share(double value) const {
    if (!std::isfinite(value)) return 1;
    if (!(high_ > low_)) return 0;
    const double part =
        logarithmic_ ? (std::log(std::max(value, low_)) - std::log(low_)) / (std::log(high_) - std::log(low_))
                     : (value - low_) / (high_ - low_);
    return std::clamp(part, 0.0, 1.0);
}

std::optional<double> LandscapeModel::valueAt(double x, double y) const {
    const auto place = [](const std::vector<double>& axis, double at) -> std::optional<double> {
        if (axis.size() == 1) return 0;
        if (at < axis.front() || at > axis.back()) return std::nullopt;
        return (at - axis.front()) / (axis.back() - axis.front()) * static_cast<double>(axis.size() - 1);
    };
    const auto column = place(surface_.x, x), row = place(surface_.y, y);
    if (empty() || !column || !row) return std::nullopt;
    const auto c = static_cast<std::size_t>(*column), r = static_cast<std::size_t>(*row);
    const std::size_t c1 = std::min(c + 1, surface_.x.size() - 1),
                      r1 = std::min(r + 1, surface_.y.size() - 1);
    const auto at = [&](std::size_t i, std::size_t j) {
        return static_cast<double>(values_[j * surface_.x.size() + i]);
    };
    const double u = *column - static_cast<double>(c), v = *row - static_cast<double>(r);
    const double above = at(c, r) + (u > 0 ? u * (at(c1, r) - at(c, r)) : 0);
    const double below = at(c, r1) + (u > 0 ? u * (at(c1, r1) - at(c, r1)) : 0);
    return above + (v > 0 ? v * (below - above) : 0);
}

std::string LandscapeModel::axisName(int axis) const {
    const json recipe = json::parse(surface_.recipe, nullptr, false);
    const json results = json::parse(surface_.results, nullptr, false);
    const std::string kind = recipe.is_object() ? recipe.value("directions", "") : "";
    if (kind == "trajectory" && results.is_object() && results.contains("explained_variance")) {
        const json& shares = results["explained_variance"];
        if (shares.is_array() && static_cast<int>(shares.size()) > axis &&
            shares[static_cast<std::size_t>(axis)].is_number())
            return fmt::format("component {}: {:.1f} % of the variance", axis + 1,
                               100 * shares[static_cast<std::size_t>(axis)].get<double>());
    }
    if (kind == "networks")
        return isLine()    ? "from the first network (0) to the second (1)"
               : axis == 0 ? "towards the second network (distance)"
                           : "towards the third network (distance)";
    return fmt::format("random direction {}", axis + 1);
}

std::vector<std::string> LandscapeModel::recipeLines() const {
    const json recipe = json::parse(surface_.recipe, nullptr, false);
    if (!recipe.is_object()) return {};
    const auto word = [&](const char* key) {
        return recipe.contains(key) && recipe[key].is_string() ? recipe[key].get<std::string>()
                                                               : std::string();
    };
    const auto count = [&](const char* key) {
        return recipe.contains(key) && recipe[key].is_number_integer() ? recipe[key].get<std::int64_t>() : 0;
    };
    std::string axes = "directions: " + word("directions");
    if (!word("normalization").empty())
        axes += fmt::format(" (seed {}), normalised by {}", count("seed"), word("normalization"));
    axes += ", in " + word("subspace") + ", biases and norms " + word("biases_and_norms");
    std::string range = "x " + numbers(recipe.value("x", json()));
    if (recipe.contains("y")) range += "; y " + numbers(recipe["y"]);
    const std::int64_t samples = count("samples");
    return {axes + "; " + range,
            fmt::format("{} of {} data ({}), batch norm: {}",
                        samples == 0 ? std::string("all") : fmt::format("{} samples", samples), word("split"),
                        word("data"), word("batch_norm"))};
}

std::string LandscapeModel::summary() const {
    if (empty()) return "No landscape.";
    return fmt::format("{} of run {} at step {} over {} x {} places: {:.4g} to {:.4g}, {} of {} computed",
                       field_, run_, step_, surface_.x.size(), surface_.y.size(), low_, high_, known_,
                       surface_.cells());
}

LandscapeModel loadLandscape(const store::Store& store, std::int64_t run, std::string_view tag,
                             std::string_view field) {
    const auto all = store::surfaces(store, run);
    if (all.empty())
        throw Error(ErrorKind::Usage, fmt::format("run {} has no landscape yet", run), "",
                    fmt::format("compute one with: filigree analyze landscape {}", run));
    std::string tags;
    for (const store::SurfaceListing& one : all) {
        if (tag.empty() || one.tag == tag) {
            auto surface = store::surfaceAt(store, {run, one.attempt, one.step}, one.tag);
            if (surface) return {std::move(*surface), run, one.step, field};
        }
        tags += (tags.empty() ? "" : ", ") + one.tag;
    }
    throw Error(ErrorKind::Usage, fmt::format("run {} has no landscape \"{}\"", run, tag), "",
                "it has " + tags);
}

}  // namespace filigree::ui
