// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/views/predictions_layout.h"

/// The pictures beside the table of predictions.
namespace filigree::ui {
namespace {

constexpr int mostTicksAcross = 8, mostTicksUp = 6;
/// Within so many pixels the pointer is on a point.
constexpr float reach = 9;

std::vector<double> allValues(const Predictions& predictions) {
    std::vector<double> values;
    for (const PredictedItem& item : predictions.items) {
        values.push_back(item.truth);
        values.push_back(item.predicted);
    }
    if (predictions.scale.constant) values.push_back(*predictions.scale.constant);
    return values;
}

/// Every other class on a darker ground, with its name at the right edge.
void drawBands(const Canvas& canvas, const Plot& plot, const PredictionScale& scale) {
    if (!scale.classed()) return;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale;
    double from = plot.bottom;
    for (std::size_t c = 0; c < scale.classes.size(); ++c) {
        const double to =
            c < scale.truthBounds.size() ? std::min(scale.truthBounds[c].at, plot.top) : plot.top;
        if (to <= from) continue;
        const float low = plot.yOf(from), high = plot.yOf(to);
        if (c % 2 == 1)
            list.AddRectFilled({plot.area.left, high}, {plot.area.right, low}, ink(canvas.palette.panel));
        const std::string& name = scale.classes[c];
        if (low - high > canvas.small->FontSize)
            drawText(canvas.small, {plot.area.right - widthOf(canvas.small, name) - 6 * u, high + 2 * u},
                     ink(canvas.palette.secondaryText), name);
        from = to;
    }
}

/// Of the axis.
std::string timelineWords(const PredictionScale& scale) {
    return fmt::format("{} of the {}, as recorded", scale.item, scale.group);
}

}  // namespace

void PredictionsPainter::chooseNearest(const Canvas& canvas, const Plot& plot,
                                       const std::vector<std::pair<double, double>>& places) {
    const ImVec2 pointer = ImGui::GetIO().MousePos;
    if (!plot.area.contains(pointer)) return;
    float least = reach * canvas.scale;
    const PredictedGroup* nearest = nullptr;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const ImVec2 at = plot.at(places[i].first, places[i].second);
        const float away = std::hypot(at.x - pointer.x, at.y - pointer.y);
        if (away > least) continue;
        least = away;
        nearest = &predictions_->groups[i];
    }
    if (!nearest) return;
    drawTip(canvas, pointer,
            {fmt::format("{} {}", predictions_->scale.group, nearest->group),
             fmt::format("true {}, predicted {}", measured(nearest->truth), measured(nearest->median)),
             fmt::format("{} {}s, error {:+.2f} {}", nearest->predicted.size(), predictions_->scale.item,
                         nearest->error(), predictions_->scale.unit)});
    if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) tell(nearest->group);
}

void PredictionsPainter::drawTimeline(const Canvas& canvas, const Layout& layout) {
    const PredictedGroup* group = chosenGroup();
    if (!group) return;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    const PredictionScale& scale = predictions_->scale;
    const auto [bottom, top] = roomyRange(allValues(*predictions_));
    const Plot plot{layout.timeline, 0.5, static_cast<double>(group->predicted.size()) + 0.5, bottom, top};
    drawBands(canvas, plot, scale);
    drawAxes(canvas, plot,
             {fmt::format("{} {}, {} by {}", scale.group, group->group, scale.item, scale.item),
              timelineWords(scale), fmt::format("predicted {}, per {}", scale.unit, scale.item)},
             std::min<int>(mostTicksAcross, static_cast<int>(group->predicted.size())), mostTicksUp);
    const ImU32 truth = ink(canvas.palette.text), accent = ink(canvas.palette.accent),
                grey = ink(canvas.palette.secondaryText);
    if (scale.constant) drawLevel(canvas, plot, *scale.constant, grey, u, true);
    drawLevel(canvas, plot, group->median, accent, 1.5F * u, true);
    drawLevel(canvas, plot, group->truth, truth, 2 * u, false);
    std::vector<ImVec2> places;
    for (std::size_t i = 0; i < group->predicted.size(); ++i)
        places.push_back(plot.at(static_cast<double>(i + 1), group->predicted[i]));
    list.AddPolyline(places.data(), static_cast<int>(places.size()), accent, 0, 1.2F * u);
    if (places.size() <= 400)
        for (const ImVec2& place : places) list.AddCircleFilled(place, 3.5F * u, accent);
    drawKey(canvas, layout, *group);
    openNearest(canvas, places);
}

/// What the lines are, beside the word of the axis or, where they do not fit, below it.
void PredictionsPainter::drawKey(const Canvas& canvas, const Layout& layout,
                                 const PredictedGroup& group) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit, line = canvas.small->FontSize;
    const PredictionScale& scale = predictions_->scale;
    const ImU32 truth = ink(canvas.palette.text), accent = ink(canvas.palette.accent),
                grey = ink(canvas.palette.secondaryText);
    struct Entry {
        ImU32 colour;
        bool dashed;
        std::string words;
    };
    std::vector<Entry> entries{{truth, false, "true " + measured(group.truth)},
                               {accent, true, "median " + measured(group.median)}};
    if (scale.constant) entries.push_back({grey, true, "constant " + measured(*scale.constant)});
    float all = 0;
    for (const Entry& entry : entries) all += 34 * u + widthOf(canvas.small, entry.words);
    const float beside = layout.timeline.width() - widthOf(canvas.small, timelineWords(scale));
    float x = layout.timeline.left;
    float y = layout.timeline.bottom + line + 8 * u + (all > beside ? line + 4 * u : 0);
    for (const Entry& entry : entries) {
        const float wide = 22 * u + widthOf(canvas.small, entry.words);
        if (x > layout.timeline.left && x + wide > layout.timeline.right) {
            x = layout.timeline.left;
            y += line + 4 * u;
        }
        const float middle = y + line / 2;
        for (float dash = 0; dash < 18 * u; dash += entry.dashed ? 10 * u : 18 * u)
            list.AddLine({x + dash, middle}, {x + dash + (entry.dashed ? 6 * u : 18 * u), middle},
                         entry.colour, 2 * u);
        drawText(canvas.small, {x + 22 * u, y}, grey, entry.words);
        x += 12 * u + wide;
    }
}

/// A click on the point of an item.
void PredictionsPainter::openNearest(const Canvas& canvas, const std::vector<ImVec2>& places) {
    const ImVec2 pointer = ImGui::GetIO().MousePos;
    float least = reach * canvas.scale;
    std::size_t nearest = places.size();
    for (std::size_t i = 0; i < places.size(); ++i) {
        const float away = std::hypot(places[i].x - pointer.x, places[i].y - pointer.y);
        if (away > least) continue;
        least = away;
        nearest = i;
    }
    if (nearest == places.size()) return;
    const PredictedGroup& group = *chosenGroup();
    drawTip(canvas, pointer,
            {fmt::format("{} {} of {} {}", predictions_->scale.item, nearest + 1, predictions_->scale.group,
                         group.group),
             fmt::format("true {}, predicted {}", measured(group.truth), measured(group.predicted[nearest])),
             "click to see it"});
    if (ImGui::IsMouseClicked(ImGuiMouseButton_Left) && itemOpened)
        itemOpened(static_cast<std::int64_t>(nearest) + 1);
}

void PredictionsPainter::drawScatter(const Canvas& canvas, const Layout& layout) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    const PredictionScale& scale = predictions_->scale;
    const auto [least, greatest] = roomyRange(allValues(*predictions_));
    const Plot plot{layout.scatter, least, greatest, least, greatest};
    drawBands(canvas, plot, scale);
    drawAxes(
        canvas, plot,
        {fmt::format("All {}s, median and range of their {}s", scale.group, scale.item),
         fmt::format("true {}", scale.unit), fmt::format("predicted {}, per {}", scale.unit, scale.group)},
        mostTicksAcross, mostTicksUp);
    const ImU32 grey = ink(canvas.palette.secondaryText);
    list.AddLine(plot.at(least, least), plot.at(greatest, greatest), grey, u);
    for (const ClassBound& bound : scale.truthBounds)
        if (bound.at > least && bound.at < greatest)
            list.AddLine(plot.at(bound.at, least), plot.at(bound.at, greatest), ink(canvas.palette.border),
                         u);
    if (scale.constant) drawLevel(canvas, plot, *scale.constant, grey, u, true);
    std::vector<std::pair<double, double>> places;
    const PredictedGroup* chosen = chosenGroup();
    for (const PredictedGroup& group : predictions_->groups) {
        places.emplace_back(group.truth, group.median);
        const auto [low, high] = std::minmax_element(group.predicted.begin(), group.predicted.end());
        const ImU32 ofRange =
            ink(&group == chosen ? canvas.palette.accent : canvas.palette.secondaryText, 120);
        list.AddLine(plot.at(group.truth, *low), plot.at(group.truth, *high), ofRange, u);
    }
    for (const PredictedGroup& group : predictions_->groups)
        list.AddCircleFilled(plot.at(group.truth, group.median), 3 * u,
                             ink(canvas.palette.runs[0], &group == chosen ? 255 : 190));
    if (chosen)
        list.AddCircle(plot.at(chosen->truth, chosen->median), 6 * u, ink(canvas.palette.accent), 0, 2 * u);
    chooseNearest(canvas, plot, places);
}

void PredictionsPainter::drawConfusion(const Canvas& canvas, const Area& area,
                                       const NamedConfusion& confusion) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale, line = canvas.small->FontSize;
    const ImU32 grey = ink(canvas.palette.secondaryText), text = ink(canvas.palette.text);
    const std::size_t classes = confusion.counts.classes();
    const std::vector<std::string>& names = predictions_->scale.classes;
    const auto nameOfClass = [&](std::size_t c) {
        return names.size() == classes ? names[c] : std::to_string(c);
    };
    float labels = widthOf(canvas.small, "truth");
    for (std::size_t c = 0; c < classes; ++c)
        labels = std::max(labels, widthOf(canvas.small, nameOfClass(c)));
    const analysis::ClassFigures figures = confusion.counts.figures();
    const auto words = [&](float y, ImU32 colour, const std::string& line_) {
        drawText(canvas.small, {area.left, y}, colour, fitted(canvas.small, line_, area.width()));
    };
    words(area.top, text,
          fmt::format("Confusion per {}: {} {}s", confusion.of, confusion.counts.total(), confusion.of));
    words(area.top + line + 3 * u, grey,
          fmt::format("accuracy {:.3f}, macro F1 {:.3f}, weighted F1 {:.3f}", figures.accuracy,
                      figures.f1Macro, figures.f1Weighted));
    const Area grid{area.left + labels + 10 * u, area.top + 3 * line + 18 * u, area.right, area.bottom};
    const float wide = grid.width() / static_cast<float>(classes),
                high = grid.height() / static_cast<float>(classes);
    drawText(canvas.small, {area.left, grid.top - line - 4 * u}, grey, "truth");
    for (std::size_t t = 0; t < classes; ++t) {
        const float left = grid.left + static_cast<float>(t) * wide;
        // The word "predicted" where there is room for it.
        const std::string both = (t == 0 ? "predicted " : "") + nameOfClass(t);
        const float room = wide - 6 * u;
        drawText(canvas.small, {left + 4 * u, grid.top - line - 4 * u}, grey,
                 widthOf(canvas.small, both) <= room ? both : fitted(canvas.small, nameOfClass(t), room));
        const float middle = grid.top + (static_cast<float>(t) + 0.5F) * high;
        drawText(canvas.small, {area.left, middle - line / 2}, grey, nameOfClass(t));
        const std::int64_t all = confusion.counts.truths(t);
        for (std::size_t p = 0; p < classes; ++p) {
            const Area cell{grid.left + static_cast<float>(p) * wide, grid.top + static_cast<float>(t) * high,
                            grid.left + static_cast<float>(p + 1) * wide - u,
                            grid.top + static_cast<float>(t + 1) * high - u};
            const std::int64_t count = confusion.counts.at(t, p);
            const double share = all > 0 ? static_cast<double>(count) / static_cast<double>(all) : 0;
            const Rgb ground = ofShare(canvas.appearance, share);
            list.AddRectFilled(cell.min(), cell.max(), ink(ground));
            const std::string first = std::to_string(count),
                              second = all > 0 ? fmt::format("{:.1f} % of row", 100 * share) : "none is true";
            const float x = (cell.left + cell.right) / 2, y = (cell.top + cell.bottom) / 2;
            const ImU32 letter = ink(letterOn(ground));
            drawText(canvas.body, {x - widthOf(canvas.body, first) / 2, y - canvas.body->FontSize}, letter,
                     first);
            if (widthOf(canvas.small, second) < cell.width())
                drawText(canvas.small, {x - widthOf(canvas.small, second) / 2, y + 2 * u}, letter, second);
        }
    }
}

void PredictionsPainter::drawBlandAltman(const Canvas& canvas, const Layout& layout) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit, line = canvas.small->FontSize;
    const PredictionScale& scale = predictions_->scale;
    const Agreement agreement = predictions_->agreement();
    std::vector<double> across, up{0, agreement.low(), agreement.high()};
    std::vector<std::pair<double, double>> places;
    for (const Agreement::Point& point : agreement.points) {
        across.push_back(point.mean);
        up.push_back(point.difference);
        places.emplace_back(point.mean, point.difference);
    }
    const auto [left, right] = roomyRange(across);
    const auto [bottom, top] = roomyRange(up);
    const Plot plot{layout.differences, left, right, bottom, top};
    drawAxes(canvas, plot,
             {fmt::format("Bland-Altman, per {} (median of its {}s): {}", scale.group, scale.item,
                          agreement.points.size()),
              fmt::format("mean of predicted and true {}", scale.unit),
              fmt::format("predicted - true {}", scale.unit)},
             mostTicksAcross, mostTicksUp + 2);
    const ImU32 accent = ink(canvas.palette.accent), grey = ink(canvas.palette.secondaryText);
    const auto level = [&](double value, const char* what, bool dashed) {
        drawLevel(canvas, plot, value, accent, (dashed ? 1.2F : 2.0F) * u, dashed);
        const std::string words = fmt::format("{} {:+.2f} {}", what, value, scale.unit);
        drawText(
            canvas.small,
            {layout.differences.right - widthOf(canvas.small, words) - 4 * u, plot.yOf(value) - line - 2 * u},
            ink(canvas.palette.text), words);
    };
    drawLevel(canvas, plot, 0, grey, u, false);
    const PredictedGroup* chosen = chosenGroup();
    for (const Agreement::Point& point : agreement.points) {
        const bool own = chosen && chosen->group == point.group;
        list.AddCircleFilled(plot.at(point.mean, point.difference), 3.5F * u,
                             ink(canvas.palette.runs[0], own ? 255 : 170));
        if (own) list.AddCircle(plot.at(point.mean, point.difference), 6.5F * u, accent, 0, 2 * u);
    }
    level(agreement.bias, "bias", false);
    level(agreement.high(), "bias + 1.96 sd", true);
    level(agreement.low(), "bias - 1.96 sd", true);
    chooseNearest(canvas, plot, places);
}

}  // namespace filigree::ui
