// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/gate_board_painter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/theme/colour_map.h"

namespace filigree::ui {
namespace {

using Orders = std::vector<std::vector<std::int32_t>>;

constexpr std::size_t bins = 20;
constexpr int mostTicksAcross = 8;

Rgb colourOf(Appearance appearance, float score) {
    return sequentialMap(
        appearance)[static_cast<std::size_t>(std::lround(255 * std::clamp(score, 0.0F, 1.0F)))];
}

/// A row of pixels per gate.
Picture paintBoard(const GateRecords& records, const Orders& orders, std::int64_t step, Appearance appearance,
                   int width) {
    Picture picture(width, static_cast<int>(records.gates.size()));
    std::size_t next = 0;
    for (std::size_t g = 0; g < records.gates.size(); ++g) {
        const GateSeries& gate = records.gates[g];
        const std::vector<float> places =
            spread(gate.at(gate.momentAt(step)), orders[g], static_cast<std::size_t>(width));
        for (const float score : places) picture.pixels[next++] = packed(colourOf(appearance, score));
    }
    return picture;
}

/// Each column a moment, each row a channel or several.
Picture paintTime(const GateSeries& gate, const std::vector<std::int32_t>& order, std::int64_t first,
                  std::int64_t last, Appearance appearance, int width, int height) {
    Picture picture(width, height);
    const auto stride = static_cast<std::size_t>(width);
    for (int x = 0; x < width; ++x) {
        const double step =
            static_cast<double>(first) + static_cast<double>(last - first) * (x + 0.5) / width;
        const std::size_t moment = gate.momentAt(static_cast<std::int64_t>(step));
        const std::vector<float> places = spread(gate.at(moment), order, static_cast<std::size_t>(height));
        for (std::size_t y = 0; y < places.size(); ++y)
            picture.pixels[y * stride + static_cast<std::size_t>(x)] =
                packed(colourOf(appearance, places[y]));
    }
    return picture;
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
    return (hash ^ value) * 0x100000001B3ULL;
}

/// Changes with all that a picture depends on.
template <typename... Values>
std::uint64_t versionOf(Values... values) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    ((hash = mixed(hash, static_cast<std::uint64_t>(values))), ...);
    return hash;
}

int pixels(float extent) {
    return std::max(1, static_cast<int>(extent));
}

}  // namespace

struct GateBoardPainter::Layout {
    float unit = 1, pad = 0;
    Area board, time, histogram;
    float rowPitch = 1, rowHeight = 1;
    double first = 0, last = 1;

    Area row(std::size_t gate) const {
        const float top = board.top + static_cast<float>(gate) * rowPitch;
        return {board.left, std::round(top), board.right, std::round(top) + rowHeight};
    }
    float xOf(double step) const {
        return time.left + static_cast<float>((step - first) / (last - first)) * time.width();
    }
    double stepAt(float x) const {
        return first + static_cast<double>((x - time.left) / time.width()) * (last - first);
    }
};

void GateBoardPainter::show(GateRecords records) {
    const std::string before = chosenGate();
    records_ = std::make_shared<const GateRecords>(std::move(records));
    setOrder(order_);
    chooseGate(before);
    moveLevel(0);
}

void GateBoardPainter::setOrder(GateOrder order) {
    order_ = order;
    auto orders = std::make_shared<Orders>();
    for (const GateSeries& gate : records_->gates) orders->push_back(ordered(gate, order));
    orders_ = std::move(orders);
    ++version_;
}

void GateBoardPainter::chooseGate(const std::string& name) {
    chosen_ = 0;
    for (std::size_t g = 0; g < records_->gates.size(); ++g)
        if (records_->gates[g].name == name) chosen_ = g;
}

std::string GateBoardPainter::chosenGate() const {
    return chosen_ < records_->gates.size() ? records_->gates[chosen_].name : std::string();
}

std::int64_t GateBoardPainter::shownStep() const {
    const auto& steps = records_->steps;
    if (steps.empty()) return 0;
    if (!step_) return steps.back();
    const auto after = std::upper_bound(steps.begin(), steps.end(), *step_);
    return after == steps.begin() ? steps.front() : *(after - 1);
}

std::string GateBoardPainter::summary() const {
    if (records_->gates.empty()) return "No gates were recorded.";
    const GateFigures f = figuresAt(*records_, shownStep());
    if (part_ == GatePart::Ablation && records_->ablation) {
        const analysis::GateAblation& ablation = records_->ablation->ablation;
        const analysis::AblationLevel& level = ablation.levels[level_];
        return fmt::format("{}: {} of {} channels closed, accuracy {:.3f}, macro F1 {:.3f}, per {}. {}",
                           records_->runName, level.closed, ablation.channels, level.accuracy, level.f1Macro,
                           ablation.item, ablation.notice);
    }
    if (part_ == GatePart::Modes && modes_) return modesWords();
    if (part_ == GatePart::Pruning && records_->pruning) {
        const analysis::ChannelPruning& pruning = records_->pruning->pruning;
        return fmt::format(
            "{}: {} of {} channels taken out, {:.2f} times as fast, accuracy {:.3f} before and "
            "{:.3f} after, per {}. {}",
            records_->runName, pruning.removed, pruning.channels, pruning.speedUp, pruning.before.accuracy,
            pruning.after.accuracy, pruning.item, pruning.notice);
    }
    return fmt::format(
        "{}: {} gates with {} channels at step {}, mean score {:.3g}, {:.3g} % below 0.5, {:.3g} % below "
        "0.1, "
        "as many as {:.4g} open channels.",
        records_->runName, records_->gates.size(), f.count, shownStep(), f.mean, 100 * f.belowHalf,
        100 * f.belowTenth, f.effective);
}

GateBoardPainter::Layout GateBoardPainter::arrange(const Canvas& canvas) const {
    Layout layout;
    const float u = canvas.scale;
    layout.unit = u;
    layout.pad = 16 * u;
    layout.first = static_cast<double>(records_->steps.front());
    layout.last = static_cast<double>(std::max(records_->steps.back(), records_->steps.front() + 1));
    float widest = 60 * u;
    for (const GateSeries& gate : records_->gates)
        widest = std::max(widest, widthOf(canvas.small, gate.name));
    widest = std::min(widest, canvas.width * 0.25F);
    const float left = std::round(layout.pad + widest + 10 * u);
    const float right = std::max(left + 80 * u, std::round(canvas.width - layout.pad - 48 * u));
    const float top = std::round(76 * u + shift_), bottom = std::round(canvas.height - 44 * u);
    const auto gates = static_cast<float>(records_->gates.size());
    const float room = std::max(20 * u, (bottom - top) * 0.56F);
    layout.rowPitch = std::clamp(room / gates, 2.0F, 30 * u);
    layout.rowHeight = std::max(1.0F, std::round(layout.rowPitch - std::min(3 * u, layout.rowPitch * 0.2F)));
    layout.board = {left, top, right, std::round(top + layout.rowPitch * gates)};
    const float below = layout.board.bottom + 40 * u;
    // The words of the histogram need some width.
    const float split = std::round(std::max(
        left + 80 * u, std::min(left + (right - left) * 0.74F, canvas.width - layout.pad - 230 * u)));
    layout.time = {left, below, split, std::max(below + 40 * u, bottom)};
    layout.histogram = {split + 60 * u, below, std::max(split + 100 * u, canvas.width - layout.pad),
                        layout.time.bottom};
    return layout;
}

void GateBoardPainter::draw(const Canvas& canvas) {
    if (records_->gates.empty()) {
        const std::string words =
            records_->runName.empty() ? "No run is shown" : records_->runName + ": no gates were recorded";
        drawText(canvas.body, {(canvas.width - widthOf(canvas.body, words)) / 2, canvas.height / 2},
                 ink(canvas.palette.secondaryText), words);
        return;
    }
    drawHead(canvas);
    if (part_ == GatePart::Ridges) return drawRidges(canvas);
    if (part_ == GatePart::Routing) return drawRouting(canvas);
    if (part_ == GatePart::Ablation) return drawAblation(canvas);
    if (part_ == GatePart::Pruning) return drawPruning(canvas);
    if (part_ == GatePart::Modes) return drawModes(canvas);
    const Layout layout = arrange(canvas);
    drawBoard(canvas, layout);
    drawTime(canvas, layout);
    drawHistogram(canvas, layout);
    drawPointer(canvas, layout);
}

void GateBoardPainter::drawHead(const Canvas& canvas) {
    const float u = canvas.scale, pad = 16 * u;
    const GateFigures f = figuresAt(*records_, shownStep());
    drawText(canvas.heading, {pad, 10 * u}, ink(canvas.palette.text),
             fmt::format("Gates at step {}", shownStep()));
    const bool colours = part_ == GatePart::Board || part_ == GatePart::Ridges;
    std::string figures = fmt::format(
        "{}   {} gates, {} channels   mean {:.3f}   {:.1f} % below 0.5   {:.1f} % below 0.1   "
        "{:.1f} effective channels",
        records_->runName, records_->gates.size(), f.count, f.mean, 100 * f.belowHalf, 100 * f.belowTenth,
        f.effective);
    // Where the colours are explained there is no corner for it; other parts write that of what they show.
    if (colours && !records_->notice.empty()) figures += "   " + records_->notice;
    if (part_ == GatePart::Routing)
        drawText(canvas.body, {canvas.width - pad - widthOf(canvas.body, records_->notice), 12 * u},
                 ink(canvas.palette.warning), records_->notice);
    const float wide = canvas.width - 2 * pad;
    const float high = drawLines(canvas.body, {pad, 10 * u + canvas.heading->FontSize + 4 * u},
                                 ink(canvas.palette.secondaryText), figures, wide);
    const auto lines = static_cast<float>(inLines(canvas.body, figures, wide).size());
    shift_ = std::round(high * (lines - 1) / lines);
    if (!colours) return;
    // What colours say.
    const float bar = 120 * u, y = 16 * u;
    const std::string closed = "0 closed", open = "open 1";
    float x = canvas.width - pad - widthOf(canvas.small, open);
    drawText(canvas.small, {x, y}, ink(canvas.palette.secondaryText), open);
    x -= bar + 6 * u;
    constexpr int pieces = 48;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    for (int i = 0; i < pieces; ++i)
        list.AddRectFilled({x + bar * static_cast<float>(i) / pieces, y + u},
                           {x + bar * static_cast<float>(i + 1) / pieces, y + canvas.small->FontSize},
                           ink(colourOf(canvas.appearance, static_cast<float>(i) / (pieces - 1))));
    drawText(canvas.small, {x - 6 * u - widthOf(canvas.small, closed), y}, ink(canvas.palette.secondaryText),
             closed);
}

void GateBoardPainter::drawBoard(const Canvas& canvas, const Layout& layout) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    const int width = pixels(layout.board.width());
    const std::int64_t step = shownStep();
    const ImTextureID picture =
        canvas.texture(0, versionOf(version_, step, width, canvas.appearance == Appearance::Dark), false,
                       [records = records_, orders = orders_, step, appearance = canvas.appearance, width] {
                           return paintBoard(*records, *orders, step, appearance, width);
                       });
    const auto gates = static_cast<float>(records_->gates.size());
    const bool roomForWords = layout.rowPitch >= canvas.small->FontSize;
    for (std::size_t g = 0; g < records_->gates.size(); ++g) {
        const Area row = layout.row(g);
        const float line = (static_cast<float>(g) + 0.5F) / gates;
        list.AddImage(picture, {row.left, row.top}, {row.right, row.bottom}, {0, line}, {1, line});
        const bool chosen = g == chosen_;
        if (chosen)
            list.AddRect({row.left - u, row.top - u}, {row.right + u, row.bottom + u},
                         ink(canvas.palette.accent), 0, 0, 1.5F * u);
        if (!roomForWords && !chosen) continue;
        const float y = (row.top + row.bottom - canvas.small->FontSize) / 2;
        const GateSeries& gate = records_->gates[g];
        list.PushClipRect({layout.pad, 0}, {row.left - 4 * u, canvas.height}, true);
        drawText(canvas.small, {std::max(layout.pad, row.left - 8 * u - widthOf(canvas.small, gate.name)), y},
                 ink(chosen ? canvas.palette.text : canvas.palette.secondaryText), gate.name);
        list.PopClipRect();
        const GateFigures f =
            figuresOf(gate.at(gate.momentAt(step)), static_cast<std::size_t>(gate.channels));
        drawText(canvas.small, {row.right + 8 * u, y}, ink(canvas.palette.secondaryText),
                 fmt::format("{:.3f}", f.mean));
    }
    const std::string ordering = order_ == GateOrder::Recorded ? "channels by number"
                                 : order_ == GateOrder::Mean   ? "channels by their mean over the run"
                                 : order_ == GateOrder::Last   ? "channels by their last score"
                                                               : "channels by the step they first open at";
    drawText(canvas.small, {layout.board.left, layout.board.top - canvas.small->FontSize - 4 * u},
             ink(canvas.palette.secondaryText), ordering);
    drawText(canvas.small, {layout.board.right + 8 * u, layout.board.top - canvas.small->FontSize - 4 * u},
             ink(canvas.palette.secondaryText), "mean");
}

void GateBoardPainter::drawTime(const Canvas& canvas, const Layout& layout) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    const GateSeries& gate = records_->gates[chosen_];
    const Area& area = layout.time;
    const float above = area.top - canvas.small->FontSize - 5 * u;
    drawText(canvas.small, {area.left, above}, ink(canvas.palette.text),
             fitted(canvas.small, fmt::format("{}: {} channels over the run", gate.name, gate.channels),
                    area.width()));
    const int width = pixels(area.width()), height = pixels(area.height());
    const auto first = static_cast<std::int64_t>(layout.first), last = static_cast<std::int64_t>(layout.last);
    const ImTextureID picture = canvas.texture(
        1, versionOf(version_, chosen_, width, height, canvas.appearance == Appearance::Dark), false,
        [records = records_, orders = orders_, chosen = chosen_, first, last, appearance = canvas.appearance,
         width, height] {
            return paintTime(records->gates[chosen], (*orders)[chosen], first, last, appearance, width,
                             height);
        });
    list.AddImage(picture, {area.left, area.top}, {area.right, area.bottom});
    list.AddRect({area.left, area.top}, {area.right, area.bottom}, ink(canvas.palette.border), 0, 0, u);
    for (const double tick : roundTicks(layout.first, layout.last, mostTicksAcross)) {
        const std::string label = tickLabel(tick);
        drawText(canvas.small, {layout.xOf(tick) - widthOf(canvas.small, label) / 2, area.bottom + 5 * u},
                 ink(canvas.palette.secondaryText), label);
    }
    drawText(canvas.small, {area.right - widthOf(canvas.small, "step"), area.bottom + 20 * u},
             ink(canvas.palette.secondaryText), "step");
    const float x = layout.xOf(static_cast<double>(shownStep()));
    list.AddLine({x, area.top}, {x, area.bottom}, ink(canvas.palette.ground), 4 * u);
    list.AddLine({x, area.top}, {x, area.bottom}, ink(canvas.palette.accent), 2 * u);
}

void GateBoardPainter::drawHistogram(const Canvas& canvas, const Layout& layout) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    const Area& area = layout.histogram;
    const GateSeries& gate = records_->gates[chosen_];
    const auto channels = static_cast<std::size_t>(gate.channels);
    const float* const scores = gate.at(gate.momentAt(shownStep()));
    const std::vector<double> shares = histogramOf(scores, channels, bins);
    const double most = std::max(1e-9, *std::max_element(shares.begin(), shares.end()));
    const float wide = area.width() / static_cast<float>(bins);
    drawText(canvas.small, {area.left, area.top - canvas.small->FontSize - 5 * u}, ink(canvas.palette.text),
             fitted(canvas.small, "Its scores at the step", canvas.width - layout.pad - area.left));
    for (std::size_t b = 0; b < bins; ++b) {
        if (shares[b] == 0) continue;
        const float x = area.left + static_cast<float>(b) * wide;
        const float high = static_cast<float>(shares[b] / most) * area.height();
        list.AddRectFilled({x + 0.5F * u, area.bottom - high}, {x + wide - 0.5F * u, area.bottom},
                           ink(colourOf(canvas.appearance, (static_cast<float>(b) + 0.5F) / bins)));
    }
    list.AddLine({area.left, area.bottom}, {area.right, area.bottom}, ink(canvas.palette.secondaryText), u);
    for (const double tick : {0.0, 0.5, 1.0}) {
        const std::string label = tickLabel(tick);
        const float x = area.left + static_cast<float>(tick) * area.width();
        const float shift = static_cast<float>(tick) * widthOf(canvas.small, label);
        drawText(canvas.small, {x - shift, area.bottom + 5 * u}, ink(canvas.palette.secondaryText), label);
    }
    std::string note = fmt::format("highest bar {:.0f} % of channels", 100 * most);
    // Not into the words below the picture on the left.
    if (widthOf(canvas.small, note) > canvas.width - layout.pad - layout.time.right - 12 * u)
        note = fmt::format("highest {:.0f} %", 100 * most);
    drawText(
        canvas.small,
        {std::min(area.left, canvas.width - layout.pad - widthOf(canvas.small, note)), area.bottom + 20 * u},
        ink(canvas.palette.secondaryText), note);
}

/// The score of one channel over the run, on the time picture.
void GateBoardPainter::drawCourse(const Canvas& canvas, const Layout& layout, const GateSeries& gate,
                                  std::int32_t channel) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const Area& area = layout.time;
    std::vector<ImVec2> places;
    const std::size_t stride = std::max<std::size_t>(1, gate.steps.size() / 1000);
    for (std::size_t m = 0; m < gate.steps.size(); m += stride)
        places.push_back({layout.xOf(static_cast<double>(gate.steps[m])),
                          area.bottom - std::clamp(gate.at(m)[channel], 0.0F, 1.0F) * area.height()});
    if (places.size() < 2) return;
    const auto count = static_cast<int>(places.size());
    list.AddPolyline(places.data(), count, ink(canvas.palette.ground), 0, 4 * layout.unit);
    list.AddPolyline(places.data(), count, ink(canvas.palette.accent), 0, 2 * layout.unit);
}

void GateBoardPainter::drawPointer(const Canvas& canvas, const Layout& layout) {
    pointed_.reset();
    if (hovered_ && *hovered_ < records_->gates[chosen_].channels) {
        const Area row = layout.row(chosen_);
        const auto& order = (*orders_)[chosen_];
        const auto place = std::find(order.begin(), order.end(), *hovered_) - order.begin();
        const float share = (static_cast<float>(place) + 0.5F) / static_cast<float>(order.size());
        drawCourse(canvas, layout, records_->gates[chosen_], *hovered_);
        drawChannelTip(canvas, records_->gates[chosen_], *hovered_,
                       {row.left + share * row.width(), row.bottom});
        return;
    }
    const ImVec2 at = ImGui::GetIO().MousePos;
    const auto channelAt = [&](std::size_t g, float share) {
        const std::vector<std::int32_t>& order = (*orders_)[g];
        const double place = static_cast<double>(share) * static_cast<double>(order.size());
        return order[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(order.size() - 1)))];
    };
    if (layout.board.contains(at)) {
        const std::size_t g = std::min(records_->gates.size() - 1,
                                       static_cast<std::size_t>((at.y - layout.board.top) / layout.rowPitch));
        const GateSeries& gate = records_->gates[g];
        const std::int32_t channel = channelAt(g, (at.x - layout.board.left) / layout.board.width());
        if (ImGui::IsMouseClicked(ImGuiMouseButton_Left) && g != chosen_) {
            chosen_ = g;
            if (gateChosen) gateChosen(gate.name);
        }
        drawCourse(canvas, layout, gate, channel);
        pointed_ = channel;
        drawChannelTip(canvas, gate, channel, at);
    } else if (layout.time.contains(at)) {
        const GateSeries& gate = records_->gates[chosen_];
        const auto step = static_cast<std::int64_t>(std::llround(layout.stepAt(at.x)));
        const std::size_t moment = gate.momentAt(step);
        const std::int32_t channel = channelAt(chosen_, (at.y - layout.time.top) / layout.time.height());
        if (ImGui::IsMouseDown(ImGuiMouseButton_Left) && shownStep() != gate.steps[moment]) {
            step_ = gate.steps[moment];
            if (stepChosen) stepChosen(*step_);
        }
        drawTip(canvas, at,
                {fmt::format("{}, channel {}", gate.name, channel),
                 fmt::format("score {:.4f} at step {}", gate.at(moment)[channel], gate.steps[moment])});
    }
}

}  // namespace filigree::ui
