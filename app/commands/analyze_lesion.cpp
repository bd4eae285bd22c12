// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/analyze.h"

#include <fmt/format.h>

#include <charconv>
#include <istream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "base/error.h"
#include "run/lesion.h"

namespace filigree::app {
namespace {

using nlohmann::json;

struct LesionOptions : AnalysisOptions {
    std::string network;
    run::Cut cut;
    std::vector<std::string> places;
    std::int64_t samples = 1000;
    std::string save;
    bool fromInput = false;
};

std::pair<std::int64_t, std::int64_t> parsePlace(const std::string& text) {
    std::pair<std::int64_t, std::int64_t> place;
    const char* const end = text.data() + text.size();
    const auto row = std::from_chars(text.data(), end, place.first);
    if (row.ec == std::errc() && row.ptr != end && *row.ptr == ':') {
        const auto column = std::from_chars(row.ptr + 1, end, place.second);
        if (column.ec == std::errc() && column.ptr == end) return place;
    }
    throw Error(ErrorKind::Usage, fmt::format("\"{}\" is not a connection", text), "--edge",
                "give row and column, for example 12:40");
}

json errorJson(const Error& error) {
    return {{"error", {{"message", error.message()}, {"where", error.where()}, {"advice", error.advice()}}}};
}

/// Many lesions of one network that is read once: a line of JSON {"layers": [], "where": "", "save": ""} for
/// each on the standard input (all keys may be left out), a line with the result or {"error": …} on the
/// standard output. Ends with the input.
int answerLesions(Context& context, const LesionOptions& options, const data::SearchPath& folders) {
    std::ostream& out = context.output().out();
    std::istream& in = context.output().streams().in;
    const auto say = [&](const json& words) {
        out << words.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
    };
    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    std::optional<run::LesionBench> bench;
    std::string line;
    while (std::getline(in, line)) {
        try {
            if (!bench) bench.emplace(opened, options.network, options.samples, folders);
            const json wish = json::parse(line, nullptr, false);
            const auto text = [&](const char* key) {
                return wish.contains(key) && wish[key].is_string() ? wish[key].get<std::string>() : "";
            };
            if (!wish.is_object())
                throw Error(ErrorKind::Usage, "the line is not an object in JSON", line.substr(0, 60),
                            R"(write it like {"layers": ["fc1"], "where": "|w| < q10"})");
            run::Cut cut;
            cut.where = text("where");
            if (wish.contains("layers") && wish["layers"].is_array())
                for (const json& layer : wish["layers"])
                    if (layer.is_string()) cut.layers.push_back(layer.get<std::string>());
            const run::LesionResult result = bench->apply(cut);
            if (const std::string name = text("save"); !name.empty()) {
                store::Store written = context.openStore(store::Mode::ReadWrite);
                run::saveLesion(written, *bench, cut, result, name);
            }
            out << run::toJson(*bench, cut, result, true) << std::endl;
        } catch (const Error& error) {
            say(errorJson(error));
        }
    }
    return 0;
}

int analyzeLesion(Context& context, LesionOptions& options) {
    const data::SearchPath folders = applyAnalysisOptions(context, options);
    if (options.fromInput) return answerLesions(context, options, folders);
    for (const std::string& text : options.places) options.cut.places.push_back(parsePlace(text));
    Output& output = context.output();
    store::Store opened =
        context.openStore(options.save.empty() ? store::Mode::ReadOnly : store::Mode::ReadWrite);
    run::LesionBench bench(opened, options.network, options.samples, folders);
    const run::LesionResult result = bench.apply(options.cut);
    if (!options.save.empty()) run::saveLesion(opened, bench, options.cut, result, options.save);
    if (output.json()) {
        output.print(json::parse(run::toJson(bench, options.cut, result, false)));
        return 0;
    }
    std::int64_t removed = 0, connections = 0;
    for (const run::LesionLayer& layer : result.layers) {
        removed += layer.removed;
        connections += layer.connections;
    }
    Table table({{"class"},
                 {"samples", Table::Align::Right},
                 {"accuracy", Table::Align::Right},
                 {"with the lesion", Table::Align::Right},
                 {"loss", Table::Align::Right},
                 {"with the lesion", Table::Align::Right}});
    const auto line = [&](const std::string& name, std::int64_t count, double before, double after,
                          double lossBefore, double lossAfter) {
        table.add({name, std::to_string(count), fmt::format("{:.3f}", before), fmt::format("{:.3f}", after),
                   fmt::format("{:.4f}", lossBefore), fmt::format("{:.4f}", lossAfter)});
    };
    for (std::size_t c = 0; c < result.intact.count.size(); ++c) {
        const auto share = [&](const analysis::ClassEvaluation& side) {
            return side.count[c] > 0
                       ? static_cast<double>(side.correct[c]) / static_cast<double>(side.count[c])
                       : 0;
        };
        line(c < bench.classNames().size() ? bench.classNames()[c] : std::to_string(c),
             result.intact.count[c], share(result.intact), share(result.cut), result.intact.loss[c],
             result.cut.loss[c]);
    }
    const analysis::Evaluation before = result.intact.overall(), after = result.cut.overall();
    line("all", bench.samples(), before.accuracy, after.accuracy, before.loss, after.loss);
    table.print(output);
    output.note(fmt::format("{} of {} connections of run {} at step {} taken away, {:.0f} ms", removed,
                            connections, bench.subject().run, bench.subject().step(), 1000 * result.seconds));
    if (!options.save.empty()) output.note(fmt::format("kept as lesion/{}", options.save));
    return 0;
}

}  // namespace

void addLesion(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<LesionOptions>();
    CLI::App* command = tree.add(
        group, "lesion", "Take connections away and see what each class loses; the run stays as it is",
        {{"filigree analyze lesion last --layer fc1 --where \"age < 3 and |w| < q10\"",
          "young, weak connections of one layer"},
         {"filigree analyze lesion 3 --where \"|w| < q50\" --save weak-half",
          "the weaker half, kept as a record"},
         {"filigree analyze lesion 3 --layer fc2 --edge 4:17 --edge 4:20", "two connections: row:column"},
         {"filigree analyze lesion 3 --stdin < queries.jsonl",
          "many, each a line like {\"layers\": [\"fc1\"], \"where\": \"|w| < q10\"}"}},
        [options](Context& context) { return analyzeLesion(context, *options); });
    command->add_option("run", options->network, "Id, name, or last; with @STEP that checkpoint")
        ->required()
        ->type_name("RUN");
    command->add_option("--layer", options->cut.layers, "Layer; every sparse one if not given")
        ->type_name("LAYER")
        ->allow_extra_args(false);
    command
        ->add_option("--where", options->cut.where,
                     "Which connections: w, |w|, age, activity, row, column; qP is a quantile in percent")
        ->type_name("QUERY");
    command->add_option("--edge", options->places, "One connection of the layer, as row:column")
        ->type_name("ROW:COLUMN")
        ->allow_extra_args(false);
    command->add_option("--samples", options->samples, "Test samples to evaluate; 0 for all")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber)
        ->default_str("1000");
    command->add_option("--save", options->save, "Keep it as the record lesion/NAME")->type_name("NAME");
    command->add_flag(
        "--stdin", options->fromInput,
        "Answer queries from the standard input, a line of JSON each; the network is read once");
    addAnalysisOptions(command, *options);
}

}  // namespace filigree::app
