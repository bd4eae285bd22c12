// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/analyze.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "run/interrupt.h"
#include "run/landscape.h"

namespace filigree::app {
namespace {

using nlohmann::json;

/// "-0.3:1.3"
std::pair<double, double> parseRange(const std::string& text) {
    std::pair<double, double> range;
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, range.first);
    if (first.ec == std::errc() && first.ptr != end && *first.ptr == ':') {
        const auto second = std::from_chars(first.ptr + 1, end, range.second);
        if (second.ec == std::errc() && second.ptr == end && std::isfinite(range.first) &&
            std::isfinite(range.second))
            return range;
    }
    throw Error(ErrorKind::Usage, fmt::format("\"{}\" is not a range", text), "--range",
                "give two numbers, for example --range=-0.5:0.5");
}

json surfaceJson(const run::LandscapeResult& result) {
    const record::Surface& surface = result.surface;
    json fields = json::object();
    for (std::size_t f = 0; f < surface.fields.size(); ++f) {
        json rows = json::array();
        for (std::size_t y = 0; y < surface.y.size(); ++y) {
            json row = json::array();
            for (std::size_t x = 0; x < surface.x.size(); ++x)
                row.push_back(surface.values[f * surface.cells() + y * surface.x.size() + x]);
            rows.push_back(std::move(row));
        }
        fields[surface.fields[f]] = std::move(rows);
    }
    json points = json::array();
    for (const record::SurfacePoint& point : surface.points)
        points.push_back({{"label", point.label},
                          {"step", point.step},
                          {"x", point.x},
                          {"y", point.y},
                          {"residual", point.residual},
                          {"loss", point.loss},
                          {"accuracy", point.accuracy}});
    return {{"run", result.place.run},
            {"step", result.place.step},
            {"tag", surface.tag},
            {"complete", result.complete},
            {"computed", result.computed},
            {"from_store", result.found},
            {"seconds", result.seconds},
            {"first_picture_seconds", result.firstPictureSeconds},
            {"recipe", json::parse(surface.recipe)},
            {"results", json::parse(surface.results)},
            {"x", surface.x},
            {"y", surface.y},
            {"fields", std::move(fields)},
            {"points", std::move(points)}};
}

/// What was computed, for people and scripts: least, greatest and the value at the first network.
void printSurface(Output& output, const run::LandscapeResult& result) {
    const record::Surface& surface = result.surface;
    Table table({{"field"},
                 {"least", Table::Align::Right},
                 {"greatest", Table::Align::Right},
                 {"network", Table::Align::Right}});
    for (std::size_t f = 0; f < surface.fields.size(); ++f) {
        double least = NAN, greatest = NAN;
        for (std::size_t i = 0; i < surface.cells(); ++i) {
            const double value = surface.values[f * surface.cells() + i];
            least = std::fmin(least, value);
            greatest = std::fmax(greatest, value);
        }
        const record::SurfacePoint& first = surface.points.back();
        const double own = f == 0 ? first.loss : f == 1 ? first.accuracy : NAN;
        table.add({surface.fields[f], fmt::format("{:.4g}", least), fmt::format("{:.4g}", greatest),
                   std::isnan(own) ? "" : fmt::format("{:.4g}", own)});
    }
    table.print(output);
}

struct LandscapeOptions : AnalysisOptions {
    std::vector<std::string> networks;
    std::string along = "random";
    std::string normalization = "filter";
    std::string range;
    std::string data = "train";
    std::string csv;
    int dimensions = 2;
    int resolution = 31;
    std::int64_t samples = 1000;
    std::uint64_t seed = 0;
    bool outsideMask = false;
};

run::LandscapeResult compute(Context& context, const run::LandscapeRequest& request) {
    Output& output = context.output();
    store::Store opened = context.openStore(store::Mode::ReadWrite);
    run::countInterrupts();
    Steps steps(output);
    return run::computeLandscape(
        opened, request,
        [&](const run::LandscapeProgress& progress) {
            steps.show(fmt::format("{} of {} places{}", progress.done, progress.total,
                                   progress.newPicture ? ", a picture" : ""),
                       progress.newPicture);
        },
        [] { return run::interruptsSoFar() > 0; });
}

int analyzeLandscape(Context& context, const LandscapeOptions& options) {
    run::LandscapeRequest request;
    request.dataFolders = applyAnalysisOptions(context, options);
    request.networks = options.networks;
    request.along = options.along == "random"       ? run::Along::Random
                    : options.along == "trajectory" ? run::Along::Trajectory
                                                    : run::Along::Networks;
    request.dimensions = options.dimensions;
    request.resolution = options.resolution;
    if (!options.range.empty()) request.range = parseRange(options.range);
    request.samples = options.samples;
    request.data = options.data;
    request.seed = options.seed;
    request.normalization = analysis::parseNormalization(options.normalization);
    request.outsideMask = options.outsideMask;
    const run::LandscapeResult result = compute(context, request);
    if (!options.csv.empty()) writeTable(run::csvOf(result.surface), options.csv);

    Output& output = context.output();
    if (output.json()) {
        output.print(surfaceJson(result));
    } else {
        printSurface(output, result);
        output.note(
            fmt::format("{} in the store for run {} at step {}: {} places computed, {} were there, {:.1f} s",
                        result.surface.tag, result.place.run, result.place.step, result.computed,
                        result.found, result.seconds));
        output.note(result.complete
                        ? fmt::format("see it with: filigree render landscape --run {} --tag {} -o FILE.png",
                                      result.place.run, result.surface.tag)
                        : std::string("stopped; the same command goes on"));
    }
    return result.complete ? 0 : interruptedCode;
}

struct ConnectOptions : AnalysisOptions {
    std::vector<std::string> networks;
    int resolution = 21;
    std::int64_t samples = 1000;
    std::string data = "both";
};

int analyzeConnect(Context& context, const ConnectOptions& options) {
    run::LandscapeRequest request;
    request.dataFolders = applyAnalysisOptions(context, options);
    request.networks = options.networks;
    request.along = run::Along::Networks;
    request.dimensions = 1;
    request.resolution = options.resolution;
    request.samples = options.samples;
    request.data = options.data;
    const run::LandscapeResult result = compute(context, request);
    Output& output = context.output();
    const json barriers = json::parse(result.surface.results).value("barrier", json::object());
    if (output.json()) {
        output.print(surfaceJson(result));
    } else {
        Table table({{"figure"},
                     {"barrier", Table::Align::Right},
                     {"above the mean", Table::Align::Right},
                     {"at", Table::Align::Right}});
        for (const auto& [figure, barrier] : barriers.items())
            table.add({figure, fmt::format("{:.4f}", barrier["linear"].get<double>()),
                       fmt::format("{:.4f}", barrier["midpoint"].get<double>()),
                       fmt::format("{:.2f}", barrier["where"].get<double>())});
        table.print(output);
        output.note(fmt::format("{} in the store for run {} at step {}", result.surface.tag, result.place.run,
                                result.place.step));
    }
    return result.complete ? 0 : interruptedCode;
}

}  // namespace

void addLandscape(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<LandscapeOptions>();
    CLI::App* command = tree.add(
        group, "landscape", "Loss and accuracy over a line or plane of weight space, kept in the store",
        {{"filigree analyze landscape last", "a plane of two random directions, filter-normalised"},
         {"filigree analyze landscape 3 --along trajectory", "the plane in which training moved most"},
         {"filigree analyze landscape 3 4 5 --along networks --data both",
          "the plane through three networks"},
         {"filigree analyze landscape 3@400 --dimensions 1 --resolution 101", "a line, at step 400"}},
        [options](Context& context) { return analyzeLandscape(context, *options); });
    command->add_option("run", options->networks, "Id, name, or last; with @STEP that checkpoint")
        ->required()
        ->expected(1, 3)
        ->type_name("RUN");
    command
        ->add_option("--along", options->along, "Axes: random, trajectory (principal components), networks")
        ->type_name("AXES")
        ->check(CLI::IsMember({"random", "trajectory", "networks"}))
        ->default_str("random");
    command->add_option("--dimensions", options->dimensions, "1 for a line, 2 for a plane")
        ->type_name("N")
        ->check(CLI::Range(1, 2))
        ->default_str("2");
    command->add_option("--resolution", options->resolution, "Places on each axis")
        ->type_name("N")
        ->check(CLI::Range(2, 1001))
        ->default_str("31");
    command->add_option("--range", options->range, "First and last coordinate of both axes; -1:1 for random")
        ->type_name("FROM:TO");
    addSampleOptions(command, options->samples, options->data);
    command
        ->add_option("--normalize", options->normalization,
                     "Scale of random directions: filter, layer, weight, dfilter, dlayer, none")
        ->type_name("NORM")
        ->check(CLI::IsMember({"filter", "layer", "weight", "dfilter", "dlayer", "none"}))
        ->default_str("filter");
    command->add_flag("--outside-mask", options->outsideMask,
                      "Random directions over all positions, not the connections alone");
    command->add_option("--seed", options->seed, "Seed of directions and samples")
        ->type_name("N")
        ->default_str("0");
    command->add_option("--csv", options->csv, "Also write the values to a file")->type_name("FILE");
    addAnalysisOptions(command, *options);
}

void addConnect(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<ConnectOptions>();
    CLI::App* command =
        tree.add(group, "connect", "Linear mode connectivity: the barrier between two networks",
                 {{"filigree analyze connect 3 4", "from run 3 to run 4, each at its last checkpoint"},
                  {"filigree analyze connect 3@400 3 --resolution 11", "between two checkpoints of one run"}},
                 [options](Context& context) { return analyzeConnect(context, *options); });
    command->add_option("run", options->networks, "Two: id, name, or last; with @STEP that checkpoint")
        ->required()
        ->expected(2)
        ->type_name("RUN");
    command->add_option("--resolution", options->resolution, "Places on the line, ends included")
        ->type_name("N")
        ->check(CLI::Range(2, 1001))
        ->default_str("21");
    addSampleOptions(command, options->samples, options->data);
    addAnalysisOptions(command, *options);
}

}  // namespace filigree::app
