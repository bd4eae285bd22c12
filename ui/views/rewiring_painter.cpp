// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/rewiring_painter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "ui/theme/colour_map.h"

namespace filigree::ui {
namespace {

/// Birth cohorts that get a survival curve of their own; more would cover each other.
constexpr std::size_t mostSurvivalCurves = 8;
constexpr int mostTicksUp = 4;
constexpr float besideName = 32;  ///< of a curve: its line and the space around
constexpr float besideWord = 28;  ///< of a colour
constexpr float ageScale = 96;

/// What stands above a strip: its title on the left, what its colours mean on the right.
struct Head {
    const char* title;
    std::vector<std::string> keys;
    float beside;  ///< each key, device-independent pixels
};
const Head& movesHead() {
    static const Head head{
        "Connections moved in a round", {"grown (up)", "dropped (down)", "regrown"}, besideWord};
    return head;
}
const Head& explorationHead() {
    static const Head head{"Exploration and churn", {"ever active (R_s)", "moved in the round"}, besideName};
    return head;
}
const Head& distanceHead() {
    static const Head head{"Connections that are elsewhere than in the pattern",
                           {"at the start", "of the round before", "at the end"},
                           besideName};
    return head;
}
const Head& agesHead() {
    static const Head head{
        "Connections by the round of their birth", {"born at the start", "last"}, (ageScale + 12) / 2};
    return head;
}

float headWidth(const Canvas& canvas, const Head& head) {
    float wide = widthOf(canvas.small, head.title) + 16 * canvas.scale;
    for (const std::string& key : head.keys) wide += widthOf(canvas.small, key) + head.beside * canvas.scale;
    return wide;
}

/// The first of the words that fit, the last if none does.
std::string fitting(const Canvas& canvas, float room, std::initializer_list<std::string> words) {
    for (const std::string& each : words)
        if (widthOf(canvas.small, each) <= room) return each;
    return *(words.end() - 1);
}

std::uint64_t versionOf(std::uint64_t content, const Area& area, Appearance appearance) {
    return content * 1000003 + static_cast<std::uint64_t>(std::max(1.0F, area.width())) * 8191 +
           static_cast<std::uint64_t>(std::max(1.0F, area.height())) * 2 +
           (appearance == Appearance::Dark ? 1U : 0U);
}

/// Each column of pixels is a moment; from below the connections that are there, oldest first, coloured by
/// birth.
Picture paintAges(const RewiringHistory& history, Appearance appearance, Rgb ground, int width, int height) {
    Picture picture(width, height);
    const std::int64_t first = history.rounds.front().step, last = history.rounds.back().step;
    std::int64_t most = 1;
    for (const RewiringRound& round : history.rounds) most = std::max(most, round.connections);
    for (int column = 0; column < width; ++column) {
        const double step =
            static_cast<double>(first) + static_cast<double>(last - first) * (column + 0.5) / width;
        const std::size_t round = history.roundAt(static_cast<std::int64_t>(step));
        std::int64_t below = 0;
        int row = height - 1;
        for (std::size_t cohort = 0; cohort < history.alive.size() && cohort <= history.cohortOf(round);
             ++cohort) {
            below += history.alive[cohort][round];
            const int until = height - static_cast<int>(std::llround(static_cast<double>(below) /
                                                                     static_cast<double>(most) * height));
            const Rgb colour = ofShare(
                appearance, static_cast<double>(cohort) /
                                static_cast<double>(std::max<std::size_t>(1, history.alive.size() - 1)));
            for (; row >= until && row >= 0; --row)
                picture.pixels[static_cast<std::size_t>(row) * static_cast<std::size_t>(width) +
                               static_cast<std::size_t>(column)] = packed(colour);
        }
        for (; row >= 0; --row)
            picture.pixels[static_cast<std::size_t>(row) * static_cast<std::size_t>(width) +
                           static_cast<std::size_t>(column)] = packed(ground);
    }
    return picture;
}

Picture paintLikeness(const RewiringHistory& history, Appearance appearance) {
    const int n = static_cast<int>(history.compared.size());
    Picture picture(n, n);
    float least = 1;
    for (const float value : history.jaccard) least = std::min(least, value);
    const float room = std::max(1e-6F, 1 - least);
    for (std::size_t i = 0; i < history.jaccard.size(); ++i)
        picture.pixels[i] =
            packed(ofShare(appearance, static_cast<double>((history.jaccard[i] - least) / room)));
    return picture;
}

}  // namespace

struct RewiringPainter::Layout {
    float unit = 1, pad = 0;
    float keys = 0;   ///< of the words right above an area: how far above it they begin
    float title = 0;  ///< of its title: as far, or a line higher where both would not fit beside each other
    Area moves, exploration, distance, ages, survival, likeness;
    double first = 0, last = 1;

    float xOf(double step) const {
        return moves.left + static_cast<float>((step - first) / (last - first)) * moves.width();
    }
    /// The round whose step is nearest.
    std::size_t roundNear(const RewiringHistory& history, float x) const {
        const double step = stepAt(x);
        const std::size_t round = history.roundAt(static_cast<std::int64_t>(std::floor(step)));
        if (round + 1 == history.rounds.size()) return round;
        const double before = step - static_cast<double>(history.rounds[round].step);
        return before > static_cast<double>(history.rounds[round + 1].step) - step ? round + 1 : round;
    }
    double stepAt(float x) const {
        return first + static_cast<double>((x - moves.left) / moves.width()) * (last - first);
    }
    bool inStrips(ImVec2 at) const {
        return at.x >= moves.left && at.x <= moves.right && at.y >= moves.top && at.y <= ages.bottom;
    }
};

void RewiringPainter::show(Rewiring rewiring) {
    rewiring_ = std::make_shared<const Rewiring>(std::move(rewiring));
    ++version_;
}

std::string RewiringPainter::summary() const {
    const RewiringHistory& history = rewiring_->history;
    if (history.empty()) return "No rewiring round was recorded.";
    const RewiringRound& last = history.rounds.back();
    return fmt::format(
        "{}, {}: {} rounds until step {}, {} connections, {:.3g} % of the positions were ever active, "
        "{:.3g} % of the connections are elsewhere than at the start.",
        rewiring_->runName, rewiring_->layer.empty() ? "all layers" : rewiring_->layer,
        history.rounds.size() - 1, last.step, last.connections,
        100 * history.exploration(history.rounds.size() - 1), 100 * last.toFirst);
}

RewiringPainter::Layout RewiringPainter::arrange(const Canvas& canvas) const {
    Layout layout;
    const float u = canvas.scale;
    layout.unit = u;
    layout.pad = 16 * u;
    const RewiringHistory& history = rewiring_->history;
    layout.first = static_cast<double>(history.rounds.front().step);
    layout.last = static_cast<double>(std::max(history.rounds.back().step, history.rounds.front().step + 1));
    const float left = layout.pad + 56 * u, bottom = canvas.height - 48 * u;
    const float right = std::max(left + 80 * u, std::round(canvas.width * 0.64F));
    layout.keys = layout.title = canvas.small->FontSize + 5 * u;
    for (const Head* head : {&movesHead(), &explorationHead(), &distanceHead(), &agesHead()})
        if (headWidth(canvas, *head) > right - left)
            layout.title = layout.keys + canvas.small->FontSize + 2 * u;
    const float more = layout.title - layout.keys;
    const float top = 76 * u + more, gap = 34 * u + more,
                strip = std::max(24 * u, (bottom - top - 3 * gap) / 4);
    Area* strips[] = {&layout.moves, &layout.exploration, &layout.distance, &layout.ages};
    float y = top;
    for (Area* area : strips) {
        *area = {std::round(left), std::round(y), std::round(right), std::round(y + strip)};
        y += strip + gap;
    }
    const float side = right + 72 * u, end = canvas.width - layout.pad;
    layout.survival = {std::round(side), layout.moves.top, std::round(std::max(side + 40 * u, end)),
                       layout.exploration.bottom - 14 * u};
    const float square = std::max(40 * u, std::min(end - side, layout.ages.bottom - layout.distance.top));
    layout.likeness = {std::round(side), layout.distance.top, std::round(side + square),
                       std::round(layout.distance.top + square)};
    return layout;
}

void RewiringPainter::draw(const Canvas& canvas) {
    const ImU32 grey = ink(canvas.palette.secondaryText);
    if (rewiring_->history.empty()) {
        const std::string words = rewiring_->runName.empty()
                                      ? "No run is shown"
                                      : rewiring_->runName + ": no rewiring round was recorded";
        drawText(canvas.body, {(canvas.width - widthOf(canvas.body, words)) / 2, canvas.height / 2}, grey,
                 words);
        return;
    }
    const RewiringHistory& history = rewiring_->history;
    const Layout layout = arrange(canvas);
    const float u = layout.unit;
    drawText(canvas.heading, {layout.pad, 10 * u}, ink(canvas.palette.text),
             rewiring_->layer.empty() ? "All layers" : rewiring_->layer);
    const RewiringRound& last = history.rounds.back();
    drawText(canvas.body, {layout.pad, 10 * u + canvas.heading->FontSize + 4 * u}, grey,
             fmt::format("{}   {} rounds   {} of {} positions connected, {:.3g} % ever", rewiring_->runName,
                         history.rounds.size() - 1, last.connections, history.positions,
                         100 * history.exploration(history.rounds.size() - 1)));
    drawMoves(canvas, layout);
    drawCurves(canvas, layout, layout.exploration, explorationHead().title,
               {{explorationHead().keys[0], canvas.palette.runs[0],
                 [&](std::size_t r) { return history.exploration(r); }},
                {explorationHead().keys[1], canvas.palette.runs[1],
                 [&](std::size_t r) { return history.churn(r); }}},
               true);
    drawCurves(canvas, layout, layout.distance, distanceHead().title,
               {{distanceHead().keys[0], canvas.palette.runs[0],
                 [&](std::size_t r) { return history.rounds[r].toFirst; }},
                {distanceHead().keys[1], canvas.palette.runs[1],
                 [&](std::size_t r) { return history.rounds[r].toPrevious; }},
                {distanceHead().keys[2], canvas.palette.runs[2],
                 [&](std::size_t r) { return history.rounds[r].toLast; }}},
               true);
    drawAges(canvas, layout);
    drawSurvival(canvas, layout);
    drawLikeness(canvas, layout);
    for (const double tick : roundTicks(layout.first, layout.last, 8)) {
        const float x = layout.xOf(tick);
        const std::string label = tickLabel(tick);
        drawText(canvas.small, {x - widthOf(canvas.small, label) / 2, layout.ages.bottom + 5 * u}, grey,
                 label);
    }
    drawText(canvas.small, {layout.ages.right - widthOf(canvas.small, "step"), layout.ages.bottom + 20 * u},
             grey, "step");
    drawPointer(canvas, layout);
}

void RewiringPainter::drawFrame(const Canvas& canvas, const Layout& layout, const Area& area,
                                const std::string& title, double least, double greatest, bool share) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    drawText(canvas.small, {area.left, area.top - layout.title}, ink(canvas.palette.text), title);
    for (const double tick : roundTicks(least, greatest, mostTicksUp)) {
        const float y = area.bottom - static_cast<float>((tick - least) / (greatest - least)) * area.height();
        list.AddLine({area.left, y}, {area.right, y}, ink(canvas.palette.border), u);
        // What goes down from the middle is a count too.
        const std::string label = share ? tickLabel(100 * tick) + " %" : tickLabel(std::abs(tick));
        drawText(canvas.small,
                 {area.left - 8 * u - widthOf(canvas.small, label), y - canvas.small->FontSize / 2},
                 ink(canvas.palette.secondaryText), label);
    }
    list.AddLine({area.left, area.bottom}, {area.right, area.bottom}, ink(canvas.palette.secondaryText), u);
}

void RewiringPainter::drawCurves(const Canvas& canvas, const Layout& layout, const Area& area,
                                 const std::string& title, const std::vector<Curve>& curves,
                                 bool fromZero) const {
    const RewiringHistory& history = rewiring_->history;
    double greatest = 0, least = fromZero ? 0 : 1;
    for (const Curve& curve : curves)
        for (std::size_t r = 0; r < history.rounds.size(); ++r) greatest = std::max(greatest, curve.value(r));
    greatest = std::max(greatest * 1.05, 1e-3);
    drawFrame(canvas, layout, area, title, least, greatest, true);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    // The names stand above the strip, right-aligned, each with its line.
    float x = area.right;
    for (auto curve = curves.rbegin(); curve != curves.rend(); ++curve) {
        x -= widthOf(canvas.small, curve->name);
        const float y = area.top - layout.keys;
        drawText(canvas.small, {x, y}, ink(canvas.palette.secondaryText), curve->name);
        list.AddLine({x - 18 * u, y + canvas.small->FontSize / 2},
                     {x - 5 * u, y + canvas.small->FontSize / 2}, ink(curve->colour), 2 * u);
        x -= besideName * u;
    }
    for (const Curve& curve : curves) {
        std::vector<ImVec2> places;
        for (std::size_t r = 0; r < history.rounds.size(); ++r)
            places.push_back(
                {layout.xOf(static_cast<double>(history.rounds[r].step)),
                 area.bottom -
                     static_cast<float>((curve.value(r) - least) / (greatest - least)) * area.height()});
        list.AddPolyline(places.data(), static_cast<int>(places.size()), ink(curve.colour), 0, 1.8F * u);
    }
}

void RewiringPainter::drawMoves(const Canvas& canvas, const Layout& layout) const {
    const RewiringHistory& history = rewiring_->history;
    const Area& area = layout.moves;
    std::int64_t most = 1;
    for (const RewiringRound& round : history.rounds) most = std::max({most, round.grown, round.dropped});
    const double top = static_cast<double>(most) * 1.05;
    drawFrame(canvas, layout, area, movesHead().title, -top, top, false);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit, middle = (area.top + area.bottom) / 2;
    const auto height = [&](std::int64_t count) {
        return static_cast<float>(static_cast<double>(count) / top) * area.height() / 2;
    };
    const float wide =
        std::max(u, std::min(10 * u, 0.8F * area.width() / static_cast<float>(history.rounds.size())));
    for (const RewiringRound& round : history.rounds) {
        const float x = layout.xOf(static_cast<double>(round.step));
        const float from = std::max(area.left, x - wide / 2), to = std::min(area.right, x + wide / 2);
        list.AddRectFilled({from, middle - height(round.grown)}, {to, middle}, ink(canvas.palette.grown));
        list.AddRectFilled({from, middle}, {to, middle + height(round.dropped)}, ink(canvas.palette.dropped));
        if (round.regrown == 0) continue;
        list.AddRectFilled({from, middle - height(round.regrown)}, {to, middle + height(round.regrown)},
                           ink(canvas.palette.regrown));
    }
    list.AddLine({area.left, middle}, {area.right, middle}, ink(canvas.palette.secondaryText), u);
    const Rgb colours[] = {canvas.palette.grown, canvas.palette.dropped, canvas.palette.regrown};
    float x = area.right;
    for (std::size_t key = std::size(colours); key-- > 0;) {
        const std::string& name = movesHead().keys[key];
        x -= widthOf(canvas.small, name);
        const float y = area.top - layout.keys;
        drawText(canvas.small, {x, y}, ink(canvas.palette.secondaryText), name);
        list.AddRectFilled({x - 14 * u, y + 2 * u}, {x - 5 * u, y + canvas.small->FontSize - u},
                           ink(colours[key]));
        x -= besideWord * u;
    }
}

void RewiringPainter::drawAges(const Canvas& canvas, const Layout& layout) const {
    const RewiringHistory& history = rewiring_->history;
    const Area& area = layout.ages;
    std::int64_t most = 1;
    for (const RewiringRound& round : history.rounds) most = std::max(most, round.connections);
    drawFrame(canvas, layout, area, agesHead().title, 0, static_cast<double>(most), false);
    const int width = std::max(1, static_cast<int>(area.width())),
              height = std::max(1, static_cast<int>(area.height()));
    const ImTextureID picture = canvas.texture(
        0, versionOf(version_, area, canvas.appearance), false,
        [rewiring = rewiring_, appearance = canvas.appearance, ground = canvas.palette.ground, width,
         height] { return paintAges(rewiring->history, appearance, ground, width, height); });
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddImage(picture, {area.left, area.top}, {area.right, area.bottom});
    const float u = layout.unit, wide = ageScale * u;
    const std::string &from = agesHead().keys[0], &to = agesHead().keys[1];
    const float y = area.top - layout.keys;
    float x = area.right - widthOf(canvas.small, to);
    drawText(canvas.small, {x, y}, ink(canvas.palette.secondaryText), to);
    x -= wide + 6 * u;
    constexpr int pieces = 24;
    for (int i = 0; i < pieces; ++i)
        list.AddRectFilled({x + wide * static_cast<float>(i) / pieces, y + 2 * u},
                           {x + wide * static_cast<float>(i + 1) / pieces, y + canvas.small->FontSize - u},
                           ink(ofShare(canvas.appearance, i / (pieces - 1.0))));
    x -= widthOf(canvas.small, from) + 6 * u;
    drawText(canvas.small, {x, y}, ink(canvas.palette.secondaryText), from);
}

void RewiringPainter::drawSurvival(const Canvas& canvas, const Layout& layout) const {
    const RewiringHistory& history = rewiring_->history;
    const Area& area = layout.survival;
    const std::string title = "Survivors by birth";
    drawFrame(canvas, layout, area, title, 0, 1, true);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    const std::size_t last = history.rounds.size() - 1, cohorts = history.alive.size();
    const std::size_t stride =
        std::max<std::size_t>(1, (cohorts + mostSurvivalCurves - 1) / mostSurvivalCurves);
    for (std::size_t cohort = 0; cohort < cohorts; cohort += stride) {
        std::vector<ImVec2> places;
        for (std::size_t later = 0; later <= last; ++later) {
            const double share = history.survival(cohort, later);
            if (std::isnan(share)) break;
            places.push_back({area.left + static_cast<float>(later) / static_cast<float>(last) * area.width(),
                              area.bottom - static_cast<float>(std::min(1.0, share)) * area.height()});
        }
        if (places.size() < 2) continue;
        const double birth =
            static_cast<double>(cohort) / static_cast<double>(std::max<std::size_t>(1, cohorts - 1));
        list.AddPolyline(places.data(), static_cast<int>(places.size()),
                         ink(ofShare(canvas.appearance, birth)), 0, (cohort == 0 ? 2.6F : 1.6F) * u);
    }
    for (const double tick : roundTicks(0, static_cast<double>(last), 5)) {
        const std::string label = tickLabel(tick);
        const float x = area.left + static_cast<float>(tick / static_cast<double>(last)) * area.width();
        drawText(canvas.small, {x - widthOf(canvas.small, label) / 2, area.bottom + 4 * u},
                 ink(canvas.palette.secondaryText), label);
    }
    const float taken = layout.title > layout.keys ? 0 : widthOf(canvas.small, title) + 12 * u;
    const std::string note =
        fitting(canvas, area.width() - taken,
                {"rounds after birth; thick: from the start", "thick: from the start", ""});
    drawText(canvas.small, {area.right - widthOf(canvas.small, note), area.top - layout.keys},
             ink(canvas.palette.secondaryText), note);
}

void RewiringPainter::drawLikeness(const Canvas& canvas, const Layout& layout) const {
    const RewiringHistory& history = rewiring_->history;
    const Area& area = layout.likeness;
    const float u = layout.unit;
    float least = 1;
    for (const float value : history.jaccard) least = std::min(least, value);
    const float room = canvas.width - layout.pad - area.left;
    const std::string range = fmt::format("Jaccard, {:.3g} to 1", least),
                      named = "Likeness of any two rounds";
    if (layout.title > layout.keys) {
        drawText(canvas.small, {area.left, area.top - layout.title}, ink(canvas.palette.text),
                 fitting(canvas, room, {named, "Likeness of rounds"}));
        drawText(canvas.small, {area.left, area.top - layout.keys}, ink(canvas.palette.secondaryText), range);
    } else {
        drawText(canvas.small, {area.left, area.top - layout.keys}, ink(canvas.palette.text),
                 fitting(canvas, room, {named + " (" + range + ")", "Likeness (" + range + ")"}));
    }
    const ImTextureID picture = canvas.texture(1, versionOf(version_, area, canvas.appearance), false,
                                               [rewiring = rewiring_, appearance = canvas.appearance] {
                                                   return paintLikeness(rewiring->history, appearance);
                                               });
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddImage(picture, {area.left, area.top}, {area.right, area.bottom});
    list.AddRect({area.left, area.top}, {area.right, area.bottom}, ink(canvas.palette.border), 0, 0, u);
    const ImU32 grey = ink(canvas.palette.secondaryText);
    const std::string first = fmt::format("step {}", history.rounds[history.compared.front()].step);
    const std::string last = fmt::format("step {}", history.rounds[history.compared.back()].step);
    drawText(canvas.small, {area.left, area.bottom + 5 * u}, grey, first);
    drawText(canvas.small, {area.right - widthOf(canvas.small, last), area.bottom + 5 * u}, grey, last);
}

void RewiringPainter::drawPointer(const Canvas& canvas, const Layout& layout) {
    const RewiringHistory& history = rewiring_->history;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    if (step_) {
        const float x = layout.xOf(static_cast<double>(history.rounds[history.roundAt(*step_)].step));
        list.AddLine({x, layout.moves.top}, {x, layout.ages.bottom}, ink(canvas.palette.accent), 2 * u);
        const auto place =
            std::upper_bound(history.compared.begin(), history.compared.end(), history.roundAt(*step_));
        const auto row =
            static_cast<float>(std::max<std::ptrdiff_t>(0, place - history.compared.begin() - 1));
        const float cell = layout.likeness.height() / static_cast<float>(history.compared.size());
        list.AddRect({layout.likeness.left, layout.likeness.top + row * cell},
                     {layout.likeness.right, layout.likeness.top + (row + 1) * cell},
                     ink(canvas.palette.accent), 0, 0, u);
    }
    const ImVec2 at = ImGui::GetIO().MousePos;
    if (layout.inStrips(at)) {
        const std::size_t round = layout.roundNear(history, at.x);
        const RewiringRound& shown = history.rounds[round];
        const float x = layout.xOf(static_cast<double>(shown.step));
        list.AddLine({x, layout.moves.top}, {x, layout.ages.bottom}, ink(canvas.palette.text, 110), u);
        if (ImGui::IsMouseDown(ImGuiMouseButton_Left) && step_ != shown.step) {
            step_ = shown.step;
            if (stepChosen) stepChosen(shown.step);
        }
        drawTip(canvas, at,
                {fmt::format("round {}, step {}", round, shown.step),
                 fmt::format("grown {}, dropped {}, regrown {}", shown.grown, shown.dropped, shown.regrown),
                 fmt::format("{} connections, {:.3g} % moved, {:.4g} % ever active", shown.connections,
                             100 * history.churn(round), 100 * history.exploration(round)),
                 fmt::format("elsewhere than at the start {:.3g} %, than at the end {:.3g} %",
                             100 * shown.toFirst, 100 * shown.toLast)});
    } else if (layout.likeness.contains(at)) {
        const auto n = static_cast<float>(history.compared.size());
        const auto placeOf = [&](float from, float to, float value) {
            return std::min(history.compared.size() - 1,
                            static_cast<std::size_t>((value - from) / (to - from) * n));
        };
        const std::size_t row = placeOf(layout.likeness.top, layout.likeness.bottom, at.y),
                          column = placeOf(layout.likeness.left, layout.likeness.right, at.x);
        drawTip(canvas, at,
                {fmt::format("steps {} and {}: {:.4g}", history.rounds[history.compared[row]].step,
                             history.rounds[history.compared[column]].step,
                             history.jaccard[row * history.compared.size() + column])});
    }
}

}  // namespace filigree::ui
