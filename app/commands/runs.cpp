// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "app/command_tree.h"
#include "app/context.h"
#include "app/format.h"
#include "app/run_view.h"
#include "base/error.h"
#include "config/nearest.h"
#include "store/export_csv.h"
#include "store/reader.h"

/// runs, show, metrics, log: reading what was kept.
namespace filigree::app {
namespace {

using nlohmann::json;

struct ListOptions {
    std::string method, tag;
    std::vector<std::string> states;
    bool bin = false;
    std::int64_t limit = 0;
};

int listRuns(Context& context, const ListOptions& options) {
    store::RunFilter filter;
    if (!options.method.empty()) filter.method = options.method;
    if (!options.tag.empty()) filter.tag = options.tag;
    for (const std::string& word : options.states) filter.states.push_back(store::parseRunState(word));
    filter.withDeleted = options.bin;

    std::vector<store::RunInfo> runs;
    if (const auto opened = context.openStoreIfAny(store::Mode::ReadOnly))
        runs = store::Reader(*opened).runs(filter);
    if (options.bin) std::erase_if(runs, [](const store::RunInfo& run) { return !run.deleted; });
    if (options.limit > 0 && runs.size() > static_cast<std::size_t>(options.limit))
        runs.resize(static_cast<std::size_t>(options.limit));

    Output& output = context.output();
    if (output.json()) {
        json list = json::array();
        for (const store::RunInfo& run : runs) list.push_back(summaryJson(run));
        output.print({{"runs", std::move(list)}});
        return 0;
    }
    if (runs.empty()) {
        output.note(options.bin ? "the bin is empty" : "no runs; make one with: filigree run digits");
        return 0;
    }
    Table table({{"id", Table::Align::Right},
                 {"status"},
                 {"name"},
                 {"method"},
                 {"preset"},
                 {"seed", Table::Align::Right},
                 {"steps", Table::Align::Right},
                 {"took", Table::Align::Right},
                 {"age", Table::Align::Right},
                 {"tags"}});
    const double now = store::unixNow();
    for (const store::RunInfo& run : runs) {
        std::string tags;
        for (const std::string& tag : run.tags) tags += (tags.empty() ? "" : ",") + tag;
        table.add(
            {std::to_string(run.id), stateWord(run), run.name, run.method, run.preset,
             std::to_string(run.seed),
             run.progress.totalSteps > 0 ? fmt::format("{}/{}", run.progress.step, run.progress.totalSteps)
                                         : std::to_string(run.progress.step),
             duration(run.activeSeconds), age(now - run.created), tags},
            stateStyle(run));
    }
    table.print(output);
    return 0;
}

struct ShowOptions {
    std::string run;
    bool toml = false;
};

int show(Context& context, const ShowOptions& options) {
    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    const store::Reader reader(opened);
    const std::int64_t run = reader.find(options.run);
    if (options.toml)
        context.output().out() << runFileOf(reader, reader.run(run));
    else if (context.output().json())
        context.output().print(fullJson(reader, reader.run(run)));
    else
        showRun(context.output(), reader, reader.run(run));
    return 0;
}

struct MetricsOptions {
    std::string run, tag;
    std::int64_t from = 0;
    std::int64_t to = std::numeric_limits<std::int64_t>::max();
};

int listTags(Context& context, const store::Reader& reader, std::int64_t run) {
    const auto last = reader.lastScalars(run);
    const auto extremes = reader.scalarExtremes(run);
    Output& output = context.output();
    json list = json::array();
    Table table({{"metric"},
                 {"points", Table::Align::Right},
                 {"last", Table::Align::Right},
                 {"least", Table::Align::Right},
                 {"greatest", Table::Align::Right}});
    for (const store::NamedScalar& scalar : last) {
        store::ScalarExtremes found;
        for (const store::ScalarExtremes& each : extremes)
            if (each.tag == scalar.tag) found = each;
        list.push_back({{"tag", scalar.tag},
                        {"count", found.count},
                        {"last", scalar.point.value},
                        {"last_step", scalar.point.step},
                        {"least", found.least},
                        {"least_step", found.leastStep},
                        {"greatest", found.greatest},
                        {"greatest_step", found.greatestStep}});
        table.add({scalar.tag, std::to_string(found.count), shortNumber(scalar.point.value),
                   shortNumber(found.least), shortNumber(found.greatest)});
    }
    if (output.json())
        output.print({{"run", run}, {"metrics", std::move(list)}});
    else if (table.empty())
        output.note(fmt::format("run {} has recorded no metrics", run));
    else
        table.print(output);
    return 0;
}

int metrics(Context& context, const MetricsOptions& options) {
    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    const store::Reader reader(opened);
    const std::int64_t run = reader.find(options.run);
    if (options.tag.empty()) return listTags(context, reader, run);

    const auto points = reader.scalars(run, options.tag, options.from, options.to);
    Output& output = context.output();
    if (points.empty()) {
        const auto tags = reader.scalarTags(run);
        if (std::find(tags.begin(), tags.end(), options.tag) == tags.end()) {
            const std::string near = config::didYouMean(options.tag, tags);
            throw Error(ErrorKind::Usage, fmt::format("run {} has no metric \"{}\"", run, options.tag), "",
                        near.empty() ? fmt::format("filigree metrics {} lists them", run) : near);
        }
    }
    if (output.json()) {
        json list = json::array();
        for (const store::ScalarPoint& point : points)
            list.push_back({{"step", point.step},
                            {"value", point.value},
                            {"time", point.time},
                            {"attempt", point.attempt}});
        output.print({{"run", run}, {"tag", options.tag}, {"points", std::move(list)}});
        return 0;
    }
    // All digits: this is what other programs read.
    Table table({{"step", Table::Align::Right}, {"value", Table::Align::Right}, {"time"}});
    for (const store::ScalarPoint& point : points)
        table.add({std::to_string(point.step), store::csvNumber(point.value), isoTime(point.time)});
    table.print(output);
    return 0;
}

struct LogOptions {
    std::string run;
    bool follow = false;
};

const char* levelName(record::LogLevel level) {
    switch (level) {
        case record::LogLevel::Debug:
            return "debug";
        case record::LogLevel::Info:
            return "info";
        case record::LogLevel::Warning:
            return "warning";
        case record::LogLevel::Error:
            return "error";
    }
    return "";
}

void printLog(Output& output, const store::LogLine& line) {
    const Style style = line.level == record::LogLevel::Error     ? Style::Bad
                        : line.level == record::LogLevel::Warning ? Style::Warning
                                                                  : Style::Plain;
    const char separator = output.form() == Form::Plain ? '\t' : ' ';
    output.out() << isoTime(line.time) << separator << fmt::format("step {}", line.step) << separator
                 << output.onOut(style, levelName(line.level)) << separator << printable(line.message)
                 << '\n';
}

int showLog(Context& context, const LogOptions& options) {
    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    const store::Reader reader(opened);
    const std::int64_t run = reader.find(options.run);
    Output& output = context.output();
    std::vector<store::LogLine> lines = reader.log(run);
    if (output.json()) {
        json list = json::array();
        for (const store::LogLine& line : lines)
            list.push_back({{"time", line.time},
                            {"step", line.step},
                            {"attempt", line.attempt},
                            {"level", levelName(line.level)},
                            {"message", line.message}});
        output.print({{"run", run}, {"log", std::move(list)}});
        return 0;
    }
    std::int64_t last = 0;
    for (;;) {
        for (const store::LogLine& line : lines) {
            printLog(output, line);
            last = line.id;
        }
        output.out().flush();
        if (!options.follow) return 0;
        // One more look after the end, for lines that came with it.
        const bool ended = store::hasEnded(reader.run(run).state);
        lines = reader.log(run, last);
        if (ended && lines.empty()) return 0;
        std::this_thread::sleep_for(std::chrono::milliseconds(ended ? 0 : 300));
    }
}

}  // namespace

void addRunsCommands(CommandTree& tree) {
    const auto list = std::make_shared<ListOptions>();
    CLI::App* runs = tree.add(nullptr, "runs", "List the runs of the store, newest first",
                              {{"filigree runs", "all of them"},
                               {"filigree runs --state interrupted --json", "for a script that resumes them"},
                               {"filigree runs --bin", "what was deleted and can be restored"}},
                              [list](Context& context) { return listRuns(context, *list); });
    runs->add_option("--method", list->method, "Only runs of this method")->type_name("METHOD");
    runs->add_option("--tag", list->tag, "Only runs with this tag")->type_name("WORD");
    runs->add_option("--state", list->states,
                     "Only runs that are queued, running, paused, finished, failed, stopped or interrupted")
        ->type_name("STATE")
        ->allow_extra_args(false)
        ->check(
            CLI::IsMember({"queued", "running", "paused", "finished", "failed", "stopped", "interrupted"}));
    runs->add_option("--limit", list->limit, "At most so many")->type_name("N")->check(CLI::PositiveNumber);
    runs->add_flag("--bin", list->bin, "The runs in the bin instead");

    const auto one = std::make_shared<ShowOptions>();
    CLI::App* showing =
        tree.add(nullptr, "show", "Show one run: state, configuration, last value of every metric",
                 {{"filigree show last", "the newest run"},
                  {"filigree show 3 --toml > again.toml", "its configuration, to run it again"}},
                 [one](Context& context) { return show(context, *one); });
    showing->add_option("run", one->run, "Id, name, or last")->required()->type_name("RUN");
    showing->add_flag("--toml", one->toml, "Print its configuration as a TOML file instead");

    const auto points = std::make_shared<MetricsOptions>();
    CLI::App* metric =
        tree.add(nullptr, "metrics", "List the metrics of a run, or all points of one",
                 {{"filigree metrics last", "which there are"},
                  {"filigree metrics last test/acc --plain", "one of them, for a spreadsheet"}},
                 [points](Context& context) { return metrics(context, *points); });
    metric->add_option("run", points->run, "Id, name, or last")->required()->type_name("RUN");
    metric->add_option("tag", points->tag, "Name of a metric")->type_name("TAG");
    metric->add_option("--from", points->from, "First step")->type_name("STEP");
    metric->add_option("--to", points->to, "Last step")->type_name("STEP");

    const auto lines = std::make_shared<LogOptions>();
    CLI::App* log = tree.add(nullptr, "log", "Print what a run logged",
                             {{"filigree log last --follow", "until the run ends"}},
                             [lines](Context& context) { return showLog(context, *lines); });
    log->add_option("run", lines->run, "Id, name, or last")->required()->type_name("RUN");
    log->add_flag("-f,--follow", lines->follow, "Go on printing until the run ends");
}

}  // namespace filigree::app
