// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/output.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/platform.h"

namespace filigree::app {
namespace {

/// Number of characters; continuation bytes of UTF-8 do not count.
std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string cut(std::string_view text, std::size_t columns, bool utf8) {
    if (width(text) <= columns) return std::string(text);
    std::string kept;
    std::size_t count = 0;
    for (const char c : text) {
        const bool starts = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        if (starts && count + 1 >= columns) break;
        if (starts) ++count;
        kept += c;
    }
    return kept + (utf8 ? "\u2026" : "~");
}

bool wantsColour(Colour colour, bool terminal) {
    if (colour != Colour::Auto) return colour == Colour::Always;
    return terminal && platform::environment("NO_COLOR").empty() && platform::environment("TERM") != "dumb";
}

bool localeIsUtf8() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        std::string value = platform::environment(name);
        if (value.empty()) continue;
        std::transform(value.begin(), value.end(), value.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
    }
    return false;
}

}  // namespace

Streams standardStreams() {
    return {std::cin,
            std::cout,
            std::cerr,
            platform::isTerminal(0),
            platform::isTerminal(1),
            platform::isTerminal(2),
            platform::terminalColumns(),
            localeIsUtf8()};
}

std::string printable(std::string_view text) {
    std::string clean(text);
    for (std::size_t i = 0; i < clean.size(); ++i) {
        const auto code = static_cast<unsigned char>(clean[i]);
        if (code < 0x20 || code == 0x7F) clean[i] = code == '\n' || code == '\t' || code == '\r' ? ' ' : '?';
        // U+0080 to U+009F are control characters too (U+009B begins an escape sequence).
        if (code == 0xC2 && i + 1 < clean.size() && static_cast<unsigned char>(clean[i + 1]) < 0xA0 &&
            static_cast<unsigned char>(clean[i + 1]) >= 0x80)
            clean[i] = clean[i + 1] = '?';
    }
    return clean;
}

Output::Output(Streams streams) : streams_(streams) {
    configure(Form::Table, Colour::Auto, false, 0);
}

void Output::configure(Form form, Colour colour, bool quiet, int verbosity) {
    form_ = form;
    quiet_ = quiet;
    verbosity_ = verbosity;
    colourOut_ = wantsColour(colour, streams_.outIsTerminal) && form == Form::Table;
    colourErr_ = wantsColour(colour, streams_.errIsTerminal);
}

void Output::print(nlohmann::json object) {
    nlohmann::ordered_json written = {{"schema", 1}};
    for (auto& [key, value] : object.items()) written[key] = value;
    streams_.out << written.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void Output::note(std::string_view line) {
    if (!quiet_) streams_.err << line << '\n' << std::flush;
}

void Output::detail(std::string_view line) {
    if (verbosity_ > 0) streams_.err << onErr(Style::Faint, line) << '\n' << std::flush;
}

std::string Output::paint(Style style, std::string_view text, bool colour) {
    if (!colour || style == Style::Plain) return std::string(text);
    const char* code = "";
    switch (style) {
        case Style::Plain:
            break;
        case Style::Bold:
            code = "1";
            break;
        case Style::Faint:
            code = "2";
            break;
        case Style::Good:
            code = "32";
            break;
        case Style::Warning:
            code = "33";
            break;
        case Style::Bad:
            code = "31";
            break;
    }
    return std::string("\x1b[").append(code).append("m").append(text).append("\x1b[0m");
}

void Table::add(std::vector<std::string> cells, Style style) {
    for (std::string& cell : cells) cell = printable(cell);
    cells.resize(columns_.size());
    rows_.push_back({std::move(cells), style});
}

void Table::print(Output& output) const {
    std::ostream& out = output.out();
    if (output.form() == Form::Plain) {
        for (const Row& row : rows_)
            for (std::size_t i = 0; i < row.cells.size(); ++i)
                out << row.cells[i] << (i + 1 < row.cells.size() ? '\t' : '\n');
        return;
    }
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t most = width(columns_[i].title);
        for (const Row& row : rows_) most = std::max(most, width(row.cells[i]));
        widths.push_back(most);
    }
    const auto line = [&](const auto& textOf, Style style) {
        std::string text;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const std::string& cell = textOf(i);
            const std::string padding(widths[i] - width(cell), ' ');
            const bool right = columns_[i].align == Align::Right;
            const bool last = i + 1 == columns_.size();
            if (i > 0) text += "  ";
            if (right) text += padding;
            text += cell;
            if (!right && !last) text += padding;
        }
        const auto& streams = output.streams();
        if (streams.outIsTerminal)
            text = cut(text, static_cast<std::size_t>(std::max(20, streams.columns)), streams.utf8);
        out << output.onOut(style, text) << '\n';
    };
    line([&](std::size_t i) -> const std::string& { return columns_[i].title; }, Style::Bold);
    for (const Row& row : rows_)
        line([&](std::size_t i) -> const std::string& { return row.cells[i]; }, row.style);
}

}  // namespace filigree::app
