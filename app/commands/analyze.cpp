// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fstream>
#include <istream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <thread>

#include "app/command_tree.h"
#include "app/context.h"
#include "base/error.h"
#include "base/parallel.h"
#include "run/barriers.h"
#include "run/frames.h"
#include "run/gate_ablation.h"
#include "run/interrupt.h"
#include "run/landscape.h"
#include "run/lesion.h"
#include "run/sharpness.h"
#include "run/soup.h"

/// analyze: what a trained network is like: its loss landscape, its Hessian, the way to another network, and
/// what becomes of it without some connections.
namespace filigree::app {
namespace {

using nlohmann::json;

/// Exit code of a computation that was asked to stop; what it has is in the store.
constexpr int interruptedCode = 130;

struct CommonOptions {
    std::string threads;
    std::string dataDir;
};

void addCommonOptions(CLI::App* command, CommonOptions& options) {
    command->add_option("--threads", options.threads, "Threads to compute with")->type_name("N");
    command->add_option("--data-dir", options.dataDir, "Folder in which data sets are looked for first")
        ->type_name("DIR");
}

data::SearchPath applyCommon(Context& context, const CommonOptions& options) {
    if (!options.threads.empty()) context.override("threads", options.threads);
    if (!options.dataDir.empty()) context.override("data_dir", options.dataDir);
    const int all = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    setThreadCount(context.settings().threads().value_or(all));
    return context.settings().dataFolders();
}

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

/// A line on stderr, about once a second.
class Steps {
  public:
    explicit Steps(Output& output) : output_(output) {}
    void show(const std::string& line, bool important) {
        const auto now = std::chrono::steady_clock::now();
        if (!important && now - last_ < std::chrono::seconds(2)) return;
        last_ = now;
        output_.note(line);
    }

  private:
    Output& output_;
    std::chrono::steady_clock::time_point last_{};
};

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

void writeCsv(const record::Surface& surface, const std::string& path) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << run::csvOf(surface);
    file.close();
    if (!file)
        throw Error(ErrorKind::Run, "cannot write the file", path, "check the folder and its free space");
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

struct LandscapeOptions : CommonOptions {
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
    request.dataFolders = applyCommon(context, options);
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
    if (!options.csv.empty()) writeCsv(result.surface, options.csv);

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

struct ConnectOptions : CommonOptions {
    std::vector<std::string> networks;
    int resolution = 21;
    std::int64_t samples = 1000;
    std::string data = "both";
};

int analyzeConnect(Context& context, const ConnectOptions& options) {
    run::LandscapeRequest request;
    request.dataFolders = applyCommon(context, options);
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

struct BarriersOptions : CommonOptions {
    run::BarriersRequest request;
    std::string csv;
};

int analyzeBarriers(Context& context, BarriersOptions& options) {
    options.request.dataFolders = applyCommon(context, options);
    Output& output = context.output();
    store::Store opened = context.openStore(store::Mode::ReadWrite);
    run::countInterrupts();
    Steps steps(output);
    const run::BarriersResult result = run::computeBarriers(
        opened, options.request,
        [&](const run::BarriersProgress& progress) {
            steps.show(fmt::format("{} of {} pairs, {}", progress.pairs, progress.of, progress.pair), false);
        },
        [] { return run::interruptsSoFar() > 0; });
    const run::Barriers& barriers = result.barriers;
    if (!options.csv.empty()) {
        std::ofstream file(options.csv, std::ios::binary | std::ios::trunc);
        file << barriers.csv();
        file.close();
        if (!file)
            throw Error(ErrorKind::Run, "cannot write the file", options.csv,
                        "check the folder and its free space");
    }
    if (output.json()) {
        json facts = json::parse(run::writeBarriers(barriers, options.request));
        facts["run"] = result.place.run;
        facts["tag"] = result.tag;
        facts["computed"] = result.computed;
        facts["from_store"] = result.found;
        output.print(facts);
    } else {
        std::vector<Table::Column> columns{{"a"}, {"b"}};
        for (const std::string& figure : barriers.figures) columns.push_back({figure, Table::Align::Right});
        Table table(columns);
        for (std::size_t a = 0; a < barriers.networks.size(); ++a)
            for (std::size_t b = a + 1; b < barriers.networks.size(); ++b) {
                std::vector<std::string> row{barriers.networks[a], barriers.networks[b]};
                for (std::size_t f = 0; f < barriers.figures.size(); ++f)
                    row.push_back(
                        std::isnan(barriers.at(f, a, b)) ? "" : fmt::format("{:.4f}", barriers.at(f, a, b)));
                table.add(row);
            }
        table.print(output);
        output.note(barriers.complete
                        ? fmt::format("see it with: filigree render barriers --run {} --tag {} -o FILE.png",
                                      result.place.run, result.tag)
                        : std::string("stopped; the same command goes on"));
    }
    return barriers.complete ? 0 : interruptedCode;
}

struct HessianOptions : CommonOptions {
    run::SharpnessRequest request;
};

int analyzeHessian(Context& context, HessianOptions& options) {
    options.request.dataFolders = applyCommon(context, options);
    Output& output = context.output();
    store::Store opened = context.openStore(store::Mode::ReadWrite);
    run::countInterrupts();
    Steps steps(output);
    const run::Sharpness result = run::computeSharpness(
        opened, options.request,
        [&](const std::string& what, int products) {
            steps.show(fmt::format("{}: {} products", what, products), false);
        },
        [] { return run::interruptsSoFar() > 0; });
    if (output.json()) {
        json object = json::parse(run::toJson(result));
        object["density"] = {{"eigenvalue", result.density.at}, {"value", result.density.value}};
        output.print(std::move(object));
    } else {
        Table table({{"figure"}, {"value", Table::Align::Right}, {"note"}});
        const auto line = [&](const std::string& name, double value, const std::string& note) {
            table.add({name, fmt::format("{:.5g}", value), note});
        };
        for (std::size_t i = 0; i < result.top.size(); ++i)
            line(fmt::format("eigenvalue {}", i + 1), result.top[i].value,
                 result.top[i].converged ? fmt::format("{} iterations", result.top[i].iterations)
                                         : "not converged");
        if (result.trace.probes > 0)
            line("trace", result.trace.mean,
                 fmt::format("+- {:.2g}, {} probes", result.trace.standardError, result.trace.probes));
        if (!result.ritz.empty()) {
            line("least", result.least, "Lanczos");
            line("greatest", result.greatest, "Lanczos");
        }
        line("loss", result.loss,
             fmt::format("{} parameters, {} of them without influence", result.parameters,
                         result.heldParameters));
        line("gradient norm", result.gradientNorm, "");
        line("error of a product", result.differenceError, "relative, from two step sizes");
        table.print(output);
        output.note(
            fmt::format("hessian/summary and hessian/density in the store for run {} at step {}, {:.1f} s",
                        result.place.run, result.place.step, result.seconds));
    }
    return result.stopped ? interruptedCode : 0;
}

struct SoupOptions : CommonOptions {
    run::SoupRequest request;
    std::string file;
};

json soupJson(const run::SoupResult& result) {
    const auto figures = [](const std::string& network, double density, const analysis::Evaluation& test) {
        return json{{"network", network},
                    {"density", density},
                    {"test", {{"loss", test.loss}, {"acc", test.accuracy}}}};
    };
    json members = json::array();
    for (const run::SoupMember& member : result.members)
        members.push_back(figures(member.label, member.density, member.test));
    return {{"members", std::move(members)},
            {"average", figures("average", result.density, result.test)},
            {"same_mask", result.sameMask},
            {"distance", result.diversity.meanDistance},
            {"angle", result.diversity.meanAngle}};
}

int analyzeSoup(Context& context, SoupOptions& options) {
    options.request.dataFolders = applyCommon(context, options);
    options.request.file = options.file;
    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    const run::SoupResult result = run::averageNetworks(opened, options.request);
    Output& output = context.output();
    if (output.json()) {
        output.print(soupJson(result));
        return 0;
    }
    Table table({{"network"},
                 {"density", Table::Align::Right},
                 {"test/acc", Table::Align::Right},
                 {"test/loss", Table::Align::Right}});
    const auto line = [&](const std::string& name, double density, const analysis::Evaluation& test) {
        table.add({name, fmt::format("{:.4f}", density), fmt::format("{:.4f}", test.accuracy),
                   fmt::format("{:.4f}", test.loss)});
    };
    for (const run::SoupMember& member : result.members) line(member.label, member.density, member.test);
    line("average", result.density, result.test);
    table.print(output);
    if (!result.sameMask)
        output.note(fmt::format("the masks differ: the average is {:.2f} times as dense as the first network",
                                result.density / result.members.front().density));
    return 0;
}

struct LesionOptions : CommonOptions {
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
    const data::SearchPath folders = applyCommon(context, options);
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
    command->add_option("--samples", options->samples, "Samples to evaluate; 0 for all")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber)
        ->default_str("1000");
    command->add_option("--data", options->data, "train, test or both")
        ->type_name("SPLIT")
        ->check(CLI::IsMember({"train", "test", "both"}))
        ->default_str("train");
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
    addCommonOptions(command, *options);
}

void addHessian(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<HessianOptions>();
    run::SharpnessRequest& request = options->request;
    CLI::App* command =
        tree.add(group, "hessian", "Sharpness: eigenvalues, trace and spectral density of the Hessian",
                 {{"filigree analyze hessian last", "the newest run, at its last checkpoint"},
                  {"filigree analyze hessian 3@400 --samples 2000 --lanczos-steps 100 --json",
                   "finer, for a program"}},
                 [options](Context& context) { return analyzeHessian(context, *options); });
    command->add_option("run", request.network, "Id, name, or last; with @STEP that checkpoint")
        ->required()
        ->type_name("RUN");
    const auto number = [&](const char* name, auto& value, const char* help) {
        command->add_option(name, value, help)
            ->type_name("N")
            ->check(CLI::NonNegativeNumber)
            ->default_str(std::to_string(value));
    };
    number("--samples", request.samples, "Training samples; 0 for all");
    number("--top", request.top, "Eigenvalues of largest magnitude by power iteration");
    number("--trace-probes", request.traceProbes, "Most probes of the trace");
    number("--lanczos-steps", request.lanczosSteps, "Steps of each Lanczos run; 0: no density");
    number("--density-probes", request.densityProbes, "Lanczos runs to average");
    number("--seed", request.seed, "Seed of samples and probes");
    command->add_flag("--single", request.single, "Single precision: faster, less exact");
    addCommonOptions(command, *options);
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
    command->add_option("--samples", options->samples, "Samples to evaluate; 0 for all")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber)
        ->default_str("1000");
    command->add_option("--data", options->data, "train, test or both")
        ->type_name("SPLIT")
        ->check(CLI::IsMember({"train", "test", "both"}))
        ->default_str("both");
    addCommonOptions(command, *options);
}

void addBarriers(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<BarriersOptions>();
    run::BarriersRequest& request = options->request;
    CLI::App* command =
        tree.add(group, "barriers", "Linear mode connectivity between every two of some networks",
                 {{"filigree analyze barriers 3 4 5 6", "six lines, each network at its last checkpoint"},
                  {"filigree analyze barriers 3@400 4@400 5@400 --data both --csv barriers.csv",
                   "at a step, on training data too, and as a table"}},
                 [options](Context& context) { return analyzeBarriers(context, *options); });
    command->add_option("run", request.networks, "Two or more: id, name, or last; with @STEP that checkpoint")
        ->required()
        ->expected(2, 100)
        ->type_name("RUN");
    command->add_option("--resolution", request.resolution, "Places on each line, ends included")
        ->type_name("N")
        ->check(CLI::Range(2, 1001))
        ->default_str("11");
    command->add_option("--samples", request.samples, "Samples to evaluate; 0 for all")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber)
        ->default_str("1000");
    command->add_option("--data", request.data, "train, test or both")
        ->type_name("SPLIT")
        ->check(CLI::IsMember({"train", "test", "both"}))
        ->default_str("test");
    command->add_option("--csv", options->csv, "Also write them to a file, a line per pair")
        ->type_name("FILE");
    addCommonOptions(command, *options);
}

void addSoup(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<SoupOptions>();
    CLI::App* command =
        tree.add(group, "soup", "Average networks of one mask and see whether the average is better",
                 {{"filigree analyze soup 3 4 5", "three runs, each at its last checkpoint"},
                  {"filigree analyze soup 3 4 --force", "although their masks differ: denser than they are"}},
                 [options](Context& context) { return analyzeSoup(context, *options); });
    command
        ->add_option("run", options->request.networks,
                     "Two or more: id, name, or last; with @STEP that checkpoint")
        ->required()
        ->expected(2, 1000)
        ->type_name("RUN");
    command->add_flag("--force", options->request.force, "Average networks whose masks differ");
    command->add_option("--save", options->file, "Write the average as safetensors")->type_name("FILE");
    addCommonOptions(command, *options);
}

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
    addCommonOptions(command, *options);
}

struct AblationOptions : CommonOptions {
    std::string network;
    std::int64_t levels = 21;
};

int analyzeAblation(Context& context, const AblationOptions& options) {
    const data::SearchPath folders = applyCommon(context, options);
    store::Store store = context.openStore(store::Mode::ReadWrite);
    const run::StoredAblation stored =
        run::computeGateAblation(store, options.network, options.levels, folders);
    const analysis::GateAblation& ablation = stored.ablation;
    Output& output = context.output();
    if (output.json()) {
        json levels = json::array();
        for (const analysis::AblationLevel& level : ablation.levels)
            levels.push_back({{"closed", level.closed},
                              {"threshold", level.threshold},
                              {"accuracy", level.accuracy},
                              {"f1_macro", level.f1Macro},
                              {"mean_absolute_error", level.absoluteError},
                              {"multiply_adds", level.multiplyAdds}});
        output.print({{"run", stored.place.run},
                      {"step", stored.place.step},
                      {"data", ablation.data},
                      {"items", ablation.items},
                      {"item", ablation.item},
                      {"unit", ablation.unit},
                      {"channels", ablation.channels},
                      {"constant",
                       {{"accuracy", ablation.constantAccuracy},
                        {"f1_macro", ablation.constantF1},
                        {"mean_absolute_error", ablation.constantError}}},
                      {"levels", std::move(levels)}});
        return 0;
    }
    Table table({{"closed", Table::Align::Right},
                 {"threshold", Table::Align::Right},
                 {"accuracy", Table::Align::Right},
                 {"macro F1", Table::Align::Right},
                 {"mean absolute error", Table::Align::Right},
                 {"multiply-adds", Table::Align::Right}});
    const auto number = [](const char* form, double value) {
        return std::isnan(value) ? std::string("-") : fmt::format(fmt::runtime(form), value);
    };
    for (const analysis::AblationLevel& level : ablation.levels)
        table.add({std::to_string(level.closed), fmt::format("{:.4f}", level.threshold),
                   fmt::format("{:.4f}", level.accuracy), fmt::format("{:.4f}", level.f1Macro),
                   number("{:.3f}", level.absoluteError), number("{:.0f}", level.multiplyAdds)});
    table.add({"constant", "-", fmt::format("{:.4f}", ablation.constantAccuracy),
               fmt::format("{:.4f}", ablation.constantF1), number("{:.3f}", ablation.constantError), "-"});
    table.print(output);
    output.note(fmt::format("{} channels, {} {}s of the {} data{}; kept as ablation/gates", ablation.channels,
                            ablation.items, ablation.item, ablation.data,
                            ablation.unit.empty() ? "" : ", errors in " + ablation.unit));
    if (!ablation.notice.empty()) output.note(ablation.notice);
    return 0;
}

void addAblation(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<AblationOptions>();
    CLI::App* command = tree.add(
        group, "ablation", "Close the weakest channels of a gated network and see what it still does",
        {{"filigree analyze ablation last", "from no channel to all, in 20 steps"},
         {"filigree analyze ablation 3@120 --levels 11 --json", "of an earlier checkpoint"}},
        [options](Context& context) { return analyzeAblation(context, *options); });
    command->add_option("run", options->network, "Id, name, or last; with @STEP that checkpoint")
        ->required()
        ->type_name("RUN");
    command->add_option("--levels", options->levels, "How many numbers of closed channels, from none to all")
        ->type_name("N")
        ->check(CLI::Range(2, 1001))
        ->default_str("21");
    addCommonOptions(command, *options);
}

struct FramesOptions : CommonOptions {
    std::string network;
    std::optional<std::int64_t> polyp;
    std::int64_t most = 24;
};

int analyzeFrames(Context& context, const FramesOptions& options) {
    const data::SearchPath folders = applyCommon(context, options);
    store::Store store = context.openStore(store::Mode::ReadWrite);
    const run::StoredFrames stored =
        run::computeFrames(store, options.network, options.polyp, options.most, folders);
    const analysis::FrameSet& set = stored.frames;
    const json scale = json::parse(set.scale);
    // Each stream's share of a prediction: the mean of its map.
    const auto meanOf = [&](const analysis::FrameStream& stream, std::size_t frame) {
        const auto places = static_cast<std::size_t>(stream.rows * stream.columns);
        double sum = 0;
        for (std::size_t i = 0; i < places; ++i) sum += static_cast<double>(stream.maps[frame * places + i]);
        return sum / static_cast<double>(places);
    };
    Output& output = context.output();
    if (output.json()) {
        json frames = json::array();
        for (std::size_t i = 0; i < set.items.size(); ++i) {
            json frame{{"item", set.items[i]}, {"truth", set.truth[i]}, {"predicted", set.predicted[i]}};
            if (!set.offsets.empty()) {
                frame["offset"] = set.offsets[i];
                for (const analysis::FrameStream& stream : set.streams)
                    frame["mean_of_map"][stream.name] = meanOf(stream, i);
            }
            frames.push_back(std::move(frame));
        }
        output.print({{"run", stored.place.run},
                      {"step", stored.place.step},
                      {"group", set.group},
                      {"of_all", set.all},
                      {"has_mask", !set.mask.empty()},
                      {"has_depth", !set.depthMm.empty()},
                      {"frames", std::move(frames)}});
        return 0;
    }
    std::vector<Table::Column> columns{
        {"frame", Table::Align::Right}, {"true", Table::Align::Right}, {"predicted", Table::Align::Right}};
    if (!set.offsets.empty()) {
        columns.push_back({"offset", Table::Align::Right});
        for (const analysis::FrameStream& stream : set.streams)
            columns.push_back({"map " + stream.name, Table::Align::Right});
    }
    Table table(columns);
    for (std::size_t i = 0; i < set.items.size(); ++i) {
        std::vector<std::string> row{std::to_string(set.items[i]), fmt::format("{:.2f}", set.truth[i]),
                                     fmt::format("{:.2f}", set.predicted[i])};
        if (!set.offsets.empty()) {
            row.push_back(fmt::format("{:.3f}", set.offsets[i]));
            for (const analysis::FrameStream& stream : set.streams)
                row.push_back(fmt::format("{:+.3f}", meanOf(stream, i)));
        }
        table.add(row);
    }
    table.print(output);
    output.note(fmt::format("{} of {} frames of polyp {}{}; kept as frames/{}", set.items.size(), set.all,
                            set.group, set.mapUnit.empty() ? "" : ", in " + set.mapUnit, set.group));
    output.note(scale.value("notice", ""));
    return 0;
}

void addFrames(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<FramesOptions>();
    CLI::App* command = tree.add(
        group, "frames", "Keep what a network sees of single frames, and where its prediction comes from",
        {{"filigree analyze frames last", "frames of the first polyp of the test data"},
         {"filigree analyze frames 3@120 --polyp 17 --json", "of an earlier checkpoint"}},
        [options](Context& context) { return analyzeFrames(context, *options); });
    command->add_option("run", options->network, "Id, name, or last; with @STEP that checkpoint")
        ->required()
        ->type_name("RUN");
    command->add_option("--polyp", options->polyp, "Polyp whose frames are kept; the first if not given")
        ->type_name("NUMBER");
    command->add_option("--most", options->most, "Frames at most, evenly spread over those of the polyp")
        ->type_name("N")
        ->check(CLI::Range(1, 1000))
        ->default_str("24");
    addCommonOptions(command, *options);
}

}  // namespace

void addAnalyzeCommands(CommandTree& tree) {
    CLI::App* group = tree.add(nullptr, "analyze", "Study a trained network: landscape, sharpness, lesions",
                               {{"filigree analyze landscape last", "the loss around the newest network"},
                                {"filigree analyze connect 3 4", "how far apart two networks are"}},
                               {});
    addLandscape(tree, group);
    addHessian(tree, group);
    addConnect(tree, group);
    addBarriers(tree, group);
    addSoup(tree, group);
    addLesion(tree, group);
    addAblation(tree, group);
    addFrames(tree, group);
}

}  // namespace filigree::app
