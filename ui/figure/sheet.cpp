// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/sheet.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "base/error.h"

namespace filigree::ui {
namespace {

QString quoted(const QString& text) {
    QString out = QStringLiteral("\"");
    for (const QChar c : text) {
        if (c == '"' || c == '\\')
            out += QLatin1Char('\\') + c;
        else if (c == '\n')
            out += QLatin1String("\\n");
        else if (c.unicode() < 0x20 || c.unicode() == 0x7f)
            out += QStringLiteral("\\u%1").arg(c.unicode(), 4, 16, QLatin1Char('0'));
        else
            out += c;
    }
    return out + QLatin1Char('"');
}

/// A table of the file whose keys are all known in the end.
class Table {
  public:
    Table(const toml::table& table, const QString& where) : table_(table), where_(where) {}

    [[noreturn]] void fail(const std::string& what, const toml::node* node) const {
        std::string place = where_.toStdString();
        const toml::source_position at = node ? node->source().begin : table_.source().begin;
        if (at) place += ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
        throw Error(ErrorKind::Usage, what, place, "see the help page about figures");
    }
    QString text(const char* key) {
        const toml::node* node = take(key);
        if (!node) return {};
        const auto value = node->value_exact<std::string>();
        if (!value) fail(std::string(key) + " is no text", node);
        return QString::fromStdString(*value);
    }
    double number(const char* key, double usual, double least, double most) {
        const toml::node* node = take(key);
        if (!node) return usual;
        const auto value = node->value<double>();
        if (!value || !(*value >= least && *value <= most))
            fail(std::string(key) + " is no number from " + std::to_string(static_cast<int>(least)) + " to " +
                     std::to_string(static_cast<int>(most)),
                 node);
        return *value;
    }
    int count(const char* key, int usual, int most) {
        const double value = number(key, usual, 1, most);
        if (value != std::floor(value)) fail(std::string(key) + " is no whole number", table_.get(key));
        return static_cast<int>(value);
    }
    const toml::node* take(const char* key) {
        known_.insert(key);
        return table_.get(key);
    }
    void end() const {
        for (const auto& [key, node] : table_)
            if (!known_.contains(std::string(key.str())))
                fail("there is no key \"" + std::string(key.str()) + "\" in a figure", &node);
    }

  private:
    const toml::table& table_;
    const QString& where_;
    std::set<std::string> known_;
};

Sheet readTables(const toml::table& root, const QString& where) {
    Table table(root, where);
    Sheet sheet;
    sheet.width_mm = table.number("width_mm", sheet.width_mm, 20, 1000);
    sheet.columns = table.count("columns", sheet.columns, Sheet::mostColumns);
    sheet.font_pt = table.number("font_pt", sheet.font_pt, 4, 72);
    sheet.cellHeight = table.number("cell_height", sheet.cellHeight, 0.1, 5);
    sheet.caption = table.text("caption");
    if (const toml::node* panels = table.take("panel")) {
        const toml::array* list = panels->as_array();
        if (!list) table.fail("panel is no list of tables: write [[panel]]", panels);
        if (list->size() > Sheet::mostPanels) table.fail("a figure has at most 52 panels", panels);
        for (const toml::node& node : *list) {
            if (!node.is_table()) table.fail("panel is no list of tables: write [[panel]]", &node);
            Table of(*node.as_table(), where);
            SheetPanel panel;
            panel.command = of.text("render");
            panel.svg = of.text("svg");
            panel.caption = of.text("caption");
            panel.columns = of.count("columns", 1, Sheet::mostColumns);
            panel.rows = of.count("rows", 1, Sheet::mostRows);
            of.end();
            if (panel.command.isEmpty() == panel.svg.isEmpty())
                of.fail("a panel has either render or svg", nullptr);
            sheet.panels.push_back(std::move(panel));
        }
    }
    table.end();
    return sheet;
}

}  // namespace

QString sheetToml(const Sheet& sheet) {
    QString out =
        QStringLiteral("width_mm = %1\ncolumns = %2\nfont_pt = %3\ncell_height = %4\ncaption = %5\n")
            .arg(sheet.width_mm)
            .arg(sheet.columns)
            .arg(sheet.font_pt)
            .arg(sheet.cellHeight)
            .arg(quoted(sheet.caption));
    for (const SheetPanel& panel : sheet.panels) {
        out += QLatin1String("\n[[panel]]\n");
        if (!panel.command.isEmpty()) out += QStringLiteral("render = %1\n").arg(quoted(panel.command));
        if (!panel.svg.isEmpty()) out += QStringLiteral("svg = %1\n").arg(quoted(panel.svg));
        out += QStringLiteral("caption = %1\ncolumns = %2\nrows = %3\n")
                   .arg(quoted(panel.caption))
                   .arg(panel.columns)
                   .arg(panel.rows);
    }
    return out;
}

Sheet readSheet(const QString& text, const QString& where) {
    const std::string bytes = text.toStdString();
    try {
        return readTables(toml::parse(bytes), where);
    } catch (const toml::parse_error& error) {
        const toml::source_position at = error.source().begin;
        throw Error(ErrorKind::Usage, std::string(error.description()),
                    where.toStdString() + ":" + std::to_string(at.line) + ":" + std::to_string(at.column),
                    "see the help page about figures");
    }
}

std::vector<SheetPlace> placePanels(const Sheet& sheet) {
    std::vector<SheetPlace> places;
    std::vector<std::vector<bool>> taken;  // [row][column]
    const auto row = [&](int r) -> std::vector<bool>& {
        while (static_cast<int>(taken.size()) <= r)
            taken.emplace_back(static_cast<std::size_t>(sheet.columns), false);
        return taken[static_cast<std::size_t>(r)];
    };
    for (const SheetPanel& panel : sheet.panels) {
        SheetPlace place{0, 0, panel.rows, std::min(panel.columns, sheet.columns)};
        const auto isFree = [&] {
            for (int r = place.row; r < place.row + place.rows; ++r)
                for (int c = place.column; c < place.column + place.columns; ++c)
                    if (row(r)[static_cast<std::size_t>(c)]) return false;
            return true;
        };
        while (!isFree())
            if (++place.column + place.columns > sheet.columns) {
                place.column = 0;
                ++place.row;
            }
        for (int r = place.row; r < place.row + place.rows; ++r)
            for (int c = place.column; c < place.column + place.columns; ++c)
                row(r)[static_cast<std::size_t>(c)] = true;
        places.push_back(place);
    }
    return places;
}

QString panelLetter(std::size_t panel) {
    const QChar letter(static_cast<char16_t>(u'a' + panel % 26));
    return panel < 26 ? QString(letter) : QLatin1Char('a') + QString(letter);
}

QStringList commandWords(const QString& line) {
    QStringList words;
    QString word;
    bool any = false;
    QChar quote;
    for (qsizetype i = 0; i < line.size(); ++i) {
        const QChar c = line[i];
        if (!quote.isNull()) {
            if (c == quote)
                quote = QChar();
            else if (c == '\\' && quote == '"' && i + 1 < line.size())
                word += line[++i];
            else
                word += c;
        } else if (c == '\'' || c == '"') {
            quote = c;
            any = true;
        } else if (c.isSpace()) {
            if (any) words << word;
            word.clear();
            any = false;
        } else {
            word += c == '\\' && i + 1 < line.size() ? line[++i] : c;
            any = true;
        }
    }
    if (!quote.isNull())
        throw Error(ErrorKind::Usage, "a quote is not closed", line.toStdString(), "close it");
    if (any) words << word;
    return words;
}

QStringList renderArguments(const QString& line, int width_px, int height_px, double scale,
                            const QString& file) {
    QStringList words = commandWords(line);
    if (words.size() < 3 || words[0] != QLatin1String("filigree") || words[1] != QLatin1String("render"))
        throw Error(ErrorKind::Usage, "a panel is drawn by a line of filigree render", line.toStdString(),
                    "for example: filigree render rewiring --run 3");
    words.removeFirst();
    const QStringList replaced{QStringLiteral("--size"),   QStringLiteral("--scale"),
                               QStringLiteral("--theme"),  QStringLiteral("--output"),
                               QStringLiteral("-o"),       QStringLiteral("--csv"),
                               QStringLiteral("--colours")};
    QStringList kept;
    for (qsizetype i = 0; i < words.size(); ++i) {
        if (replaced.contains(words[i]))
            ++i;
        else if (words[i] != QLatin1String("--overwrite") &&
                 std::none_of(replaced.begin(), replaced.end(), [&](const QString& option) {
                     return option.startsWith(QLatin1String("--")) && words[i].startsWith(option + '=');
                 }))
            kept << words[i];
    }
    return kept << QStringLiteral("--size") << QStringLiteral("%1x%2").arg(width_px).arg(height_px)
                << QStringLiteral("--scale") << QString::number(scale, 'f', 3) << QStringLiteral("--theme")
                << QStringLiteral("light") << QStringLiteral("--overwrite") << QStringLiteral("--output")
                << file;
}

}  // namespace filigree::ui
