// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace filigree::app {

/// Where a command reads and writes, and what stands behind it.
struct Streams {
    std::istream& in;
    std::ostream& out;  ///< results
    std::ostream& err;  ///< progress, log, warnings, errors
    bool inIsTerminal = false;
    bool outIsTerminal = false;
    bool errIsTerminal = false;
    int columns = 80;
    bool utf8 = false;
};

/// The standard streams of the process.
Streams standardStreams();

enum class Colour { Auto, Always, Never };
enum class Style { Plain, Bold, Faint, Good, Warning, Bad };

/// How results are written: for people, for scripts (tab-separated), or for programs (JSON).
enum class Form { Table, Plain, Json };

/// Text without characters that could steer a terminal or break a line.
std::string printable(std::string_view text);

/// Writes results to stdout and everything else to stderr, in colour only where that is wanted.
class Output {
  public:
    /// A table, colour as the terminal allows, not quiet, until `configure` says otherwise.
    explicit Output(Streams streams);
    void configure(Form form, Colour colour, bool quiet, int verbosity);

    Form form() const { return form_; }
    bool json() const { return form_ == Form::Json; }
    bool quiet() const { return quiet_; }
    const Streams& streams() const { return streams_; }

    std::ostream& out() { return streams_.out; }
    std::ostream& err() { return streams_.err; }

    /// The object with "schema": 1 in front of its keys, which are only ever added to. NaN becomes null.
    void print(nlohmann::json object);
    /// A line on stderr unless quiet.
    void note(std::string_view line);
    /// A line on stderr with -v.
    void detail(std::string_view line);

    std::string onOut(Style style, std::string_view text) const { return paint(style, text, colourOut_); }
    std::string onErr(Style style, std::string_view text) const { return paint(style, text, colourErr_); }

  private:
    static std::string paint(Style style, std::string_view text, bool colour);

    Streams streams_;
    Form form_ = Form::Table;
    bool quiet_ = false;
    int verbosity_ = 0;
    bool colourOut_ = false;
    bool colourErr_ = false;
};

/// Rows under headings. Cut to the width of the terminal, and only there; in plain form tab-separated, a
/// record a line.
class Table {
  public:
    enum class Align { Left, Right };
    struct Column {
        std::string title;
        Align align = Align::Left;
    };

    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
    void add(std::vector<std::string> cells, Style style = Style::Plain);
    bool empty() const { return rows_.empty(); }
    void print(Output& output) const;

  private:
    struct Row {
        std::vector<std::string> cells;
        Style style;
    };
    std::vector<Column> columns_;
    std::vector<Row> rows_;
};

}  // namespace filigree::app
