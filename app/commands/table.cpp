// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <unordered_map>

#include "app/command_tree.h"
#include "app/context.h"
#include "app/format.h"
#include "base/error.h"
#include "config/nearest.h"
#include "store/run_groups.h"
#include "store/run_table.h"

/// table: mean and spread over runs that differ in their seed alone.
namespace filigree::app {
namespace {

using nlohmann::json;

struct TableOptions {
    std::string metric = "test/acc";
    std::string value = "last";
    std::string where;
    std::vector<std::string> rows, beside;
    std::string columns;
    std::string form = "auto";
    std::string spread = "sd";
    std::string file;
    int digits = -1;
    bool percent = false;
    bool unfinished = false;
};

store::MetricFunction functionOf(const std::string& word) {
    if (word == "best") return store::MetricFunction::Best;
    if (word == "min") return store::MetricFunction::Min;
    if (word == "max") return store::MetricFunction::Max;
    return store::MetricFunction::Last;
}

json toJson(const store::GroupTable& table) {
    json cells = json::array();
    for (std::size_t r = 0; r < table.rows.size(); ++r)
        for (std::size_t c = 0; c < table.columns.size(); ++c) {
            const store::GroupCell& cell = table.cells[r][c];
            if (cell.runs.empty()) continue;
            json one{{"keys", json::object()},
                     {"runs", cell.runs},
                     {"mean", cell.spread.mean},
                     {"sd", cell.spread.deviation},
                     {"ci95", cell.spread.half95}};
            for (const store::BesideColumn& column : table.beside)
                one["beside"][column.metric] = column.spreads[r].mean;
            for (std::size_t k = 0; k < table.rowKeys.size(); ++k)
                one["keys"][table.rowKeys[k]] = table.rows[r][k];
            if (!table.columnKey.empty()) one["keys"][table.columnKey] = table.columns[c];
            cells.push_back(std::move(one));
        }
    return {{"metric", table.metric}, {"cells", std::move(cells)}, {"mixed_keys", table.mixedKeys}};
}

/// Without a column key every statistic has a column.
void printGroups(Output& output, const store::GroupTable& groups) {
    std::vector<Table::Column> columns;
    for (const std::string& key : groups.rowKeys) columns.push_back({key});
    for (const char* title : {"runs", "mean", "sd", "95 %"}) columns.push_back({title, Table::Align::Right});
    for (const store::BesideColumn& column : groups.beside)
        columns.push_back({column.metric, Table::Align::Right});
    Table table(columns);
    // One run has no spread, and not every run every metric.
    const auto known = [](double value) { return std::isnan(value) ? "-" : shortNumber(value); };
    for (std::size_t r = 0; r < groups.rows.size(); ++r) {
        const store::GroupCell& cell = groups.cells[r].front();
        std::vector<std::string> line = groups.rows[r];
        line.push_back(std::to_string(cell.runs.size()));
        for (const double value : {cell.spread.mean, cell.spread.deviation, cell.spread.half95})
            line.push_back(known(value));
        for (const store::BesideColumn& column : groups.beside) line.push_back(known(column.spreads[r].mean));
        table.add(std::move(line));
    }
    table.print(output);
}

std::string textOf(const store::GroupTable& table, const TableOptions& options) {
    if (options.form == "csv") return store::toCsv(table);
    const store::NumberForm form{options.digits >= 0 ? options.digits
                                 : options.percent   ? 2
                                                     : 4,
                                 options.percent,
                                 options.spread == "none"   ? store::SpreadForm::None
                                 : options.spread == "ci95" ? store::SpreadForm::Interval95
                                                            : store::SpreadForm::Deviation};
    return options.form == "latex" ? store::toLatex(table, form) : store::toMarkdown(table, form);
}

void requireMetric(const store::Store& store, const std::string& metric, const char* option) {
    std::vector<std::string> names;
    for (const store::NamedId& tag : store::tagNames(store)) names.push_back(tag.name);
    if (std::find(names.begin(), names.end(), metric) == names.end())
        throw Error(ErrorKind::Usage, fmt::format("no run has the metric \"{}\"", metric), option,
                    config::didYouMean(metric, names));
}

/// What is no metric but known of every run: the seconds that it took, pauses not counted.
constexpr const char* timeField = "took";
constexpr const char* flopsField = "perf/training_flops";

/// Without a wish, a list for people has what training took and, where it is known, what it costs in theory.
void addBesideColumns(store::GroupTable& groups, const store::Store& store,
                      const std::vector<store::SelectedRun>& runs, const TableOptions& options) {
    std::vector<std::string> fields = options.beside;
    const bool listed = options.columns.empty() && options.form == "auto" && options.file.empty();
    if (fields.empty() && listed) {
        fields.emplace_back(timeField);
        const auto known = store::metricValues(store, {store::MetricFunction::Last, flopsField, 0});
        if (std::any_of(runs.begin(), runs.end(),
                        [&](const auto& run) { return known.contains(run.info.id); }))
            fields.emplace_back(flopsField);
    }
    for (const std::string& field : fields) {
        if (field != timeField) {
            requireMetric(store, field, "--beside");
            store::addBeside(groups, field,
                             store::metricValues(store, {store::MetricFunction::Last, field, 0}));
            continue;
        }
        std::unordered_map<std::int64_t, double> seconds;
        for (const auto& run : runs) seconds[run.info.id] = run.info.activeSeconds;
        store::addBeside(groups, "took (s)", seconds);
    }
}

int table(Context& context, const TableOptions& options) {
    Output& output = context.output();
    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    requireMetric(opened, options.metric, "--metric");
    auto runs = store::selectRuns(opened, options.where);
    if (!options.unfinished)
        std::erase_if(runs, [](const auto& run) { return run.info.state != store::RunState::Finished; });
    const auto values = store::metricValues(opened, {functionOf(options.value), options.metric, 0});
    auto groups = store::groupRuns(runs, options.metric, values, options.rows, options.columns);
    addBesideColumns(groups, opened, runs, options);
    for (const std::string& key : groups.mixedKeys)
        output.note(fmt::format(
            "careful: runs of one cell differ in {}; narrow with --where, or make it a row", printable(key)));
    if (!options.file.empty()) {
        std::ofstream file(options.file, std::ios::binary);
        file << textOf(groups, options);
        if (!file.flush()) throw Error(ErrorKind::Run, "the table cannot be written", options.file);
    } else if (output.json()) {
        output.print(toJson(groups));
    } else if (groups.rows.empty()) {
        output.note("no finished run has this metric");
    } else if (options.form == "auto" && options.columns.empty()) {
        printGroups(output, groups);
    } else {
        output.out() << textOf(groups, options);
    }
    return 0;
}

}  // namespace

void addTableCommands(CommandTree& tree) {
    const auto options = std::make_shared<TableOptions>();
    CLI::App* command =
        tree.add(nullptr, "table", "Mean and spread of a metric over runs that differ in their seed alone",
                 {{"filigree table --where tag:growth", "a line per configuration"},
                  {"filigree table --rows method --columns sparsity.density --percent",
                   "method x density, as Markdown"},
                  {"filigree table --rows name --beside took --beside perf/training_flops --form markdown",
                   "accuracy, measured time and operations in theory"},
                  {"filigree table --rows name --columns density --form latex -o table.tex", "for a paper"}},
                 [options](Context& context) { return table(context, *options); });
    command->add_option("--metric", options->metric, "What is compared")
        ->type_name("FIELD")
        ->default_str("test/acc");
    command->add_option("--value", options->value, "Which of its values: last, best, min, max")
        ->type_name("VALUE")
        ->default_str("last")
        ->check(CLI::IsMember({"last", "best", "min", "max"}));
    command->add_option("--where", options->where, "Only runs that fulfil this query, as in the run browser")
        ->type_name("QUERY");
    command
        ->add_option(
            "--rows", options->rows,
            "Key that makes the rows: method, preset, name, seed or one of the configuration; several "
            "make a row each combination")
        ->type_name("KEY")
        ->allow_extra_args(false);
    command->add_option("--columns", options->columns, "Key that makes the columns")->type_name("KEY");
    command
        ->add_option("--beside", options->beside,
                     "Another metric, its last value, or took, in a column of its own (no --columns); lists "
                     "have took and perf/training_flops")
        ->type_name("FIELD")
        ->allow_extra_args(false);
    command->add_option("--form", options->form, "markdown, csv or latex")
        ->type_name("FORM")
        ->check(CLI::IsMember({"markdown", "csv", "latex"}));
    command->add_option("--spread", options->spread, "Beside the mean: sd, ci95 (its 95 % interval) or none")
        ->type_name("SPREAD")
        ->default_str("sd")
        ->check(CLI::IsMember({"sd", "ci95", "none"}));
    command->add_option("--digits", options->digits, "Digits behind the point")
        ->type_name("N")
        ->check(CLI::Range(0, 12));
    command->add_flag("--percent", options->percent, "Show 100 times the value");
    command->add_flag("--unfinished", options->unfinished, "Also runs that have not finished");
    command->add_option("-o,--output", options->file, "Write to this file")->type_name("FILE");
}

}  // namespace filigree::app
