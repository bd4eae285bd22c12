// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/acquisition_painter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace filigree::ui {
namespace {

/// Device-independent pixels: how thick a row of equal activity is drawn at most, and the column of |G| = 0.
constexpr float thickestRow = 14;
constexpr float zeroColumn = 14;

/// What a candidate is, in the order of what is drawn where several kinds share a pixel.
enum Kind : std::size_t { Left, GrownOnly, Both, ChosenOnly, kinds };

Rgb colourOf(const Palette& palette, std::size_t kind) {
    switch (kind) {
        case GrownOnly:
            return palette.dropped;
        case Both:
            return palette.grown;
        case ChosenOnly:
            return palette.regrown;
        default:
            return palette.secondaryText;
    }
}

/// log10 of the bonus over that of a position which was active -eps + 1 rounds: independent of c.
double height(std::uint16_t rounds, double eps) {
    return -std::log10(static_cast<double>(rounds) + eps);
}

/// Candidates of each kind, by group and bin.
using Cells = std::vector<std::array<std::uint32_t, kinds>>;

Cells countCells(const AcquisitionRound& round, const AcquisitionChoice& choice) {
    Cells cells(round.groups().size() * AcquisitionRound::bins);
    for (std::size_t g = 0; g < round.groups().size(); ++g) {
        const CandidateGroup& group = round.groups()[g];
        const AcquisitionChoice::Group& taken = choice.groups[g];
        auto* row = &cells[g * AcquisitionRound::bins];
        for (std::size_t bin = 0; bin < AcquisitionRound::bins; ++bin) row[bin][Left] = group.histogram[bin];
        const auto mark = [&](std::size_t place, Kind kind) {
            auto& cell = row[round.bin(group.gradient[place])];
            ++cell[kind];
            --cell[Left];
        };
        const auto grown = [&](std::size_t place) {
            return std::binary_search(group.grown.begin(), group.grown.end(), place);
        };
        const auto chosen = [&](std::size_t place) {
            return place < taken.above || std::binary_search(taken.tied.begin(), taken.tied.end(), place);
        };
        for (std::size_t i = 0; i < taken.above; ++i) mark(i, grown(i) ? Both : ChosenOnly);
        for (const std::uint32_t place : taken.tied) mark(place, grown(place) ? Both : ChosenOnly);
        for (const std::uint32_t place : group.grown)
            if (!chosen(place)) mark(place, GrownOnly);
    }
    return cells;
}

struct Rows {
    double top = 1, bottom = 0;  ///< heights at the edges
    float thickest = 1;
    float zero = 0;  ///< pixels of the column of |G| = 0
};

/// Each group a row at its height, each bin a stretch of it.
Picture paintDensity(const AcquisitionRound& round, const AcquisitionChoice& choice, const Palette& palette,
                     const Rows& rows, int width, int tall) {
    const Cells cells = countCells(round, choice);
    std::vector<std::array<float, kinds>> pixels(static_cast<std::size_t>(width) *
                                                 static_cast<std::size_t>(tall));
    const auto rowOf = [&](std::uint16_t active) {
        return (rows.top - height(active, round.rule().eps)) / (rows.top - rows.bottom) * tall;
    };
    const auto columnOf = [&](std::size_t bin) {
        return bin == 0 ? 0
                        : static_cast<int>(std::lround(rows.zero + (static_cast<float>(width) - rows.zero) *
                                                                       static_cast<float>(bin - 1) /
                                                                       (AcquisitionRound::bins - 1)));
    };
    for (std::size_t g = 0; g < round.groups().size(); ++g) {
        const double middle = rowOf(round.groups()[g].rounds);
        double room = static_cast<double>(rows.thickest);
        if (g > 0) room = std::min(room, middle - rowOf(round.groups()[g - 1].rounds) - 1);
        if (g + 1 < round.groups().size())
            room = std::min(room, rowOf(round.groups()[g + 1].rounds) - middle - 1);
        const int thick = std::max(1, static_cast<int>(room));
        const int first = std::clamp(static_cast<int>(middle - thick / 2.0), 0, tall - thick);
        for (std::size_t bin = 0; bin < AcquisitionRound::bins; ++bin) {
            const auto& cell = cells[g * AcquisitionRound::bins + bin];
            if (cell[Left] + cell[GrownOnly] + cell[Both] + cell[ChosenOnly] == 0) continue;
            const int from = columnOf(bin);
            const int to = std::max(from + 1, bin == 0 ? static_cast<int>(rows.zero) - 2 : columnOf(bin + 1));
            for (int y = first; y < first + thick; ++y)
                for (int x = from; x < std::min(to, width); ++x)
                    for (std::size_t kind = 0; kind < kinds; ++kind)
                        pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                               static_cast<std::size_t>(x)][kind] += static_cast<float>(cell[kind]);
        }
    }
    float most = 1;
    for (const auto& pixel : pixels)
        for (const float count : pixel) most = std::max(most, count);
    Picture picture(width, tall, packed(palette.ground));
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        std::size_t kind = kinds;
        for (std::size_t each = kinds; each-- > 0;)
            if (pixels[i][each] > 0 &&
                (kind == kinds || (kind != Left && each != Left && pixels[i][each] > pixels[i][kind])))
                kind = each;
        if (kind == kinds) continue;
        const double share =
            std::log1p(static_cast<double>(pixels[i][kind])) / std::log1p(static_cast<double>(most));
        const double strength = kind == Left ? 0.15 + 0.6 * share : 0.55 + 0.45 * share;
        picture.pixels[i] = packed(mix(palette.ground, colourOf(palette, kind), strength));
    }
    return picture;
}

std::string scientific(double exponent) {
    const double value = std::pow(10, exponent);
    return exponent >= -3 && exponent <= 3 ? fmt::format("{:.4g}", value) : fmt::format("1e{:.0f}", exponent);
}

}  // namespace

std::string tradeOffText(double c) {
    return std::isinf(c) ? "infinity" : fmt::format("{:.4g}", c);
}

struct AcquisitionPainter::Layout {
    float unit = 1, pad = 0;
    Area area;
    Rows rows;

    float xOf(const AcquisitionRound& round, double exponent) const {
        return area.left + rows.zero +
               static_cast<float>((exponent - round.leastExponent()) /
                                  (round.greatestExponent() - round.leastExponent())) *
                   (area.width() - rows.zero);
    }
    float yOf(double at) const {
        return area.top + static_cast<float>((rows.top - at) / (rows.top - rows.bottom)) * area.height();
    }
};

void AcquisitionPainter::show(Acquisition acquisition, bool keepTrial) {
    const double trial = keepTrial ? choice_->c : acquisition.round->rule().c;
    acquisition_ = std::make_shared<const Acquisition>(std::move(acquisition));
    setTrial(trial);
}

void AcquisitionPainter::setTrial(double c) {
    choice_ = std::make_shared<const AcquisitionChoice>(acquisition_->round->choose(c));
    ++version_;
}

std::string AcquisitionPainter::verdict() const {
    const AcquisitionRound& round = *acquisition_->round;
    const auto share = [&](std::int64_t part) {
        return round.grown() > 0 ? 100 * static_cast<double>(part) / static_cast<double>(round.grown()) : 0.0;
    };
    return fmt::format(
        "c = {}: {} of {} would change, {:.3g} % of the chosen were never active (in the run {:.3g} %)",
        tradeOffText(choice_->c), choice_->changed, round.grown(), share(choice_->neverActive),
        share(round.grownNeverActive()));
}

std::string AcquisitionPainter::summary() const {
    if (acquisition_->empty()) return "No candidates of a round were recorded.";
    return fmt::format("{}, {}, round at step {}: {} candidates, {} grown with c = {}. With {}.",
                       acquisition_->runName, acquisition_->layer, acquisition_->step,
                       acquisition_->round->candidates(), acquisition_->round->grown(),
                       tradeOffText(acquisition_->round->rule().c), verdict());
}

AcquisitionPainter::Layout AcquisitionPainter::arrange(const Canvas& canvas) const {
    Layout layout;
    const float u = canvas.scale;
    layout.unit = u;
    layout.pad = 16 * u;
    layout.area = {std::round(layout.pad + 64 * u), std::round(118 * u),
                   std::round(std::max(160 * u, canvas.width - layout.pad - 56 * u)),
                   std::round(std::max(160 * u, canvas.height - 52 * u))};
    const AcquisitionRound& round = *acquisition_->round;
    const double top = height(round.groups().front().rounds, round.rule().eps),
                 bottom = height(round.groups().back().rounds, round.rule().eps);
    const double room = std::max(0.05, 0.06 * (top - bottom));
    layout.rows = {top + room, bottom - room, thickestRow * u, std::round(zeroColumn * u)};
    return layout;
}

void AcquisitionPainter::draw(const Canvas& canvas) {
    const ImU32 grey = ink(canvas.palette.secondaryText);
    if (acquisition_->empty()) {
        const std::string words = "No candidates of a round were recorded";
        drawText(canvas.body, {(canvas.width - widthOf(canvas.body, words)) / 2, canvas.height / 2}, grey,
                 words);
        return;
    }
    const AcquisitionRound& round = *acquisition_->round;
    const Layout layout = arrange(canvas);
    const float u = layout.unit, wide = canvas.width - 2 * layout.pad;
    float y = 10 * u;
    drawText(canvas.heading, {layout.pad, y}, ink(canvas.palette.text),
             fitted(canvas.heading, acquisition_->layer, wide));
    y += canvas.heading->FontSize + 4 * u;
    drawText(canvas.body, {layout.pad, y}, grey,
             fitted(canvas.body,
                    fmt::format("{}   round at step {}   {} candidates, {} grown with c = {}",
                                acquisition_->runName, acquisition_->step, round.candidates(), round.grown(),
                                tradeOffText(round.rule().c)),
                    wide));
    y += canvas.body->FontSize + 4 * u;
    drawText(canvas.body, {layout.pad, y}, ink(canvas.palette.text), fitted(canvas.body, verdict(), wide));
    drawAxes(canvas, layout);
    const auto pixelsOf = [](float length) { return std::max(1, static_cast<int>(length)); };
    const int width = pixelsOf(layout.area.width()), tall = pixelsOf(layout.area.height());
    const std::uint64_t version =
        ((version_ * 16381 + static_cast<std::uint64_t>(width)) * 16381 + static_cast<std::uint64_t>(tall)) *
            2 +
        (canvas.appearance == Appearance::Dark ? 1U : 0U);
    const ImTextureID picture = canvas.texture(
        0, version, false,
        [acquisition = acquisition_, choice = choice_, palette = canvas.palette, rows = layout.rows, width,
         tall] { return paintDensity(*acquisition->round, *choice, palette, rows, width, tall); });
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddImage(picture, layout.area.min(), layout.area.max());
    list.AddRect(layout.area.min(), layout.area.max(), ink(canvas.palette.border), 0, 0, u);
    drawThreshold(canvas, layout);
    drawLegend(canvas, layout);
    drawPointer(canvas, layout);
}

void AcquisitionPainter::drawAxes(const Canvas& canvas, const Layout& layout) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const AcquisitionRound& round = *acquisition_->round;
    const Area& area = layout.area;
    const float u = layout.unit, line = canvas.small->FontSize;
    const ImU32 grey = ink(canvas.palette.secondaryText);
    for (double decade = std::ceil(round.leastExponent()); decade <= round.greatestExponent(); ++decade) {
        const float x = layout.xOf(round, decade);
        const std::string label = scientific(decade);
        list.AddLine({x, area.bottom}, {x, area.bottom + 4 * u}, grey, u);
        drawText(canvas.small, {x - widthOf(canvas.small, label) / 2, area.bottom + 6 * u}, grey, label);
    }
    const std::string nothing = "0";
    drawText(canvas.small,
             {area.left + (layout.rows.zero - widthOf(canvas.small, nothing)) / 2, area.bottom + 6 * u}, grey,
             nothing);
    const std::string across = "|G|, gradient where nothing is connected";
    drawText(canvas.small, {area.right - widthOf(canvas.small, across), area.bottom + 8 * u + line}, grey,
             across);
    // From the top: a label only where the one above leaves room.
    float free = -1e9F;
    for (const CandidateGroup& group : round.groups()) {
        const float y = layout.yOf(height(group.rounds, round.rule().eps));
        if (y - free < line + 4 * u) continue;
        free = y;
        const double bonus = std::isinf(choice_->c) ? choice_->c : round.bonus(choice_->c, group.rounds);
        const std::string left = std::isinf(bonus) ? "" : fmt::format("{:.3g}", bonus);
        list.AddLine({area.left - 4 * u, y}, {area.left, y}, grey, u);
        drawText(canvas.small, {area.left - 7 * u - widthOf(canvas.small, left), y - line / 2}, grey, left);
        drawText(canvas.small, {area.right + 6 * u, y - line / 2}, grey, fmt::format("N {}", group.rounds));
    }
    drawText(canvas.small, {layout.pad, area.top - line - 6 * u}, ink(canvas.palette.text),
             round.rule().normalize ? "Bonus c mean|G| ln t / (N + eps)" : "Bonus c ln t / (N + eps)");
    const std::string right = "rounds active";
    drawText(canvas.small,
             {canvas.width - layout.pad - widthOf(canvas.small, right), area.top - line - 6 * u}, grey,
             right);
}

void AcquisitionPainter::drawThreshold(const Canvas& canvas, const Layout& layout) const {
    const AcquisitionRound& round = *acquisition_->round;
    if (std::isinf(choice_->c) || round.grown() == 0) return;
    const double most = round.bonus(choice_->c, 0) * round.rule().eps;  // of N + eps = 1
    ImDrawList& list = *ImGui::GetWindowDrawList();
    std::vector<ImVec2> places;
    constexpr int points = 240;
    for (int i = 0; i <= points; ++i) {
        const double at = layout.rows.top + (layout.rows.bottom - layout.rows.top) * i / points;
        const double gradient = choice_->threshold - most * std::pow(10, at);
        const double outside = round.leastExponent() - 1;
        const double exponent = gradient > 0 ? std::max(std::log10(gradient), outside) : outside;
        places.push_back({layout.xOf(round, exponent), layout.yOf(at)});
    }
    list.PushClipRect(layout.area.min(), layout.area.max(), true);
    list.AddPolyline(places.data(), static_cast<int>(places.size()), ink(canvas.palette.text), 0,
                     2 * layout.unit);
    list.PopClipRect();
}

void AcquisitionPainter::drawLegend(const Canvas& canvas, const Layout& layout) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit, line = canvas.small->FontSize;
    const AcquisitionRound& round = *acquisition_->round;
    const std::int64_t both = round.grown() - choice_->changed;
    const std::pair<std::size_t, std::string> words[] = {
        {Both, fmt::format("grown, and again with this c: {}", both)},
        {ChosenOnly, fmt::format("with this c only: {}", choice_->changed)},
        {GrownOnly, fmt::format("by the run only: {}", choice_->changed)},
        {Left, fmt::format("neither: {}", round.candidates() - round.grown() - choice_->changed)}};
    float x = layout.pad;
    const float y = layout.area.top - 2 * line - 12 * u;
    for (const auto& [kind, text] : words) {
        const float wide = 12 * u + widthOf(canvas.small, text) + 16 * u;
        if (x + wide - 16 * u > canvas.width - layout.pad) break;
        list.AddRectFilled({x, y + 2 * u}, {x + 9 * u, y + line - u}, ink(colourOf(canvas.palette, kind)));
        drawText(canvas.small, {x + 13 * u, y}, ink(canvas.palette.secondaryText), text);
        x += wide;
    }
}

void AcquisitionPainter::drawPointer(const Canvas& canvas, const Layout& layout) const {
    const ImVec2 at = ImGui::GetIO().MousePos;
    if (!layout.area.contains(at)) return;
    const AcquisitionRound& round = *acquisition_->round;
    std::size_t nearest = 0;
    float best = std::numeric_limits<float>::max();
    for (std::size_t g = 0; g < round.groups().size(); ++g) {
        const float away = std::abs(layout.yOf(height(round.groups()[g].rounds, round.rule().eps)) - at.y);
        if (away < best) {
            best = away;
            nearest = g;
        }
    }
    const CandidateGroup& group = round.groups()[nearest];
    const AcquisitionChoice::Group& taken = choice_->groups[nearest];
    const bool never = group.rounds == 0;
    std::vector<std::string> lines{
        never ? fmt::format("never active: {} candidates", group.position.size())
              : fmt::format("active in {} rounds: {} candidates", group.rounds, group.position.size()),
        fmt::format("grown by the run {}, with this c {}", group.grown.size(), taken.count())};
    if (!std::isinf(choice_->c)) {
        const double bonus = round.bonus(choice_->c, group.rounds);
        lines.push_back(bonus < choice_->threshold ? fmt::format("bonus {:.4g}: grown from |G| = {:.4g} on",
                                                                 bonus, choice_->threshold - bonus)
                                                   : fmt::format("bonus {:.4g}: enough by itself", bonus));
    }
    drawTip(canvas, at, lines);
}

}  // namespace filigree::ui
