// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "ui/views/gate_board_painter.h"
#include "ui/views/plot.h"

/// What closing channels costs: figures over the number of closed channels, with a slider.
namespace filigree::ui {
namespace {

using analysis::AblationLevel;

constexpr int mostTicksAcross = 10, mostTicksUp = 5;

struct Figure {
    const char* name;
    double AblationLevel::*value;
    double constant;  ///< of the constant prediction; NaN: it has none
};

}  // namespace

void GateBoardPainter::setClosed(std::int64_t channels) {
    if (!records_->ablation) return;
    const auto& levels = records_->ablation->ablation.levels;
    const auto nearest =
        std::min_element(levels.begin(), levels.end(), [&](const AblationLevel& a, const AblationLevel& b) {
            return std::abs(a.closed - channels) < std::abs(b.closed - channels);
        });
    level_ = static_cast<std::size_t>(nearest - levels.begin());
}

std::int64_t GateBoardPainter::closed() const {
    return records_->ablation ? records_->ablation->ablation.levels[level_].closed : 0;
}

void GateBoardPainter::moveLevel(int levels) {
    const auto count = records_->ablation
                           ? static_cast<std::ptrdiff_t>(records_->ablation->ablation.levels.size())
                           : std::ptrdiff_t{1};
    level_ = static_cast<std::size_t>(
        std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(level_) + levels, 0, count - 1));
}

void GateBoardPainter::drawAblation(const Canvas& canvas) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale, line = canvas.body->FontSize;
    const float wide = canvas.width - 32 * u;
    const ImU32 grey = ink(canvas.palette.secondaryText), text = ink(canvas.palette.text);
    if (!records_->ablation) {
        const float top = 84 * u + shift_;
        const float high = drawLines(
            canvas.body, {16 * u, top}, grey,
            "Not computed yet: Compute above does it, from a checkpoint of the run and its data, or", wide);
        drawText(canvas.body, {16 * u, top + high + 0.3F * line}, text,
                 fmt::format("filigree analyze ablation {}", records_->run));
        return;
    }
    const analysis::GateAblation& ablation = records_->ablation->ablation;
    const AblationLevel &none = ablation.levels.front(), &now = ablation.levels[level_];
    const bool sized = !std::isnan(none.absoluteError), counted = !std::isnan(none.multiplyAdds);
    std::string figures = fmt::format("accuracy {:.3f} (none closed: {:.3f})   macro F1 {:.3f} ({:.3f})",
                                      now.accuracy, none.accuracy, now.f1Macro, none.f1Macro);
    if (sized)
        figures += fmt::format("   mean absolute error {:.2f} {} ({:.2f})", now.absoluteError, ablation.unit,
                               none.absoluteError);
    if (counted)
        figures += fmt::format("   multiply-adds {:.1f} %", 100 * now.multiplyAdds / none.multiplyAdds);
    float y = 66 * u + shift_;
    y += drawLines(canvas.body, {16 * u, y}, text,
                   fmt::format("{} of {} channels closed: those with a score below {:.4f}", now.closed,
                               ablation.channels, now.threshold),
                   wide);
    y += drawLines(canvas.body, {16 * u, y}, text, figures, wide) + 2 * u;
    y += drawLines(canvas.small, {16 * u, y}, grey,
                   fmt::format("Per {}, {} {}s of the {} data, network of step {}", ablation.item,
                               ablation.items, ablation.item, ablation.data, records_->ablation->step),
                   wide);
    drawText(canvas.body, {canvas.width - 16 * u - widthOf(canvas.body, ablation.notice), 12 * u},
             ink(canvas.palette.warning), ablation.notice);

    struct Drawn {
        std::string title;
        std::vector<Figure> figures;
        double scale;
    };
    std::vector<Drawn> plots{{fmt::format("Accuracy and macro F1, per {}", ablation.item),
                              {{"accuracy", &AblationLevel::accuracy, ablation.constantAccuracy},
                               {"macro F1", &AblationLevel::f1Macro, ablation.constantF1}},
                              1}};
    if (sized)
        plots.push_back({fmt::format("Mean absolute error in {}, per {}", ablation.unit, ablation.item),
                         {{"error", &AblationLevel::absoluteError, ablation.constantError}},
                         1});
    if (counted)
        plots.push_back({"Multiply-adds in % of those with none closed, were closed channels taken out",
                         {{"multiply-adds", &AblationLevel::multiplyAdds, std::nan("")}},
                         100 / none.multiplyAdds});
    const float top = y + 34 * u, each = (canvas.height - top - 16 * u) / static_cast<float>(plots.size());
    for (std::size_t p = 0; p < plots.size(); ++p) {
        const float from = top + static_cast<float>(p) * each;
        const Area area{64 * u, from, canvas.width - 24 * u, std::max(from + 20 * u, from + each - 58 * u)};
        std::vector<double> values{0};
        for (const Figure& figure : plots[p].figures) {
            if (!std::isnan(figure.constant)) values.push_back(figure.constant);
            for (const AblationLevel& level : ablation.levels)
                values.push_back(level.*figure.value * plots[p].scale);
        }
        const double most = *std::max_element(values.begin(), values.end());
        const Plot plot{area, 0, static_cast<double>(ablation.channels), 0, most > 0 ? 1.05 * most : 1};
        drawAxes(canvas, plot, {plots[p].title, "closed channels", ""}, mostTicksAcross, mostTicksUp);
        const bool narrow = area.width() < 760 * u;
        float key = area.left;
        for (std::size_t f = 0; f < plots[p].figures.size(); ++f) {
            const Figure& figure = plots[p].figures[f];
            const ImU32 colour = ink(canvas.palette.runs[p + f]);
            std::vector<ImVec2> places;
            for (const AblationLevel& level : ablation.levels)
                places.push_back(
                    plot.at(static_cast<double>(level.closed), level.*figure.value * plots[p].scale));
            list.AddPolyline(places.data(), static_cast<int>(places.size()), colour, 0, 2 * u);
            for (const ImVec2& place : places) list.AddCircleFilled(place, 2.5F * u, colour);
            const float below = area.bottom + canvas.small->FontSize + 8 * u;
            list.AddLine({key, below + canvas.small->FontSize / 2},
                         {key + 14 * u, below + canvas.small->FontSize / 2}, colour, 2 * u);
            std::string words = figure.name;
            if (!std::isnan(figure.constant)) {
                drawLevel(canvas, plot, figure.constant, colour, 1.2F * u, true);
                words += narrow ? fmt::format(" (constant {:.3f})", figure.constant)
                                : fmt::format(" (dashed: constant prediction, {:.3f})", figure.constant);
            }
            words = fitted(canvas.small, words,
                           area.right - widthOf(canvas.small, "closed channels") - 28 * u - key);
            drawText(canvas.small, {key + 18 * u, below}, grey, words);
            key += 34 * u + widthOf(canvas.small, words);
        }
        const float x = plot.xOf(static_cast<double>(now.closed));
        list.AddLine({x, area.top}, {x, area.bottom}, ink(canvas.palette.accent), 2 * u);
        list.AddCircleFilled({x, area.bottom}, 6 * u, ink(canvas.palette.accent));
        const ImVec2 pointer = ImGui::GetIO().MousePos;
        const Area handle{area.left - 8 * u, area.top, area.right + 8 * u, area.bottom + 8 * u};
        if (handle.contains(pointer) && ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
            const double share = static_cast<double>((pointer.x - area.left) / area.width());
            setClosed(std::llround(share * static_cast<double>(ablation.channels)));
            if (levelChosen) levelChosen();
        }
    }
}

}  // namespace filigree::ui
