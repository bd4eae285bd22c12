// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/landscape_painter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "ui/theme/colour_map.h"
#include "ui/views/drawing.h"

namespace filigree::ui {
namespace {

Rgb colourOf(const LandscapeModel& model, Appearance appearance, double value) {
    return sequentialMap(appearance)[static_cast<std::size_t>(std::lround(model.share(value) * 255))];
}

/// The map, interpolated where its values are known best: before they become colours.
Picture paint(const LandscapeModel& model, const Stretch& x, const Stretch& y, Appearance appearance,
              int width, int height) {
    Picture picture(width, height);
    for (int row = 0; row < height; ++row)
        for (int column = 0; column < width; ++column) {
            const double atX = x.from + x.length() * (column + 0.5) / width;
            const double atY = y.to - y.length() * (row + 0.5) / height;
            picture.pixels[static_cast<std::size_t>(row) * static_cast<std::size_t>(width) +
                           static_cast<std::size_t>(column)] =
                packed(colourOf(model, appearance, model.valueAt(atX, atY).value_or(0)));
        }
    return picture;
}

}  // namespace

struct LandscapePainter::Layout {
    Area map;
    float pad = 0;
    float unit = 1;
    double x0 = 0, x1 = 1, y0 = 0, y1 = 1;

    ImVec2 at(double x, double y) const {
        return {map.left + static_cast<float>((x - x0) / (x1 - x0)) * map.width(),
                map.bottom - static_cast<float>((y - y0) / (y1 - y0)) * map.height()};
    }
};

void LandscapePainter::show(LandscapeModel model) {
    model_ = std::make_shared<LandscapeModel>(std::move(model));
    ++version_;
    if (model_->empty()) return;
    const auto& surface = model_->surface();
    viewport_.setWhole({surface.x.front(), surface.x.back()}, {surface.y.front(), surface.y.back()});
}

LandscapePainter::Layout LandscapePainter::arrange(const Canvas& canvas) const {
    Layout layout;
    const float u = canvas.scale;
    layout.unit = u;
    layout.pad = 16 * u;
    Area& map = layout.map;
    map = {layout.pad + 64 * u, 80 * u, canvas.width - layout.pad, canvas.height - 108 * u};
    map = {std::round(map.left), std::round(map.top), std::round(std::max(map.left + 32 * u, map.right)),
           std::round(std::max(map.top + 32 * u, map.bottom))};
    layout.x0 = viewport_.x().from;
    layout.x1 = viewport_.x().to;
    if (model_->isLine()) {
        const double room = std::max(0.05 * (model_->high() - model_->low()), 1e-9);
        layout.y0 = model_->isLogarithmic() ? std::log10(model_->low()) - 0.05 : model_->low() - room;
        layout.y1 = model_->isLogarithmic() ? std::log10(model_->high()) + 0.05 : model_->high() + room;
    } else {
        layout.y0 = viewport_.y().from;
        layout.y1 = viewport_.y().to;
        // Both axes on one scale: a plane has no preferred direction.
        const double perX = static_cast<double>(map.width()) / (layout.x1 - layout.x0);
        const double perY = static_cast<double>(map.height()) / (layout.y1 - layout.y0);
        if (perX > perY) {
            map.right = std::round(map.left + static_cast<float>(perY * (layout.x1 - layout.x0)));
            const float shift = std::round((canvas.width - layout.pad - map.right) / 2);
            map.left += shift;
            map.right += shift;
        } else {
            map.bottom = std::round(map.top + static_cast<float>(perX * (layout.y1 - layout.y0)));
        }
    }
    return layout;
}

void LandscapePainter::draw(const Canvas& canvas) {
    if (model_->empty()) {
        drawText(canvas.body, {(canvas.width - widthOf(canvas.body, message_)) / 2, canvas.height / 2},
                 ink(canvas.palette.secondaryText), message_);
        return;
    }
    if (showsRelief()) {
        const Layout frame = arrange(canvas);
        drawHeader(canvas, frame);
        drawLegend(canvas, frame);
        drawRelief(canvas);
        return;
    }
    takeGestures(arrange(canvas));
    const Layout layout = arrange(canvas);
    drawHeader(canvas, layout);
    if (model_->isLine()) {
        drawAxes(canvas, layout);
        drawCurve(canvas, layout);
    } else {
        drawLegend(canvas, layout);
        drawMap(canvas, layout);
        drawContours(canvas, layout);
        drawAxes(canvas, layout);
        drawNetworks(canvas, layout);
    }
    drawPointer(canvas, layout);
}

void LandscapePainter::takeGestures(const Layout& layout) {
    const ImGuiIO& io = ImGui::GetIO();
    const ImVec2 at = io.MousePos;
    const bool over = layout.map.contains(at);
    const double perX = (layout.x1 - layout.x0) / static_cast<double>(layout.map.width());
    const double perY = (layout.y1 - layout.y0) / static_cast<double>(layout.map.height());
    const float turned = io.MouseWheel != 0 ? io.MouseWheel : io.MouseWheelH;
    if (over && turned != 0)
        viewport_.zoom(layout.x0 + static_cast<double>(at.x - layout.map.left) * perX,
                       layout.y0 + static_cast<double>(layout.map.bottom - at.y) * perY,
                       std::pow(io.KeyCtrl ? 1.05 : 1.25, static_cast<double>(turned)));
    if (over && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) viewport_.fit();
    if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) dragging_ = over;
    if ((dragging_ && ImGui::IsMouseDragging(ImGuiMouseButton_Left, 0)) ||
        ImGui::IsMouseDragging(ImGuiMouseButton_Middle, 0))
        viewport_.pan(-static_cast<double>(io.MouseDelta.x) * perX,
                      static_cast<double>(io.MouseDelta.y) * perY);
}

/// Of its bar of colours, at the right of the heading.
constexpr float legendWidth = 200;

void LandscapePainter::drawHeader(const Canvas& canvas, const Layout& layout) const {
    const float u = layout.unit;
    const record::Surface& surface = model_->surface();
    const ImU32 grey = ink(canvas.palette.secondaryText);
    drawText(canvas.heading, {layout.pad, 12 * u}, ink(canvas.palette.text), model_->field());
    std::string line = fmt::format("run {}   step {}   {}", model_->run(), model_->step(), surface.tag);
    if (model_->known() < surface.cells())
        line += fmt::format("   {} of {} places computed", model_->known(), surface.cells());
    drawText(canvas.body, {layout.pad, 12 * u + canvas.heading->FontSize + 6 * u}, grey,
             fitted(canvas.body, line, canvas.width - 2 * layout.pad - legendWidth * u - 12 * u));
    // The recipe: no surface without it.
    float y = canvas.height - 44 * u;
    for (const std::string& words : model_->recipeLines()) {
        drawText(canvas.small, {layout.pad, y}, grey,
                 fitted(canvas.small, words, canvas.width - 2 * layout.pad));
        y += canvas.small->FontSize + 4 * u;
    }
    ImGui::GetWindowDrawList()->AddLine({layout.pad, canvas.height - 52 * u},
                                        {canvas.width - layout.pad, canvas.height - 52 * u},
                                        ink(canvas.palette.border), u);
}

void LandscapePainter::drawLegend(const Canvas& canvas, const Layout& layout) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    const float wide = legendWidth * u;
    const Area bar{canvas.width - layout.pad - wide, 15 * u, canvas.width - layout.pad, 27 * u};
    const ColourMap& map = sequentialMap(canvas.appearance);
    constexpr int pieces = 32;
    for (int i = 0; i < pieces; ++i) {
        const ImU32 from = ink(map[static_cast<std::size_t>(255 * i / pieces)]);
        const ImU32 to = ink(map[static_cast<std::size_t>(255 * (i + 1) / pieces)]);
        list.AddRectFilledMultiColor({bar.left + wide * static_cast<float>(i) / pieces, bar.top},
                                     {bar.left + wide * static_cast<float>(i + 1) / pieces, bar.bottom}, from,
                                     to, to, from);
    }
    for (const double level : model_->levels()) {
        const float x = bar.left + static_cast<float>(model_->share(level)) * wide;
        list.AddLine({x, bar.top}, {x, bar.bottom}, ink(canvas.palette.ground, 150), u);
    }
    list.AddRect({bar.left, bar.top}, {bar.right, bar.bottom}, ink(canvas.palette.border), 0, 0, u);
    const ImU32 grey = ink(canvas.palette.secondaryText);
    const std::string low = tickLabel(model_->low()), high = tickLabel(model_->high());
    const std::string scale = model_->isLogarithmic() ? "logarithmic" : "linear";
    const float y = bar.bottom + 4 * u;
    drawText(canvas.small, {bar.left, y}, grey, low);
    drawText(canvas.small, {bar.right - widthOf(canvas.small, high), y}, grey, high);
    drawText(canvas.small, {bar.left + (wide - widthOf(canvas.small, scale)) / 2, y}, grey, scale);
}

void LandscapePainter::drawMap(const Canvas& canvas, const Layout& layout) {
    const int width = std::max(1, static_cast<int>(layout.map.width()));
    const int height = std::max(1, static_cast<int>(layout.map.height()));
    const std::uint64_t version =
        (version_ + viewport_.version()) * 1000003 + static_cast<std::uint64_t>(width) * 8191 +
        static_cast<std::uint64_t>(height) * 2 + (canvas.appearance == Appearance::Dark ? 1U : 0U);
    const ImTextureID picture =
        canvas.texture(0, version, false,
                       [model = model_, x = viewport_.x(), y = viewport_.y(), appearance = canvas.appearance,
                        width, height] { return paint(*model, x, y, appearance, width, height); });
    ImGui::GetWindowDrawList()->AddImage(picture, {layout.map.left, layout.map.top},
                                         {layout.map.right, layout.map.bottom});
}

void LandscapePainter::drawContours(const Canvas& canvas, const Layout& layout) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const auto& surface = model_->surface();
    const double stepX = (surface.x.back() - surface.x.front()) / static_cast<double>(surface.x.size() - 1);
    const double stepY = (surface.y.back() - surface.y.front()) / static_cast<double>(surface.y.size() - 1);
    const auto place = [&](double column, double row) {
        return layout.at(surface.x.front() + column * stepX, surface.y.front() + row * stepY);
    };
    const auto isSeen = [&](ImVec2 a, ImVec2 b) {
        return std::max(a.x, b.x) >= layout.map.left && std::min(a.x, b.x) <= layout.map.right &&
               std::max(a.y, b.y) >= layout.map.top && std::min(a.y, b.y) <= layout.map.bottom;
    };
    std::vector<ImVec2> middles;
    for (std::size_t l = 0; l < model_->levels().size(); ++l) {
        const double level = model_->levels()[l];
        middles.clear();
        list.PushClipRect({layout.map.left, layout.map.top}, {layout.map.right, layout.map.bottom}, true);
        for (const ContourPiece& piece : model_->contours()[l]) {
            const ImVec2 a = place(piece.x0, piece.y0), b = place(piece.x1, piece.y1);
            if (!isSeen(a, b)) continue;
            list.AddLine(a, b, ink(canvas.palette.ground, 170), 1.2F * layout.unit);
            middles.push_back({(a.x + b.x) / 2, (a.y + b.y) / 2});
        }
        list.PopClipRect();
        if (middles.empty() || l % 2 == 1) continue;
        // Labels at different places of their lines, so that they do not stand in a row.
        const ImVec2 at = middles[middles.size() * (2 * (l % 5) + 1) / 10];
        const std::string label = tickLabel(level);
        const float half = widthOf(canvas.small, label) / 2;
        if (at.x - half < layout.map.left || at.x + half > layout.map.right ||
            at.y - canvas.small->FontSize < layout.map.top ||
            at.y + canvas.small->FontSize > layout.map.bottom)
            continue;
        const ImVec2 corner{at.x - half, at.y - canvas.small->FontSize / 2};
        list.AddRectFilled({corner.x - 2 * layout.unit, corner.y},
                           {at.x + half + 2 * layout.unit, corner.y + canvas.small->FontSize},
                           ink(canvas.palette.ground, 190), 2 * layout.unit);
        drawText(canvas.small, corner, ink(canvas.palette.text), label);
    }
}

void LandscapePainter::drawCurve(const Canvas& canvas, const Layout& layout) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const auto& x = model_->surface().x;
    const auto heightOf = [&](double value) {
        return model_->isLogarithmic() ? std::log10(std::max(value, model_->low())) : value;
    };
    list.PushClipRect({layout.map.left, layout.map.top}, {layout.map.right, layout.map.bottom}, true);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto value = static_cast<double>(model_->values()[i]);
        if (!std::isfinite(value)) continue;
        const ImVec2 at = layout.at(x[i], heightOf(value));
        const auto next = i + 1 < x.size() ? static_cast<double>(model_->values()[i + 1]) : NAN;
        if (std::isfinite(next))
            list.AddLine(at, layout.at(x[i + 1], heightOf(next)), ink(canvas.palette.runs[0]),
                         2 * layout.unit);
        list.AddCircleFilled(at, 2.5F * layout.unit, ink(canvas.palette.runs[0]));
    }
    list.PopClipRect();
    for (const record::SurfacePoint& point : model_->surface().points) {
        if (point.x < layout.x0 || point.x > layout.x1) continue;
        const ImVec2 foot = layout.at(point.x, layout.y0);
        list.AddLine({foot.x, layout.map.top}, foot, ink(canvas.palette.border), layout.unit);
        const float wide = widthOf(canvas.small, point.label);
        const float left = std::clamp(foot.x - wide / 2, layout.map.left, layout.map.right - wide);
        drawText(canvas.small, {left, layout.map.top - canvas.small->FontSize - 4 * layout.unit},
                 ink(canvas.palette.text), point.label);
    }
}

void LandscapePainter::drawNetworks(const Canvas& canvas, const Layout& layout) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    const auto& points = model_->surface().points;
    double farthest = 0;
    for (const record::SurfacePoint& point : points) farthest = std::max(farthest, point.residual);
    const bool far = farthest > 1e-6;
    const bool path = points.size() > 3;
    const ImU32 halo = ink(canvas.palette.ground, 230), dark = ink(canvas.palette.text);
    list.PushClipRect({layout.map.left, layout.map.top}, {layout.map.right, layout.map.bottom}, true);
    for (std::size_t i = 0; path && i + 1 < points.size(); ++i) {
        const ImVec2 a = layout.at(points[i].x, points[i].y), b = layout.at(points[i + 1].x, points[i + 1].y);
        list.AddLine(a, b, halo, 4 * u);
        list.AddLine(a, b, dark, 1.5F * u);
    }
    list.PopClipRect();
    const bool ofLoss = model_->field().ends_with("/loss");
    for (std::size_t i = 0; i < points.size(); ++i) {
        const record::SurfacePoint& point = points[i];
        const ImVec2 at = layout.at(point.x, point.y);
        if (at.x < layout.map.left - u || at.x > layout.map.right + u || at.y < layout.map.top - u ||
            at.y > layout.map.bottom + u)
            continue;
        if (far && point.residual > 1e-6)
            list.AddCircle(at, static_cast<float>(6 + 18 * point.residual / farthest) * u, dark, 0, u);
        const double own = ofLoss ? point.loss : point.accuracy;
        list.AddCircleFilled(at, 5.5F * u, halo);
        list.AddCircleFilled(
            at, 4 * u,
            std::isnan(own) ? ink(canvas.palette.text) : ink(colourOf(*model_, canvas.appearance, own)));
        list.AddCircle(at, 4 * u, dark, 0, 1.2F * u);
        if (path && i != 0 && i + 1 != points.size()) continue;
        const float wide = widthOf(canvas.small, point.label);
        const float left = std::min(at.x + 9 * u, layout.map.right - wide - 4 * u);
        const float top = std::max(at.y - canvas.small->FontSize - 7 * u, layout.map.top + 2 * u);
        list.AddRectFilled({left - 2 * u, top}, {left + wide + 2 * u, top + canvas.small->FontSize},
                           ink(canvas.palette.ground, 210), 2 * u);
        drawText(canvas.small, {left, top}, dark, point.label);
    }
    std::string note = "a network's colour is its own value";
    if (far) note += fmt::format("; rings: distance to the plane, at most {:.3g}", farthest);
    drawText(canvas.small, {layout.pad, canvas.height - 54 * u - canvas.small->FontSize - 4 * u},
             ink(canvas.palette.secondaryText), fitted(canvas.small, note, canvas.width - 2 * layout.pad));
}

void LandscapePainter::drawAxes(const Canvas& canvas, const Layout& layout) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    const ImU32 grey = ink(canvas.palette.secondaryText);
    list.AddRect({layout.map.left, layout.map.top}, {layout.map.right, layout.map.bottom},
                 ink(canvas.palette.border), 0, 0, u);
    for (const double tick : roundTicks(layout.x0, layout.x1, 8)) {
        const float x = layout.at(tick, layout.y0).x;
        list.AddLine({x, layout.map.bottom}, {x, layout.map.bottom + 4 * u}, grey, u);
        const std::string label = tickLabel(tick);
        drawText(canvas.small, {x - widthOf(canvas.small, label) / 2, layout.map.bottom + 5 * u}, grey,
                 label);
    }
    const bool power = model_->isLine() && model_->isLogarithmic();
    std::vector<double> up;
    if (power)
        for (const double level : model_->levels()) up.push_back(std::log10(level));
    else
        up = roundTicks(layout.y0, layout.y1, 8);
    for (const double tick : up) {
        const float y = layout.at(layout.x0, tick).y;
        list.AddLine({layout.map.left - 4 * u, y}, {layout.map.left, y}, grey, u);
        const std::string label = tickLabel(power ? std::pow(10, tick) : tick);
        drawText(canvas.small,
                 {layout.map.left - 8 * u - widthOf(canvas.small, label), y - canvas.small->FontSize / 2},
                 grey, label);
    }
    const std::string across = model_->axisName(0);
    drawText(canvas.small,
             {(layout.map.left + layout.map.right - widthOf(canvas.small, across)) / 2,
              layout.map.bottom + 8 * u + canvas.small->FontSize},
             grey, across);
    if (!model_->isLine())
        drawText(canvas.small, {layout.map.left, layout.map.top - canvas.small->FontSize - 4 * u}, grey,
                 "up: " + model_->axisName(1));
}

void LandscapePainter::drawPointer(const Canvas& canvas, const Layout& layout) const {
    const ImVec2 at = ImGui::GetIO().MousePos;
    if (!layout.map.contains(at)) return;
    const double x = layout.x0 + static_cast<double>((at.x - layout.map.left) / layout.map.width()) *
                                     (layout.x1 - layout.x0);
    const double y = layout.y0 + static_cast<double>((layout.map.bottom - at.y) / layout.map.height()) *
                                     (layout.y1 - layout.y0);
    const auto value = model_->valueAt(x, model_->isLine() ? 0 : y);
    if (!value) return;
    const std::string words = model_->isLine() ? fmt::format("{:.3g}: {:.4g}", x, *value)
                                               : fmt::format("({:.3g}, {:.3g}): {:.4g}", x, y, *value);
    drawTip(canvas, at, {words});
}

}  // namespace filigree::ui
