// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/predictions_painter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ui/views/predictions_layout.h"

namespace filigree::ui {
namespace {

struct Column {
    GroupOrder order;
    const char* head;
    bool measured;  ///< its head gets the unit
    float share;    ///< of the width
};
constexpr Column allColumns[] = {
    {GroupOrder::Number, "", false, .09F},      {GroupOrder::Truth, "true", true, .11F},
    {GroupOrder::Median, "median", true, .13F}, {GroupOrder::Mean, "mean", true, .12F},
    {GroupOrder::Deviation, "sd", true, .10F},  {GroupOrder::Error, "error", true, .13F},
    {GroupOrder::Items, "", false, .09F},       {GroupOrder::Class, "predicted class", false, .23F}};

/// Those that a table has room for, as shares of it.
std::vector<Column> columnsFor(float width) {
    const bool narrow = width < 520, narrowest = width < 420;
    std::vector<Column> columns;
    float sum = 0;
    for (Column column : allColumns) {
        if (narrow && column.order == GroupOrder::Mean) continue;
        if (narrowest && (column.order == GroupOrder::Deviation || column.order == GroupOrder::Items))
            continue;
        if (narrow && column.order == GroupOrder::Class) column.share = .16F;
        sum += column.share;
        columns.push_back(column);
    }
    for (Column& column : columns) column.share /= sum;
    return columns;
}

std::string plural(const std::string& word, std::size_t count) {
    return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

}  // namespace

const char* nameOf(PredictionsPart part) {
    return part == PredictionsPart::Groups      ? "groups"
           : part == PredictionsPart::Agreement ? "agreement"
                                                : "frames";
}

PredictionsPart predictionsPartFrom(std::string_view name) {
    for (const PredictionsPart part :
         {PredictionsPart::Groups, PredictionsPart::Agreement, PredictionsPart::Frames})
        if (name == nameOf(part)) return part;
    throw Error(ErrorKind::Usage, "predictions have no such part", std::string(name),
                "groups, agreement, frames");
}

void PredictionsPainter::show(Predictions predictions) {
    const auto before = chosen();
    predictions_ = std::make_shared<const Predictions>(std::move(predictions));
    rows_ = ordered(*predictions_, order_, reverse_);
    choose(before);
}

PredictionsPart PredictionsPainter::part() const {
    if (!predictions_->items.empty()) return part_;
    const bool frames = part_ == PredictionsPart::Frames && !predictions_->groups.empty();
    return frames ? part_ : PredictionsPart::Agreement;
}

void PredictionsPainter::setOrder(GroupOrder order, bool reverse) {
    const auto before = chosen();
    order_ = order;
    reverse_ = reverse;
    rows_ = ordered(*predictions_, order, reverse);
    choose(before);
}

void PredictionsPainter::choose(std::optional<std::int64_t> group) {
    row_ = 0;
    for (std::size_t row = 0; row < rows_.size(); ++row)
        if (predictions_->groups[rows_[row]].group == group) row_ = row;
    move(0);
}

const PredictedGroup* PredictionsPainter::chosenGroup() const {
    return row_ < rows_.size() ? &predictions_->groups[rows_[row_]] : nullptr;
}

std::optional<std::int64_t> PredictionsPainter::chosen() const {
    const PredictedGroup* group = chosenGroup();
    return group ? std::optional(group->group) : std::nullopt;
}

void PredictionsPainter::move(int rows) {
    if (rows_.empty()) return;
    const auto last = static_cast<std::ptrdiff_t>(rows_.size()) - 1;
    row_ = static_cast<std::size_t>(
        std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(row_) + rows, 0, last));
    if (row_ < firstRow_) firstRow_ = row_;
    if (row_ >= firstRow_ + visibleRows_) firstRow_ = row_ - visibleRows_ + 1;
}

void PredictionsPainter::tell(std::int64_t group) {
    choose(group);
    if (groupChosen) groupChosen(group);
}

void PredictionsPainter::showFrames(std::int64_t group, std::optional<ShownFrames> frames) {
    framesOf_ = group;
    explorer_.show(std::move(frames));
}

void PredictionsPainter::forgetFrames() {
    framesOf_.reset();
    explorer_.show({});
}

std::string PredictionsPainter::measured(double value) const {
    const std::string& unit = predictions_->scale.unit;
    return fmt::format("{:.2f}{}{}", value, unit.empty() ? "" : " ", unit);
}

std::string PredictionsPainter::figures() const {
    const Predictions& p = *predictions_;
    const PredictionScale& s = p.scale;
    if (p.items.empty()) {
        std::string text;
        for (const NamedConfusion& confusion : p.confusions) {
            const analysis::ClassFigures f = confusion.counts.figures();
            text += fmt::format("{}per {}: accuracy {:.3f}, macro F1 {:.3f}", text.empty() ? "" : "; ",
                                confusion.of, f.accuracy, f.f1Macro);
        }
        return text;
    }
    return fmt::format("{}, {}, step {}. Mean absolute error per {} (median of its {}s) {}, per {} {}",
                       plural(s.group, p.groups.size()), plural(s.item, p.items.size()), p.step, s.group,
                       s.item, measured(p.ofGroups().absolute), s.item, measured(p.ofItems().absolute));
}

std::string PredictionsPainter::baseline() const {
    const Predictions& p = *predictions_;
    const auto constant = p.ofConstant();
    if (!constant && !p.constantAccuracy) return {};
    std::string text = "Constant prediction";
    if (constant)
        text += fmt::format(" of {}, per {}: mean absolute error {}", measured(*p.scale.constant),
                            p.scale.item, measured(constant->absolute));
    else
        text += fmt::format(", per {}", p.scale.item);
    if (p.constantAccuracy)
        text += fmt::format("{} accuracy {:.3f}", constant ? "," : ":", *p.constantAccuracy);
    if (p.constantF1) text += fmt::format(", macro F1 {:.3f}", *p.constantF1);
    return text;
}

std::string PredictionsPainter::framesWords() const {
    const PredictionScale& scale = predictions_->scale;
    const PredictedGroup* group = chosenGroup();
    if (!group) return {};
    const std::string whose = fmt::format("{} {}", scale.group, group->group);
    if (!framesKnown()) return fmt::format("Reading the {}s of {}", scale.item, whose);
    if (!explorer_.frames())
        return fmt::format("No {}s of {} were kept: press Compute, or filigree analyze frames", scale.item,
                           whose);
    return whose + ", " + explorer_.words();
}

std::string PredictionsPainter::summary() const {
    if (predictions_->empty()) return "No predictions were recorded.";
    std::string text = predictions_->runName + ": " + figures() + ".";
    if (const std::string line = baseline(); !line.empty()) text += ' ' + line + '.';
    const PredictedGroup* group = chosenGroup();
    if (part() == PredictionsPart::Frames)
        text += ' ' + framesWords() + '.';
    else if (group && !predictions_->items.empty())
        text += fmt::format(" {} {}: true {}, predicted {}.", predictions_->scale.group, group->group,
                            measured(group->truth), measured(group->median));
    if (!predictions_->scale.notice.empty()) text += ' ' + predictions_->scale.notice + '.';
    return text;
}

PredictionsPainter::Layout PredictionsPainter::arrange(const Canvas& canvas, float top) const {
    Layout layout;
    const float u = canvas.scale, pad = 16 * u;
    layout.unit = u;
    layout.pad = pad;
    const float bottom = canvas.height - 20 * u, right = canvas.width - pad;
    if (part() == PredictionsPart::Frames) {
        layout.frames = {pad, top, right, bottom};
        return layout;
    }
    if (part() == PredictionsPart::Groups) {
        const float wide = std::clamp(canvas.width * 0.5F, std::min(360 * u, canvas.width * 0.6F), 640 * u);
        layout.table = {pad, top, pad + wide, bottom};
        const float left = layout.table.right + 60 * u, half = (top + bottom) / 2;
        // Below the first picture two lines of words, or three where its key needs more.
        const float words = right - left < 480 * u ? 3 * (canvas.small->FontSize + 4 * u) : 0;
        layout.timeline = {left, top + 20 * u, right, half - 44 * u - words / 2};
        layout.scatter = {left, half + 24 * u + words / 2, right, bottom - 30 * u};
        return layout;
    }
    const std::size_t count = predictions_->confusions.size();
    const bool numbers = !predictions_->items.empty();
    const float wide = numbers ? std::min(canvas.width * 0.42F, 520 * u) : canvas.width - 2 * pad;
    for (std::size_t i = 0; i < count; ++i) {
        const auto share = [&](std::size_t k) { return static_cast<float>(k) / static_cast<float>(count); };
        // One below the other beside the picture of differences, else side by side.
        if (numbers)
            layout.confusions.push_back({pad, top + (bottom - top) * share(i), pad + wide,
                                         top + (bottom - top) * share(i + 1) - 16 * u});
        else
            layout.confusions.push_back(
                {pad + wide * share(i), top, pad + wide * share(i + 1) - 24 * u, bottom});
    }
    const float left = count > 0 ? pad + wide + 84 * u : pad + 60 * u;
    layout.differences = {left, top + 20 * u, right, bottom - 30 * u};
    return layout;
}

void PredictionsPainter::draw(const Canvas& canvas) {
    if (predictions_->empty()) {
        const std::string words = predictions_->runName.empty()
                                      ? "No run is shown"
                                      : predictions_->runName + ": no predictions were recorded";
        drawText(canvas.body, {(canvas.width - widthOf(canvas.body, words)) / 2, canvas.height / 2},
                 ink(canvas.palette.secondaryText), words);
        return;
    }
    const Layout layout = arrange(canvas, std::max(88 * canvas.scale, drawHead(canvas)));
    if (part() == PredictionsPart::Frames) return drawFrames(canvas, layout);
    if (part() == PredictionsPart::Groups) {
        drawTable(canvas, layout);
        drawTimeline(canvas, layout);
        drawScatter(canvas, layout);
        return;
    }
    for (std::size_t i = 0; i < layout.confusions.size(); ++i)
        drawConfusion(canvas, layout.confusions[i], predictions_->confusions[i]);
    if (!predictions_->items.empty()) drawBlandAltman(canvas, layout);
}

float PredictionsPainter::drawHead(const Canvas& canvas) const {
    const float u = canvas.scale, pad = 16 * u, wide = canvas.width - 2 * pad;
    const ImU32 grey = ink(canvas.palette.secondaryText);
    const std::string& notice = predictions_->scale.notice;
    const float own = widthOf(canvas.body, notice);
    drawText(canvas.heading, {pad, 10 * u}, ink(canvas.palette.text),
             fitted(canvas.heading, predictions_->runName, wide - own - 16 * u));
    drawText(canvas.body, {canvas.width - pad - own, 12 * u}, ink(canvas.palette.warning), notice);
    float y = 10 * u + canvas.heading->FontSize + 4 * u;
    y += drawLines(canvas.body, {pad, y}, grey, figures(), wide);
    y += drawLines(canvas.body, {pad, y}, grey, baseline(), wide);
    return y + 10 * u;
}

void PredictionsPainter::drawFrames(const Canvas& canvas, const Layout& layout) {
    const PredictedGroup* group = chosenGroup();
    if (!group) return;
    if (framesKnown() && explorer_.frames()) {
        const std::string title = fmt::format("{} {}", predictions_->scale.group, group->group);
        drawText(canvas.body, layout.frames.min(), ink(canvas.palette.text), title);
        Area below = layout.frames;
        below.top += canvas.body->FontSize + 8 * layout.unit;
        return explorer_.draw(canvas, below);
    }
    drawLines(canvas.body, {layout.frames.left, layout.frames.top + 20 * layout.unit},
              ink(canvas.palette.secondaryText), framesWords(), layout.frames.width());
}

void PredictionsPainter::drawHeads(const Canvas& canvas, const Layout& layout) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    const PredictionScale& scale = predictions_->scale;
    float left = layout.table.left;
    for (const Column& column : columnsFor(layout.table.width() / u)) {
        const float right = left + column.share * layout.table.width();
        std::string head = column.order == GroupOrder::Number  ? scale.group
                           : column.order == GroupOrder::Items ? scale.item + "s"
                                                               : column.head;
        if (column.measured && !scale.unit.empty()) head += ' ' + scale.unit;
        const Area area{left, layout.table.top, right, layout.table.top + layout.rowHeight()};
        const ImVec2 pointer = ImGui::GetIO().MousePos;
        const bool sorts = column.order == order_;
        if (area.contains(pointer)) {
            list.AddRectFilled(area.min(), area.max(), ink(canvas.palette.hover));
            if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
                setOrder(column.order, sorts && !reverse_);
                if (orderChosen) orderChosen(order_, reverse_);
            }
        }
        head = fitted(canvas.small, head, right - left - (column.order == GroupOrder::Class ? 14 : 9) * u);
        const float x =
            column.order == GroupOrder::Class ? left + 14 * u : right - 8 * u - widthOf(canvas.small, head);
        drawText(canvas.small, {x, area.top + 4 * u},
                 ink(sorts ? canvas.palette.accent : canvas.palette.secondaryText), head);
        if (sorts) {
            const float across = column.order == GroupOrder::Class ? x - 8 * u : right - 4 * u;
            const float middle = area.top + 4 * u + canvas.small->FontSize / 2,
                        tip = reverse_ ? -3 * u : 3 * u;
            list.AddTriangleFilled({across - 3 * u, middle - tip / 2}, {across + 3 * u, middle - tip / 2},
                                   {across, middle + tip}, ink(canvas.palette.accent));
        }
        left = right;
    }
    const float y = layout.table.top + layout.rowHeight();
    list.AddLine({layout.table.left, y}, {layout.table.right, y}, ink(canvas.palette.border), u);
}

void PredictionsPainter::drawRow(const Canvas& canvas, const Layout& layout, const PredictedGroup& group,
                                 float top) const {
    const float u = layout.unit;
    const PredictionScale& scale = predictions_->scale;
    float left = layout.table.left;
    for (const Column& column : columnsFor(layout.table.width() / u)) {
        const float right = left + column.share * layout.table.width();
        std::string words;
        Rgb colour = canvas.palette.text;
        switch (column.order) {
            case GroupOrder::Number:
                words = std::to_string(group.group);
                break;
            case GroupOrder::Truth:
                words = fmt::format("{:.1f}", group.truth);
                break;
            case GroupOrder::Median:
                words = fmt::format("{:.2f}", group.median);
                break;
            case GroupOrder::Mean:
                words = fmt::format("{:.2f}", group.mean);
                break;
            case GroupOrder::Deviation:
                words = group.predicted.size() > 1 ? fmt::format("{:.2f}", group.deviation) : "-";
                break;
            case GroupOrder::Error:
                words = fmt::format("{:+.2f}", group.error());
                break;
            case GroupOrder::Items:
                words = std::to_string(group.predicted.size());
                break;
            case GroupOrder::Class: {
                if (!scale.classed()) break;
                const std::size_t truth = classOf(group.truth, scale.truthBounds),
                                  predicted = classOf(group.median, scale.predictionBounds);
                words = fitted(canvas.small, scale.classes[predicted], right - left - 14 * u);
                if (truth == predicted) break;
                colour = canvas.palette.error;
                // As much as there is room for.
                if (const std::string both = words + ", true: " + scale.classes[truth];
                    widthOf(canvas.small, both) <= right - left - 14 * u)
                    words = both;
                break;
            }
        }
        const float x =
            column.order == GroupOrder::Class ? left + 14 * u : right - 8 * u - widthOf(canvas.small, words);
        drawText(canvas.small, {x, top + 3 * u}, ink(colour), words);
        left = right;
    }
}

void PredictionsPainter::drawTable(const Canvas& canvas, const Layout& layout) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit, pitch = layout.rowHeight();
    drawHeads(canvas, layout);
    const Area body{layout.table.left, layout.table.top + pitch + 2 * u, layout.table.right,
                    layout.table.bottom};
    visibleRows_ = static_cast<std::size_t>(std::max(1.0F, std::floor(body.height() / pitch)));
    const std::size_t lastFirst = rows_.size() > visibleRows_ ? rows_.size() - visibleRows_ : 0;
    const ImVec2 pointer = ImGui::GetIO().MousePos;
    if (body.contains(pointer)) {
        const auto wheel = static_cast<std::ptrdiff_t>(std::lround(-3 * ImGui::GetIO().MouseWheel));
        firstRow_ = static_cast<std::size_t>(
            std::max<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(firstRow_) + wheel));
    }
    firstRow_ = std::min(firstRow_, lastFirst);
    const std::size_t end = std::min(rows_.size(), firstRow_ + visibleRows_);
    std::optional<std::int64_t> clicked;
    for (std::size_t row = firstRow_; row < end; ++row) {
        const float top = body.top + static_cast<float>(row - firstRow_) * pitch;
        const Area area{body.left, top, body.right, top + pitch};
        const PredictedGroup& group = predictions_->groups[rows_[row]];
        if (row == row_) {
            list.AddRectFilled(area.min(), area.max(), ink(canvas.palette.selection), 3 * u);
        } else if (area.contains(pointer)) {
            list.AddRectFilled(area.min(), area.max(), ink(canvas.palette.hover), 3 * u);
            if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) clicked = group.group;
        }
        drawRow(canvas, layout, group, top);
    }
    if (lastFirst > 0) {
        const float all = static_cast<float>(rows_.size()), x = body.right + 4 * u;
        const float from = body.top + body.height() * static_cast<float>(firstRow_) / all,
                    to = body.top + body.height() * static_cast<float>(end) / all;
        list.AddRectFilled({x, from}, {x + 4 * u, to}, ink(canvas.palette.border), 2 * u);
    }
    if (clicked) tell(*clicked);
}

}  // namespace filigree::ui
