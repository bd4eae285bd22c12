// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/barrier_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/error.h"

namespace filigree::ui {
namespace {

constexpr std::size_t mostWrittenCells = 12;  ///< on a side
constexpr std::string_view prefix = "barriers/";

float middle(float a, float b) {
    return (a + b) / 2;
}

float greatestOf(const std::vector<float>& values) {
    float most = 0;
    for (const float value : values)
        if (value > most) most = value;
    return most;
}

}  // namespace

Area barrierCell(const Area& area, std::size_t row, std::size_t column, std::size_t members) {
    const float size = area.width() / static_cast<float>(members);
    const float x = area.left + size * static_cast<float>(column),
                y = area.top + size * static_cast<float>(row);
    return {x, y, x + size, y + size};
}

void drawBarrierCells(const Canvas& canvas, const Area& area, const BarrierCells& cells) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale, line = canvas.small->FontSize;
    const ImU32 grey = ink(canvas.palette.secondaryText);
    const float greatest = greatestOf(cells.values);
    for (std::size_t row = 0; row < cells.members; ++row) {
        for (std::size_t column = 0; column < cells.members; ++column) {
            const Area cell = barrierCell(area, row, column, cells.members);
            const float value = cells.values[row * cells.members + column];
            const bool empty = row == column || std::isnan(value);
            const Rgb fill =
                empty ? canvas.palette.panel
                      : ofShare(canvas.appearance, greatest > 0 ? static_cast<double>(value / greatest) : 0);
            list.AddRectFilled({cell.left + u, cell.top + u}, {cell.right, cell.bottom}, ink(fill));
            if (empty || cells.members > mostWrittenCells) continue;
            const std::string words = fmt::format("{:.4f}", std::abs(value) < 0.00005F ? 0.0F : value);
            if (widthOf(canvas.small, words) <= cell.width() - 4 * u)
                drawText(canvas.small,
                         {middle(cell.left, cell.right) - widthOf(canvas.small, words) / 2,
                          middle(cell.top, cell.bottom) - line / 2},
                         ink(letterOn(fill)), words);
        }
        if (cells.members > mostWrittenCells) continue;
        const Area cell = barrierCell(area, row, row, cells.members);
        const float above = widthOf(canvas.small, cells.above[row]);
        if (above <= cell.width())
            drawText(canvas.small, {middle(cell.left, cell.right) - above / 2, area.top - line - 3 * u}, grey,
                     cells.above[row]);
        drawText(canvas.small,
                 {area.left - 8 * u - widthOf(canvas.small, cells.beside[row]),
                  middle(cell.top, cell.bottom) - line / 2},
                 grey, cells.beside[row]);
    }
}

std::size_t BarrierTable::figure(std::string_view name) const {
    std::string names;
    for (std::size_t f = 0; f < figures.size(); ++f) {
        if (figures[f] == name) return f;
        names += (names.empty() ? "" : ", ") + figures[f];
    }
    throw Error(ErrorKind::Usage, fmt::format("no barrier of \"{}\" was computed", name), tag,
                "there are " + names);
}

std::size_t BarrierTable::known() const {
    std::size_t count = 0;
    for (std::size_t a = 0; a < networks.size(); ++a)
        for (std::size_t b = a + 1; b < networks.size(); ++b)
            count += !std::isnan(values.front()[a * networks.size() + b]);
    return count;
}

std::string BarrierTable::csv() const {
    std::string text = "a,b";
    for (const std::string& name : figures) text += ',' + name;
    text += '\n';
    for (std::size_t a = 0; a < networks.size(); ++a)
        for (std::size_t b = a + 1; b < networks.size(); ++b) {
            text += networks[a] + ',' + networks[b];
            for (const std::vector<float>& of : values) {
                const float value = of[a * networks.size() + b];
                text += ',' + (std::isnan(value) ? std::string() : fmt::format("{}", value));
            }
            text += '\n';
        }
    return text;
}

BarrierTable readBarrierTable(std::string_view text) {
    try {
        const auto read = nlohmann::json::parse(text);
        BarrierTable table;
        table.networks = read.at("networks").get<std::vector<std::string>>();
        table.complete = read.at("complete").get<bool>();
        table.split = read.at("split").get<std::string>();
        table.resolution = read.at("resolution").get<std::int64_t>();
        table.samples = read.at("samples").get<std::int64_t>();
        const std::size_t count = table.networks.size();
        const auto valuesOf = [count](const nlohmann::json& rows) {
            std::vector<float> values;
            for (std::size_t row = 0; row < count; ++row)
                for (std::size_t column = 0; column < count; ++column) {
                    const auto& value = rows.at(row).at(column);
                    values.push_back(value.is_null() ? std::numeric_limits<float>::quiet_NaN()
                                                     : value.get<float>());
                }
            return values;
        };
        for (const auto& [name, rows] : read.at("barriers").items()) {
            table.figures.push_back(name);
            table.values.push_back(valuesOf(rows));
            if (read.contains("places")) table.places.push_back(valuesOf(read["places"].at(name)));
        }
        if (count < 2 || table.figures.empty())
            throw Error(ErrorKind::Data, "the record of barriers holds no pair of networks");
        return table;
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorKind::Data, "the record of barriers is damaged", error.what());
    }
}

namespace {

void nameNetworks(BarrierTable& table, const store::Reader& reader) {
    for (const std::string& network : table.networks) {
        table.runNames.emplace_back();
        try {
            table.runNames.back() = reader.run(std::atoll(network.c_str())).name;
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::Usage) throw;  // it was deleted
        }
    }
}

}  // namespace

BarrierTable loadBarriers(const store::Reader& reader, std::int64_t run, const std::string& tag) {
    std::string names, wanted;
    std::int64_t newest = -1;
    for (const store::RecordSteps& record : reader.recordSteps(run, store::RecordKind::Text)) {
        if (!record.tag.starts_with(prefix) || record.steps.empty()) continue;
        names += (names.empty() ? "" : ", ") + record.tag;
        const bool chosen = tag.empty() ? record.steps.back() >= newest : record.tag == tag;
        if (!chosen) continue;
        wanted = record.tag;
        newest = record.steps.back();
    }
    if (wanted.empty())
        throw Error(ErrorKind::Usage, "the run has no such barriers", std::to_string(run),
                    names.empty()
                        ? "compute them: filigree analyze barriers RUN RUN…, the first being this one"
                        : "there are " + names);
    BarrierTable table = readBarrierTable(reader.text(run, wanted, newest)->record.text);
    table.run = run;
    table.tag = wanted;
    nameNetworks(table, reader);
    return table;
}

std::optional<BarrierTable> findBarriers(const store::Reader& reader, std::span<const std::int64_t> runs) {
    std::optional<BarrierTable> best;
    std::tuple<std::size_t, std::size_t, double> bestRank;
    for (const std::int64_t run : runs) {
        for (const store::RecordSteps& record : reader.recordSteps(run, store::RecordKind::Text)) {
            if (!record.tag.starts_with(prefix)) continue;
            for (const std::int64_t step : record.steps) {
                const auto kept = reader.text(run, record.tag, step);
                if (!kept) continue;
                BarrierTable table = readBarrierTable(kept->record.text);
                const auto networksOf = [&](std::int64_t one) {
                    const std::string start = std::to_string(one) + "@";
                    return std::count_if(table.networks.begin(), table.networks.end(),
                                         [&](const std::string& name) { return name.starts_with(start); });
                };
                if (networksOf(runs.front()) == 0) continue;
                std::size_t members = 0, theirs = 0;
                for (const std::int64_t one : runs) {
                    const auto count = static_cast<std::size_t>(networksOf(one));
                    members += count > 0;
                    theirs += count;
                }
                const std::tuple rank(
                    members, std::numeric_limits<std::size_t>::max() - (table.networks.size() - theirs),
                    kept->time);
                if (best && rank < bestRank) continue;
                bestRank = rank;
                best = std::move(table);
                best->run = run;
                best->tag = record.tag;
            }
        }
    }
    if (best) nameNetworks(*best, reader);
    return best;
}

void BarrierMatrixPainter::show(BarrierTable table, std::size_t figure) {
    table_ = std::move(table);
    figure_ = figure;
}

float BarrierMatrixPainter::greatest() const {
    return table_.figures.empty() ? 0 : greatestOf(table_.values[figure_]);
}

std::string BarrierMatrixPainter::summary() const {
    if (table_.figures.empty()) return message_;
    return fmt::format("Barriers of {} between {} networks, the greatest {:.4g}.", table_.figures[figure_],
                       table_.networks.size(), greatest());
}

std::vector<std::string> BarrierMatrixPainter::describe(std::size_t row, std::size_t column) const {
    const std::size_t count = table_.networks.size(), cell = row * count + column;
    const auto nameOf = [&](std::size_t network) {
        const bool named = network < table_.runNames.size() && !table_.runNames[network].empty();
        return named ? fmt::format("{} ({})", table_.networks[network], table_.runNames[network])
                     : table_.networks[network];
    };
    if (row == column) return {nameOf(row)};
    std::vector<std::string> lines{nameOf(row) + " to " + nameOf(column)};
    const float value = table_.values[figure_][cell];
    if (std::isnan(value)) {
        lines.emplace_back("not computed yet");
        return lines;
    }
    std::string words = fmt::format("{} {:.4g} above the straight line", table_.figures[figure_], value);
    if (figure_ < table_.places.size() && !std::isnan(table_.places[figure_][cell]))
        words += value > 0 ? fmt::format(", {:.3g} % of the way", 100 * table_.places[figure_][cell])
                           : std::string(", at the ends");
    lines.push_back(words);
    std::string others;
    for (std::size_t f = 0; f < table_.figures.size(); ++f)
        if (f != figure_ && !std::isnan(table_.values[f][cell]))
            others += fmt::format("{}{} {:.4g}", others.empty() ? "" : ", ", table_.figures[f],
                                  table_.values[f][cell]);
    if (!others.empty()) lines.push_back(others);
    return lines;
}

void BarrierMatrixPainter::drawPointer(const Canvas& canvas, const Area& area) const {
    const ImVec2 at = ImGui::GetIO().MousePos;
    if (!area.contains(at)) return;
    const std::size_t count = table_.networks.size();
    const auto placeOf = [&](float from, float to, float value) {
        return std::min(count - 1,
                        static_cast<std::size_t>((value - from) / (to - from) * static_cast<float>(count)));
    };
    const std::size_t row = placeOf(area.top, area.bottom, at.y),
                      column = placeOf(area.left, area.right, at.x);
    const Area cell = barrierCell(area, row, column, count);
    ImGui::GetWindowDrawList()->AddRect(cell.min(), cell.max(), ink(canvas.palette.accent), 0, 0,
                                        2 * canvas.scale);
    drawTip(canvas, at, describe(row, column));
}

void BarrierMatrixPainter::draw(const Canvas& canvas) {
    const float u = canvas.scale, pad = 16 * u;
    const ImU32 grey = ink(canvas.palette.secondaryText);
    if (table_.figures.empty()) {
        const float wide = std::min(canvas.width - 2 * pad, 520 * u);
        const ImVec2 size = canvas.body->CalcTextSizeA(canvas.body->FontSize, 1e9F, wide, message_.c_str());
        ImGui::GetWindowDrawList()->AddText(
            canvas.body, canvas.body->FontSize,
            {std::round((canvas.width - size.x) / 2), std::round((canvas.height - size.y) / 2)}, grey,
            message_.c_str(), nullptr, wide);
        return;
    }
    drawText(canvas.heading, {pad, 10 * u}, ink(canvas.palette.text),
             "Barriers of " + table_.figures[figure_]);
    const float second = 10 * u + canvas.heading->FontSize + 4 * u;
    drawText(canvas.body, {pad, second}, grey,
             fmt::format("{} networks, the greatest {:.4f}{}", table_.networks.size(), greatest(),
                         table_.complete ? "" : ", not all computed yet"));
    float beside = 0;
    for (const std::string& name : table_.networks) beside = std::max(beside, widthOf(canvas.small, name));
    const float left = pad + beside + 10 * u, top = second + canvas.body->FontSize + 34 * u;
    const float side = std::max(48 * u, std::min(canvas.width - pad - left, canvas.height - top - 40 * u));
    const Area area{std::round(left), std::round(top), std::round(left + side), std::round(top + side)};
    drawBarrierCells(canvas, area,
                     {table_.networks.size(), table_.values[figure_], table_.networks, table_.networks});
    const std::string samples =
        table_.samples > 0 ? fmt::format("{} samples", table_.samples) : std::string("all samples");
    drawText(
        canvas.small, {pad, canvas.height - 8 * u - canvas.small->FontSize}, grey,
        fitted(canvas.small,
               fmt::format(
                   "greatest excess over the straight line between the ends, {} places, {} of {} data",
                   table_.resolution, samples, table_.split == "both" ? "training and test" : table_.split),
               canvas.width - 2 * pad));
    drawPointer(canvas, area);
}

}  // namespace filigree::ui
