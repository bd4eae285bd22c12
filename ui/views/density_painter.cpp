// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/density_painter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace filigree::ui {
namespace {

std::string percent(double density) {
    return fmt::format("{:.3g} %", 100 * density + 0.0);  // a tick may be -0
}

/// From densities to places on the axis, 0 at its lower and 1 at its upper end.
class DensityAxis {
  public:
    explicit DensityAxis(const DensityHistory& history) : wide_(history.isWide()) {
        const auto [least, greatest] = history.range();
        if (wide_) {
            low_ = std::log10(least) - 0.08;
            high_ = std::log10(greatest) + 0.08;
        } else {
            low_ = 0;
            high_ = 1.06 * greatest;
        }
    }
    /// A density of 0 lies at the lower end.
    double place(double density) const {
        if (density <= 0) return 0;
        return std::max(0.0, ((wide_ ? std::log10(density) : density) - low_) / (high_ - low_));
    }
    std::vector<double> ticks() const {
        if (!wide_) {
            std::vector<double> shares;
            for (const double tick : roundTicks(0, 100 * high_, 7)) shares.push_back(tick / 100);
            return shares;
        }
        std::vector<double> shares;
        for (int power = static_cast<int>(std::floor(low_)); power <= 0; ++power)
            for (const double factor : {1.0, 2.0, 5.0}) {
                const double at = std::log10(factor) + power;
                if (at >= low_ && at <= high_) shares.push_back(std::pow(10, at));
            }
        return shares;
    }

  private:
    bool wide_;
    double low_ = 0, high_ = 1;
};

}  // namespace

void DensityPainter::show(DensityHistory history) {
    history_ = std::make_shared<const DensityHistory>(std::move(history));
}

void DensityPainter::draw(const Canvas& canvas) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale, line = canvas.small->FontSize;
    const ImU32 grey = ink(canvas.palette.secondaryText);
    drawText(canvas.heading, {24 * u, 18 * u}, ink(canvas.palette.text),
             "Density of each layer, " + history_->runName);
    if (history_->empty()) {
        drawText(canvas.body, {24 * u, 60 * u}, grey, "This run recorded no densities.");
        return;
    }
    float widest = 0;
    for (const DensityCurve& curve : history_->curves)
        widest = std::max(widest, widthOf(canvas.small, curve.layer + "  " + percent(curve.density.back())));
    const Area area{84 * u, 66 * u, std::max(200 * u, canvas.width - widest - 48 * u),
                    std::max(160 * u, canvas.height - 60 * u)};
    const auto [first, last] = history_->steps();
    const auto xOf = [&, from = first, to = last](std::int64_t step) {
        return area.left + area.width() * static_cast<float>(step - from) /
                               static_cast<float>(std::max<std::int64_t>(1, to - from));
    };
    const DensityAxis axis(*history_);
    const auto yOf = [&](double density) {
        return area.bottom - static_cast<float>(axis.place(density)) * area.height();
    };
    for (const double tick : axis.ticks()) {
        const float y = yOf(tick);
        list.AddLine({area.left, y}, {area.right, y}, ink(canvas.palette.border), u);
        const std::string label = percent(tick);
        drawText(canvas.small, {area.left - 8 * u - widthOf(canvas.small, label), y - line / 2}, grey, label);
    }
    list.AddLine({area.left, area.bottom}, {area.right, area.bottom}, grey, u);
    for (const double tick : roundTicks(static_cast<double>(first), static_cast<double>(last), 8)) {
        const float x = xOf(std::llround(tick));
        list.AddLine({x, area.bottom}, {x, area.bottom + 4 * u}, grey, u);
        const std::string label = tickLabel(tick);
        drawText(canvas.small, {x - widthOf(canvas.small, label) / 2, area.bottom + 8 * u}, grey, label);
    }
    const std::string steps = "step";
    drawText(canvas.small, {area.right - widthOf(canvas.small, steps), area.bottom + 10 * u + line}, grey,
             steps);

    struct Name {
        float y;
        std::size_t curve;
    };
    std::vector<Name> names;
    // The whole network comes first and lies on top.
    for (std::size_t i = history_->curves.size(); i-- > 0;) {
        const DensityCurve& curve = history_->curves[i];
        std::vector<ImVec2> places;
        // Points that fall together would leave joints without a direction.
        const auto reach = [&](float x, float y) {
            if (places.empty() || std::abs(places.back().x - x) + std::abs(places.back().y - y) > 0.25F)
                places.push_back({x, y});
        };
        for (std::size_t p = 0; p < curve.steps.size(); ++p) {
            const float x = xOf(curve.steps[p]);
            if (p > 0) reach(x, places.back().y);
            reach(x, yOf(curve.density[p]));
        }
        reach(area.right, places.back().y);
        const bool whole = curve.layer == wholeNetwork;
        list.AddPolyline(places.data(), static_cast<int>(places.size()),
                         ink(canvas.palette.runs[i % canvas.palette.runs.size()]), 0,
                         (whole ? 2.8F : 1.6F) * u);
        names.push_back({places.back().y - line / 2, i});
    }
    // Names keep a line's distance, from below upwards.
    std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) { return a.y > b.y; });
    float limit = area.bottom;
    for (Name& name : names) {
        name.y = std::min(name.y, limit - line);
        limit = name.y;
        const DensityCurve& curve = history_->curves[name.curve];
        drawText(canvas.small, {area.right + 10 * u, name.y},
                 ink(canvas.palette.runs[name.curve % canvas.palette.runs.size()]),
                 curve.layer + "  " + percent(curve.density.back()));
    }
}

std::string DensityPainter::summary() const {
    if (history_->empty()) return "No densities.";
    std::string text = fmt::format("Density of {} at step {}:", history_->runName, history_->steps().second);
    for (const DensityCurve& curve : history_->curves)
        text += fmt::format(" {} {}", curve.layer, percent(curve.density.back()));
    return text + ".";
}

}  // namespace filigree::ui
