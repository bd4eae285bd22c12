// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "ui/theme/colour_map.h"
#include "ui/views/drawing.h"
#include "ui/views/landscape_painter.h"

/// The landscape as a relief.
namespace filigree::ui {
namespace {

/// What the box takes up at most: its diagonal across, its height and its tilted ground up.
constexpr double widest = 2.9;
constexpr double highest = 2.95;
constexpr double floorHeight = -0.04;

Rgb lit(Rgb colour, double light) {
    const auto channel = [&](std::uint8_t value) { return static_cast<std::uint8_t>(value * light + 0.5); };
    return {channel(colour.red), channel(colour.green), channel(colour.blue)};
}

}  // namespace

/// The camera on the canvas.
struct LandscapePainter::Stage {
    Area area;
    double scale = 1;
    const ReliefCamera& camera;

    ImVec2 at(double x, double y, double z) const {
        const ReliefCamera::Place place = camera.place(x, y, z);
        return {static_cast<float>((area.left + area.right) / 2) + static_cast<float>(place.right * scale),
                static_cast<float>((area.top + area.bottom) / 2) - static_cast<float>(place.up * scale)};
    }
};

void LandscapePainter::drawRelief(const Canvas& canvas) {
    const float u = canvas.scale;
    const Area area{16 * u, 76 * u, canvas.width - 16 * u, canvas.height - 78 * u};
    turnRelief(area);
    if (!relief_ || reliefVersion_ != version_) {
        relief_ = std::make_unique<Relief>(*model_);
        reliefVersion_ = version_;
    }
    const double fitted =
        std::min(static_cast<double>(area.width()) / widest, static_cast<double>(area.height()) / highest);
    const Stage stage{area, fitted * camera_.scale(), camera_};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.PushClipRect(area.min(), area.max(), true);
    drawGround(canvas, stage);
    drawMesh(canvas, stage);
    drawPath(canvas, stage);
    list.PopClipRect();
    if (!model_->surface().points.empty())
        drawText(canvas.small, {16 * u, canvas.height - 58 * u - canvas.small->FontSize},
                 ink(canvas.palette.secondaryText),
                 "a network stands at the height of its own value, over its place in the plane");
    pointAtRelief(canvas, stage);
}

void LandscapePainter::turnRelief(const Area& area) {
    const ImGuiIO& io = ImGui::GetIO();
    const bool over = area.contains(io.MousePos);
    const float turned = io.MouseWheel != 0 ? io.MouseWheel : io.MouseWheelH;
    if (over && turned != 0) camera_.zoom(std::pow(io.KeyCtrl ? 1.05 : 1.25, static_cast<double>(turned)));
    if (over && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) camera_.reset();
    if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) dragging_ = over;
    if (dragging_ && ImGui::IsMouseDragging(ImGuiMouseButton_Left, 0))
        camera_.orbit(static_cast<double>(io.MouseDelta.x / area.width()),
                      static_cast<double>(io.MouseDelta.y / area.height()));
}

void LandscapePainter::drawGround(const Canvas& canvas, const Stage& stage) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale;
    const ImU32 grey = ink(canvas.palette.secondaryText);
    const std::array<std::array<double, 2>, 4> corner{{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}}};
    std::array<ImVec2, 4> ground{};
    for (std::size_t i = 0; i < 4; ++i) ground[i] = stage.at(corner[i][0], corner[i][1], floorHeight);
    for (std::size_t i = 0; i < 4; ++i)
        list.AddLine(ground[i], ground[(i + 1) % 4], ink(canvas.palette.border), u);
    // Names and ends at the two edges that are nearer to the eye.
    const auto& surface = model_->surface();
    const double nearY = std::cos(camera_.turn()) > 0 ? -1 : 1, nearX = std::sin(camera_.turn()) > 0 ? -1 : 1;
    const auto label = [&](double x, double y, const std::string& words) {
        // Away from the middle, so that it stands beside the ground.
        const ImVec2 at = stage.at(x * 1.09, y * 1.09, floorHeight);
        drawText(canvas.small,
                 {at.x - widthOf(canvas.small, words) / 2, at.y - canvas.small->FontSize / 2 + 4 * u}, grey,
                 words);
    };
    label(-0.9, nearY, tickLabel(surface.x.front()));
    label(0, nearY * 1.06, model_->axisName(0));
    label(0.9, nearY, tickLabel(surface.x.back()));
    label(nearX, -0.9, tickLabel(surface.y.front()));
    label(nearX * 1.06, 0, model_->axisName(1));
    label(nearX, 0.9, tickLabel(surface.y.back()));
}

void LandscapePainter::drawMesh(const Canvas& canvas, const Stage& stage) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const Relief& relief = *relief_;
    const ColourMap& map = sequentialMap(canvas.appearance);
    const std::size_t wide = relief.columns(), parts = relief.parts();
    corners_.resize(wide * relief.rows());
    std::vector<ImU32> colours(corners_.size());
    for (std::size_t row = 0; row < relief.rows(); ++row)
        for (std::size_t column = 0; column < wide; ++column) {
            const double z = relief.z(column, row);
            const ReliefCamera::Place place = camera_.place(relief.x(column), relief.y(row), z);
            Corner& corner = corners_[row * wide + column];
            corner.at = stage.at(relief.x(column), relief.y(row), z);
            corner.depth = place.depth;
            colours[row * wide + column] =
                ink(lit(map[static_cast<std::size_t>(std::lround(std::clamp(z, 0.0, 1.0) * 255))],
                        relief.light(column, row, camera_)));
        }
    const ImVec2 white = ImGui::GetFontTexUvWhitePixel();
    const ImU32 line = ink(canvas.palette.ground, 150);
    for (const Relief::Cell& cell : relief.backToFront(camera_)) {
        const bool rightIsFar = std::sin(camera_.turn()) > 0, upIsFar = std::cos(camera_.turn()) > 0;
        for (std::size_t r = 0; r < parts; ++r)
            for (std::size_t c = 0; c < parts; ++c) {
                const std::size_t column = cell.column * parts + (rightIsFar ? parts - 1 - c : c);
                const std::size_t row = cell.row * parts + (upIsFar ? parts - 1 - r : r);
                const std::size_t first = row * wide + column;
                const std::array<std::size_t, 4> four{first, first + 1, first + wide + 1, first + wide};
                list.PrimReserve(6, 4);
                const auto base = static_cast<ImDrawIdx>(list._VtxCurrentIdx);
                for (const int i : {0, 1, 2, 0, 2, 3}) list.PrimWriteIdx(static_cast<ImDrawIdx>(base + i));
                for (const std::size_t i : four) list.PrimWriteVtx(corners_[i].at, white, colours[i]);
            }
    }
    // After all of the mesh: a cell that is drawn later would cover half of a line at its edge.
    for (const Relief::Line& one : relief.lines()) {
        const double x0 = relief.boxX(one.piece.x0), y0 = relief.boxY(one.piece.y0);
        const double x1 = relief.boxX(one.piece.x1), y1 = relief.boxY(one.piece.y1);
        if (relief.isSeen((x0 + x1) / 2, (y0 + y1) / 2, one.height, camera_))
            list.AddLine(stage.at(x0, y0, one.height), stage.at(x1, y1, one.height), line,
                         1.2F * canvas.scale);
    }
}

void LandscapePainter::drawPath(const Canvas& canvas, const Stage& stage) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale;
    const auto& surface = model_->surface();
    const auto& points = surface.points;
    const bool ofLoss = model_->field().ends_with("/loss");
    const ImU32 halo = ink(canvas.palette.ground, 230), dark = ink(canvas.palette.text);
    const auto box = [](double value, const std::vector<double>& axis) {
        return -1 + 2 * (value - axis.front()) / (axis.back() - axis.front());
    };
    std::vector<ImVec2> tops, feet;
    for (const record::SurfacePoint& point : points) {
        const double under = model_->share(model_->valueAt(point.x, point.y).value_or(model_->low()));
        const double own = ofLoss ? point.loss : point.accuracy;
        const double x = box(point.x, surface.x), y = box(point.y, surface.y);
        feet.push_back(stage.at(x, y, under));
        tops.push_back(stage.at(x, y, std::isnan(own) ? under : model_->share(own)));
    }
    for (std::size_t i = 0; i < points.size(); ++i) list.AddLine(feet[i], tops[i], halo, 3 * u);
    for (std::size_t i = 0; i < points.size(); ++i) list.AddLine(feet[i], tops[i], dark, u);
    const bool path = points.size() > 3;
    for (std::size_t i = 0; path && i + 1 < points.size(); ++i)
        list.AddLine(tops[i], tops[i + 1], halo, 4 * u);
    for (std::size_t i = 0; path && i + 1 < points.size(); ++i)
        list.AddLine(tops[i], tops[i + 1], dark, 1.5F * u);
    for (std::size_t i = 0; i < points.size(); ++i) {
        list.AddCircleFilled(tops[i], 5 * u, halo);
        list.AddCircleFilled(tops[i], 3.5F * u, dark);
        if (path && i != 0 && i + 1 != points.size()) continue;
        const std::string& words = points[i].label;
        const ImVec2 at{tops[i].x + 9 * u, tops[i].y - canvas.small->FontSize - 5 * u};
        list.AddRectFilled({at.x - 2 * u, at.y},
                           {at.x + widthOf(canvas.small, words) + 2 * u, at.y + canvas.small->FontSize},
                           ink(canvas.palette.ground, 210), 2 * u);
        drawText(canvas.small, at, dark, words);
    }
}

void LandscapePainter::pointAtRelief(const Canvas& canvas, const Stage& stage) const {
    const ImVec2 pointer = ImGui::GetIO().MousePos;
    if (!stage.area.contains(pointer) || ImGui::IsMouseDown(ImGuiMouseButton_Left)) return;
    const float reach = 8 * canvas.scale;
    const Corner* nearest = nullptr;
    for (const Corner& corner : corners_)
        if (std::abs(corner.at.x - pointer.x) < reach && std::abs(corner.at.y - pointer.y) < reach &&
            (!nearest || corner.depth < nearest->depth))
            nearest = &corner;
    if (!nearest) return;
    const auto index = static_cast<std::size_t>(nearest - corners_.data());
    const auto& surface = model_->surface();
    const auto along = [](const std::vector<double>& axis, double box) {
        return axis.front() + (box + 1) / 2 * (axis.back() - axis.front());
    };
    const double x = along(surface.x, relief_->x(index % relief_->columns()));
    const double y = along(surface.y, relief_->y(index / relief_->columns()));
    if (const auto value = model_->valueAt(x, y))
        drawTip(canvas, pointer, {fmt::format("({:.3g}, {:.3g}): {:.4g}", x, y, *value)});
}

}  // namespace filigree::ui
