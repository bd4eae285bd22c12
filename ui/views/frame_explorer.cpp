// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/frame_explorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ui/theme/colour_map.h"
#include "ui/views/plot.h"

namespace filigree::ui {
namespace {

constexpr int thumbnail = 48, thumbnailsInRow = 32;

/// All frames in rows of `thumbnailsInRow`, nearest pixels.
Picture contactSheet(const analysis::FrameSet& set) {
    const auto count = static_cast<int>(set.items.size());
    const int rows = (count + thumbnailsInRow - 1) / thumbnailsInRow;
    Picture sheet(thumbnail * std::min(count, thumbnailsInRow), thumbnail * rows);
    for (int i = 0; i < count; ++i) {
        const Picture frame = imageOf(set, static_cast<std::size_t>(i));
        for (int y = 0; y < thumbnail; ++y)
            for (int x = 0; x < thumbnail; ++x) {
                const int row = i / thumbnailsInRow * thumbnail + y,
                          column = i % thumbnailsInRow * thumbnail + x;
                sheet.pixels[static_cast<std::size_t>(row) * static_cast<std::size_t>(sheet.width) +
                             static_cast<std::size_t>(column)] =
                    frame.at(x * frame.width / thumbnail, y * frame.height / thumbnail);
            }
    }
    return sheet;
}

Picture maskPicture(const analysis::FrameSet& set, std::size_t frame) {
    const auto width = static_cast<int>(set.width);
    Picture picture(width, width);
    const std::uint8_t* const from = set.mask.data() + frame * picture.pixels.size();
    for (std::size_t i = 0; i < picture.pixels.size(); ++i)
        picture.pixels[i] = packed({from[i], from[i], from[i]});
    return picture;
}

double meanOf(const analysis::FrameStream& stream, std::size_t frame) {
    const auto places = static_cast<std::size_t>(stream.rows * stream.columns);
    double sum = 0;
    for (std::size_t i = 0; i < places; ++i) sum += static_cast<double>(stream.maps[frame * places + i]);
    return sum / static_cast<double>(places);
}

std::string withUnit(const std::string& number, const std::string& unit) {
    return unit.empty() ? number : number + ' ' + unit;
}

}  // namespace

/// One picture with a line above it.
struct FrameExplorer::Panel {
    std::string caption;
    bool outlined = false;  ///< with the box of the frame
    bool smooth = false;
    std::function<Picture()> make;
};

void FrameExplorer::show(std::optional<ShownFrames> frames) {
    frames_ = frames ? std::make_shared<const ShownFrames>(std::move(*frames)) : nullptr;
    ++version_;
}

std::optional<std::int64_t> FrameExplorer::chosen() const {
    return frames_ ? std::optional(frames_->set.items[place()]) : std::nullopt;
}

void FrameExplorer::move(int frames) {
    if (!frames_) return;
    const auto last = static_cast<std::ptrdiff_t>(frames_->count()) - 1;
    item_ = frames_->set.items[static_cast<std::size_t>(
        std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(place()) + frames, 0, last))];
}

std::string FrameExplorer::valueWords(double value, const std::vector<ClassBound>& bounds) const {
    const PredictionScale& scale = frames_->scale;
    if (scale.classed())
        return fmt::format("{} ({})", withUnit(fmt::format("{:.2f}", value), scale.unit),
                           scale.classes[classOf(value, bounds)]);
    const auto number = static_cast<std::size_t>(std::max(0.0, value));
    return number < scale.classes.size() ? scale.classes[number] : fmt::format("{:.3g}", value);
}

std::string FrameExplorer::words() const {
    const PredictionScale& scale = frames_->scale;
    const analysis::FrameSet& set = frames_->set;
    const std::size_t at = place();
    return fmt::format("{} {} of {}: true {}, predicted {}", scale.item, set.items[at], set.all,
                       valueWords(set.truth[at], scale.truthBounds),
                       valueWords(set.predicted[at], scale.predictionBounds));
}

std::string FrameExplorer::sumWords() const {
    const analysis::FrameSet& set = frames_->set;
    if (set.offsets.empty()) return {};
    const std::size_t at = place();
    double sum = set.offsets[at];
    std::string text = fmt::format("{:.2f} (the same everywhere)", sum);
    for (const analysis::FrameStream& stream : set.streams) {
        if (stream.maps.empty()) return {};
        const double mean = meanOf(stream, at);
        sum += mean;
        text +=
            fmt::format(" {} {:.2f} (mean of the map {})", mean < 0 ? '-' : '+', std::abs(mean), stream.name);
    }
    const bool limited = !set.mapUnit.empty() && std::abs(sum - set.predicted[at]) > 0.01;
    return fmt::format("{} = {}{}", withUnit(fmt::format("{:.2f}", sum), set.mapUnit), text,
                       limited ? ", then limited to possible sizes" : "");
}

std::vector<FrameExplorer::Panel> FrameExplorer::panels(const Canvas& canvas) const {
    const analysis::FrameSet& set = frames_->set;
    const std::size_t at = place();
    std::vector<Panel> all;
    all.push_back({frames_->scale.item + " and its box", true, false,
                   [frames = frames_, at] { return imageOf(frames->set, at); }});
    if (!set.mask.empty())
        all.push_back(
            {"mask", false, false, [frames = frames_, at] { return maskPicture(frames->set, at); }});
    if (!set.depthMm.empty())
        all.push_back({"depth", false, false,
                       [frames = frames_, at, appearance = canvas.appearance, ground = canvas.palette.panel] {
                           return depthPicture(frames->set, at, appearance, ground);
                       }});
    if (!set.depthMm.empty()) {
        const auto area = static_cast<std::size_t>(set.width * set.width);
        float near = 0, far = 0;
        for (std::size_t i = at * area; i < (at + 1) * area; ++i) {
            if (!(set.depthMm[i] > 0)) continue;
            near = near > 0 ? std::min(near, set.depthMm[i]) : set.depthMm[i];
            far = std::max(far, set.depthMm[i]);
        }
        all.back().caption =
            far > 0 ? fmt::format("depth {:.0f} to {:.0f} mm", near, far) : "depth not known";
    }
    for (std::size_t s = 0; s < set.streams.size(); ++s) {
        const analysis::FrameStream& stream = set.streams[s];
        const bool colours = stream.channels >= 3;
        all.push_back({"input " + stream.name + (stream.channels > 3 ? ": colours" : ""), false, false,
                       [frames = frames_, at, s, colours] {
                           return planesOf(frames->set.streams[s], at, 0, colours ? 3 : 1);
                       }});
        for (std::int64_t plane = colours ? 3 : 1; plane < stream.channels; ++plane)
            all.push_back({fmt::format("input {}: plane {}", stream.name, plane + 1), false, false,
                           [frames = frames_, at, s, plane] {
                               return planesOf(frames->set.streams[s], at, plane, 1);
                           }});
    }
    for (std::size_t s = 0; s < set.streams.size(); ++s) {
        const analysis::FrameStream& stream = set.streams[s];
        if (stream.maps.empty()) continue;
        all.push_back(
            {"map " + stream.name, true, true, [frames = frames_, at, s, appearance = canvas.appearance] {
                 return mapPicture(frames->set, s, at, frames->mapLimit(), appearance);
             }});
    }
    return all;
}

void FrameExplorer::draw(const Canvas& canvas, const Area& area) {
    const float u = canvas.scale, line = canvas.small->FontSize;
    float top = drawThumbnails(canvas, area);
    top += drawLines(canvas.body, {area.left, top}, ink(canvas.palette.text), words(), area.width()) + 2 * u;
    std::string from = fmt::format("network of step {}", frames_->step);
    if (const std::string sum = sumWords(); !sum.empty())
        from += ": " + sum;
    else
        from += "; it has no class-activation map, as it does not pool maps before its head";
    top += drawLines(canvas.small, {area.left, top}, ink(canvas.palette.secondaryText), from, area.width());
    const bool maps = frames_->mapLimit() > 0;
    const float colours = maps ? line + 12 * u : 0, scale = frames_->scale.classed() ? 66 * u : 0;
    const float bottom = area.bottom - colours - scale;
    drawPanels(canvas, {area.left, top + 8 * u, area.right, bottom - 4 * u});
    if (maps) drawMapColours(canvas, area.left, area.right, bottom + 4 * u);
    if (scale > 0)
        drawScale(canvas, {area.left, bottom + colours + 20 * u, area.right, area.bottom - line - 8 * u});
}

/// The kept frames around the chosen one; returns where they end.
float FrameExplorer::drawThumbnails(const Canvas& canvas, const Area& area) {
    if (frames_->count() < 2) return area.top;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale, size = 44 * u, pitch = size + 6 * u;
    const ImTextureID sheet =
        canvas.texture(0, 64 * version_, false, [frames = frames_] { return contactSheet(frames->set); });
    const auto count = static_cast<int>(frames_->count());
    const int shown = std::clamp(static_cast<int>((area.width() + 6 * u) / pitch), 1, count);
    const int first = std::clamp(static_cast<int>(place()) - shown / 2, 0, count - shown);
    const int columns = std::min(count, thumbnailsInRow),
              rows = (count + thumbnailsInRow - 1) / thumbnailsInRow;
    const ImVec2 pointer = ImGui::GetIO().MousePos;
    for (int i = first; i < first + shown; ++i) {
        const float left = area.left + static_cast<float>(i - first) * pitch;
        const Area own{left, area.top, left + size, area.top + size};
        const auto across = static_cast<float>(columns), down = static_cast<float>(rows);
        const auto column = static_cast<float>(i % thumbnailsInRow),
                   row = static_cast<float>(i / thumbnailsInRow);
        list.AddImage(sheet, own.min(), own.max(), {column / across, row / down},
                      {(column + 1) / across, (row + 1) / down});
        const bool chosen = static_cast<std::size_t>(i) == place();
        if (chosen || own.contains(pointer))
            list.AddRect({own.left - 2 * u, own.top - 2 * u}, {own.right + 2 * u, own.bottom + 2 * u},
                         ink(chosen ? canvas.palette.accent : canvas.palette.border), 2 * u, 0, 2 * u);
        if (own.contains(pointer) && ImGui::IsMouseClicked(ImGuiMouseButton_Left) && !chosen) {
            item_ = frames_->set.items[static_cast<std::size_t>(i)];
            if (frameChosen) frameChosen(item_);
        }
    }
    return area.top + size + 10 * u;
}

void FrameExplorer::drawPanels(const Canvas& canvas, const Area& area) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale, line = canvas.small->FontSize + 4 * u, gap = 12 * u;
    const std::vector<Panel> all = panels(canvas);
    // As many side by side as make them largest.
    std::size_t columns = 1;
    float size = 0;
    for (std::size_t c = 1; c <= all.size(); ++c) {
        const auto across = static_cast<float>(c), down = static_cast<float>((all.size() + c - 1) / c);
        const float possible = std::min((area.width() - (across - 1) * gap) / across,
                                        (area.height() - (down - 1) * gap) / down - line);
        if (possible > size) columns = c, size = possible;
    }
    if (size < 8 * u) return;
    size = std::floor(size);
    const bool dark = canvas.appearance == Appearance::Dark;
    for (std::size_t p = 0; p < all.size(); ++p) {
        const Panel& panel = all[p];
        const float left = area.left + static_cast<float>(p % columns) * (size + gap),
                    top = area.top + static_cast<float>(p / columns) * (size + line + gap);
        drawText(canvas.small, {left, top}, ink(canvas.palette.secondaryText),
                 fitted(canvas.small, panel.caption, size));
        const Area own{left, top + line, left + size, top + line + size};
        const std::uint64_t version = (64 * version_ + 1 + p) * 4096 + place() * 2 + (dark ? 1 : 0);
        list.AddImage(canvas.texture(1 + p, version, panel.smooth, panel.make), own.min(), own.max());
        if (panel.outlined) drawOutline(canvas, own);
    }
}

void FrameExplorer::drawOutline(const Canvas& canvas, const Area& picture) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float* const box = frames_->set.boxes.data() + 4 * place();
    const ImVec2 from{picture.left + box[0] * picture.width(), picture.top + box[1] * picture.height()},
        to{picture.left + box[2] * picture.width(), picture.top + box[3] * picture.height()};
    const float u = canvas.scale;
    // Dark below light: seen on any picture.
    list.AddRect(from, to, IM_COL32(0, 0, 0, 200), 0, 0, 3 * u);
    list.AddRect(from, to, IM_COL32(255, 255, 255, 255), 0, 0, 1.2F * u);
}

void FrameExplorer::drawMapColours(const Canvas& canvas, float left, float right, float top) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale, line = canvas.small->FontSize;
    const double limit = frames_->mapLimit();
    const ImU32 grey = ink(canvas.palette.secondaryText);
    const std::string& unit = frames_->set.mapUnit;
    const std::string low = fmt::format("maps: {:.3g}", -limit),
                      high = withUnit(fmt::format("{:.3g}", limit), unit);
    drawText(canvas.small, {left, top}, grey, low);
    float x = left + widthOf(canvas.small, low) + 6 * u;
    constexpr int pieces = 64;
    const float wide = 140 * u;
    for (int i = 0; i < pieces; ++i)
        list.AddRectFilled(
            {x + wide * static_cast<float>(i) / pieces, top + u},
            {x + wide * static_cast<float>(i + 1) / pieces, top + line},
            ink(divergingMap(canvas.appearance)[static_cast<std::size_t>(i * 255 / (pieces - 1))]));
    x += wide + 6 * u;
    drawText(canvas.small, {x, top}, grey, high);
    x += widthOf(canvas.small, high) + 18 * u;
    const std::string what = unit.empty() ? "what a place adds to the output of the predicted class"
                                          : "what a place adds to the prediction";
    drawText(canvas.small, {x, top}, grey, fitted(canvas.small, what, right - x));
}

/// Truth above, prediction below a line of the unit with the bands of classes.
void FrameExplorer::drawScale(const Canvas& canvas, const Area& area) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale, line = canvas.small->FontSize;
    const PredictionScale& scale = frames_->scale;
    const analysis::FrameSet& set = frames_->set;
    std::vector<double> values(set.truth);
    values.insert(values.end(), set.predicted.begin(), set.predicted.end());
    for (const ClassBound& bound : scale.truthBounds) values.push_back(bound.at);
    if (scale.constant) values.push_back(*scale.constant);
    const auto [least, greatest] = roomyRange(values);
    const Plot plot{area, std::max(0.0, least), greatest, 0, 1};
    double from = plot.left;
    for (std::size_t c = 0; c < scale.classes.size(); ++c) {
        const double to =
            c < scale.truthBounds.size() ? std::min(scale.truthBounds[c].at, plot.right) : plot.right;
        if (to <= from) continue;
        const float left = plot.xOf(from), right = plot.xOf(to);
        list.AddRectFilled({left, area.top}, {right, area.bottom},
                           ink(c % 2 == 1 ? canvas.palette.selection : canvas.palette.panel));
        drawText(canvas.small, {left + 4 * u, area.top - line - 3 * u}, ink(canvas.palette.secondaryText),
                 fitted(canvas.small, scale.classes[c], right - left - 8 * u));
        from = to;
    }
    for (const double tick : roundTicks(plot.left, plot.right, 10)) {
        const std::string label = tickLabel(tick);
        drawText(canvas.small, {plot.xOf(tick) - widthOf(canvas.small, label) / 2, area.bottom + 3 * u},
                 ink(canvas.palette.secondaryText), label);
    }
    const std::size_t at = place();
    if (scale.constant) {
        const float x = plot.xOf(*scale.constant);
        for (float y = area.top; y < area.bottom; y += 6 * u)
            list.AddLine({x, y}, {x, std::min(y + 3 * u, area.bottom)}, ink(canvas.palette.secondaryText), u);
    }
    const auto mark = [&](double value, Rgb colour, bool above, const char* word) {
        const float x = plot.xOf(value), tip = above ? area.top + 8 * u : area.bottom - 8 * u,
                    base = above ? area.top : area.bottom;
        list.AddLine({x, area.top}, {x, area.bottom}, ink(colour), 2 * u);
        list.AddTriangleFilled({x - 5 * u, base}, {x + 5 * u, base}, {x, tip}, ink(colour));
        const float wide = widthOf(canvas.small, word);
        // On the side where there is room.
        const float words = x + 8 * u + wide <= area.right ? x + 8 * u : x - 8 * u - wide;
        drawText(canvas.small, {words, above ? area.top : area.bottom - line}, ink(colour), word);
    };
    mark(set.truth[at], canvas.palette.text, true, "true");
    mark(set.predicted[at], canvas.palette.accent, false, "predicted");
}

}  // namespace filigree::ui
