// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <numbers>
#include <optional>
#include <ostream>
#include <vector>

#include "app/command_tree.h"
#include "app/context.h"
#include "app/window_program.h"
#include "base/error.h"
#include "base/platform.h"
#include "base/process.h"
#include "base/version.h"
#include "store/reader.h"
#ifdef FILIGREE_WINDOW
#include "ui/canvas/animated_png.h"
#include "ui/canvas/offscreen.h"
#include "ui/canvas/scene.h"
#include "ui/views/acquisition_painter.h"
#include "ui/views/barrier_matrix.h"
#include "ui/views/connectivity_film.h"
#include "ui/views/connectivity_painter.h"
#include "ui/views/connectivity_picture.h"
#include "ui/views/density_painter.h"
#include "ui/views/gate_board_painter.h"
#include "ui/views/graph_film.h"
#include "ui/views/graph_painter.h"
#include "ui/views/landscape_painter.h"
#include "ui/views/predictions_painter.h"
#include "ui/views/render_command.h"
#include "ui/views/rewiring_painter.h"
#include "ui/views/soup_painter.h"
#endif

/// render: what the views of the window show, as pictures, without a display.
namespace filigree::app {
namespace {

namespace fs = std::filesystem;

struct RenderOptions {
    std::string run, layer, tag, field, file, table;
    std::int64_t step = -1;
    int phase = 0;
    std::string size = "1200x800";
    double scale = 1;
    std::string colour = "presence";
    std::string against;
    bool match = false;
    std::string rows = "index", columns = "index";
    std::int64_t orderStep = -1;
    bool film = false;
    bool relief = false;
    double turn = -34, tilt = 36;  ///< degrees
    std::string theme = "light";
    std::string device;
    bool overwrite = false;
    std::string gate, gatePart = "board", frame;
    std::int64_t channel = -1;
    std::int64_t closed = 0;
    std::string order = "mean";
    std::string part = "groups", sort = "number";
    bool reverse = false;
    std::optional<std::int64_t> group, item;
    std::size_t edges = 5000;
    std::string neuron;
    int colours = 0;
    std::optional<double> c;
    std::string sheet;  ///< description of a figure
    int dotsPerInch = 300;
    double framesPerSecond = 10;
};

#ifdef FILIGREE_WINDOW

struct Size {
    int width = 0;
    int height = 0;
};

/// "1200x800"
Size parseSize(const std::string& text) {
    const char* end = text.data() + text.size();
    Size size;
    const auto width = std::from_chars(text.data(), end, size.width);
    if (width.ec == std::errc() && width.ptr != end && *width.ptr == 'x') {
        const auto height = std::from_chars(width.ptr + 1, end, size.height);
        if (height.ec == std::errc() && height.ptr == end && size.width >= 64 && size.height >= 64 &&
            size.width <= 16384 && size.height <= 16384)
            return size;
    }
    throw Error(ErrorKind::Usage, fmt::format("\"{}\" is not a size", text), "filigree render --size",
                "give width and height in pixels, 64 to 16384 each, for example 1200x800");
}

void requireFree(const RenderOptions& options, const std::string& file) {
    std::error_code ignored;
    if (!options.overwrite && fs::exists(file, ignored))
        throw Error(ErrorKind::Usage, "the file exists already", file,
                    "choose another name, or add --overwrite");
}

ui::Appearance appearanceOf(const RenderOptions& options) {
    return options.theme == "dark" ? ui::Appearance::Dark : ui::Appearance::Light;
}

/// A store opened for reading and a run of it, after the files to be written were found free.
struct Source {
    Source(Context& context, const RenderOptions& options)
        : size((freeFiles(options), parseSize(options.size))),
          store(context.openStore(store::Mode::ReadOnly)),
          reader(store),
          run(reader.find(options.run)) {}

    /// A request for a picture of this run.
    template <typename Request>
    Request request(const RenderOptions& options) const {
        Request made;
        made.run = run;
        made.appearance = appearanceOf(options);
        made.width = size.width;
        made.height = size.height;
        return made;
    }

    Size size;
    store::Store store;
    store::Reader reader;
    std::int64_t run;

  private:
    static void freeFiles(const RenderOptions& options) {
        if (!options.film) requireFree(options, options.file);
        if (!options.table.empty()) requireFree(options, options.table);
    }
};

ui::PictureText textsOf(const std::string& command) {
    return {{"Software", "Filigree " + std::string(version())}, {"Source", command}};
}

/// Draws what `request` is of, writes it and says so: `facts` are for --json.
template <typename Request>
int writePicture(Context& context, const RenderOptions& options, ui::View& view, const Request& request,
                 nlohmann::json facts) {
    const ui::Picture picture =
        ui::render(view, request.width, request.height, static_cast<float>(options.scale), request.appearance,
                   options.device);
    ui::writePng(picture, options.file, textsOf(ui::commandOf(request)), options.colours);
    Output& output = context.output();
    if (output.json()) {
        facts["run"] = request.run;
        facts["file"] = options.file;
        output.print(facts);
    } else
        output.out() << options.file << '\n';
    return 0;
}

/// Writes the table that --csv asks for.
template <typename Records>
void writeTable(const RenderOptions& options, const Records& records) {
    if (options.table.empty()) return;
    const std::string text = records.csv();
    platform::writeFileDurably(options.table, text.data(), text.size());
}

int renderLandscape(Context& context, const RenderOptions& options) {
    const Source source(context, options);
    ui::LandscapePainter painter;
    painter.show(ui::loadLandscape(source.store, source.run, options.tag, options.field));
    const ui::LandscapeModel& model = painter.model();
    auto request = source.request<ui::LandscapePictureRequest>(options);
    request.tag = model.surface().tag;
    request.field = model.field();
    if (options.relief) {
        if (model.isLine())
            throw Error(ErrorKind::Usage, "a line has no surface", model.surface().tag,
                        "leave --surface out, or choose a plane by --tag");
        constexpr double degree = std::numbers::pi / 180;
        request.relief = true;
        request.turn = options.turn;
        request.tilt = options.tilt;
        painter.setRelief(true);
        painter.camera().set(options.turn * degree, options.tilt * degree);
    }
    return writePicture(context, options, painter, request,
                        {{"step", model.step()},
                         {"tag", model.surface().tag},
                         {"field", model.field()},
                         {"computed", model.known()}});
}

/// "RUN" or "RUN@STEP"
std::optional<ui::Against> parseAgainst(const store::Reader& reader, const RenderOptions& options) {
    if (options.against.empty()) {
        if (options.match)
            throw Error(ErrorKind::Usage, "there is nothing to match neurons with", "--match",
                        "say with which run: --against RUN");
        return std::nullopt;
    }
    ui::Against against;
    against.match = options.match;
    const std::size_t at = options.against.rfind('@');
    against.run = reader.find(std::string_view(options.against).substr(0, at));
    if (at != std::string::npos) {
        std::int64_t step = 0;
        const char* end = options.against.data() + options.against.size();
        const auto read = std::from_chars(options.against.data() + at + 1, end, step);
        if (read.ec != std::errc() || read.ptr != end || step < 0)
            throw Error(ErrorKind::Usage, fmt::format("\"{}\" names no step", options.against), "--against",
                        "write it like 3 or 3@4000");
        against.step = step;
    }
    return against;
}

bool isFilmFile(const std::string& name) {
    return name.ends_with(".png") || name.ends_with(".apng");
}

/// Every recorded frame up to --step: as FOLDER/frame-00001.png, …, or as one animated PNG.
template <typename Request, typename FrameOf>
int renderFilm(Context& context, const RenderOptions& options, const std::vector<std::int64_t>& steps,
               Request request, FrameOf frameOf, nlohmann::json facts) {
    const bool single = isFilmFile(options.file);
    const fs::path folder = options.file;
    const auto fileOf = [&](std::size_t frame) { return folder / fmt::format("frame-{:05}.png", frame + 1); };
    if (single)
        requireFree(options, options.file);
    else if (!steps.empty())
        requireFree(options, fileOf(0).string());
    if (!single) fs::create_directories(folder);
    ui::Offscreen target(options.device);
    ui::AnimatedPng animated;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const ui::Picture picture = target.draw(frameOf(steps[i]));
        request.step = steps[i];
        if (single)
            animated.add(picture, static_cast<int>(std::lround(1000 / options.framesPerSecond)));
        else
            ui::writePng(picture, fileOf(i), textsOf(ui::commandOf(request)), options.colours);
    }
    if (single) {
        const std::vector<std::uint8_t> file = animated.encode(
            textsOf(ui::commandOf(request) + fmt::format(" --film --fps {}", options.framesPerSecond)));
        platform::writeFileDurably(options.file, file.data(), file.size());
    }
    Output& output = context.output();
    if (output.json()) {
        facts["run"] = request.run;
        facts["frames"] = steps.size();
        facts[single ? "file" : "folder"] = options.file;
        output.print(facts);
    } else
        output.out() << options.file << '\n';
    return 0;
}

std::int64_t lastStep(const RenderOptions& options) {
    return options.step >= 0 ? options.step : std::numeric_limits<std::int64_t>::max();
}

int renderLayerFilm(Context& context, const RenderOptions& options, const store::Reader& reader,
                    const ui::ConnectivityFilm& film) {
    const std::vector<std::int64_t> steps = film.steps(reader, lastStep(options));
    const auto load = [&](std::int64_t step) { return film.load(reader, step, film.request.against); };
    ui::FilmPainter painter(film, steps.empty() ? nullptr : load(steps.back()));
    return renderFilm(context, options, steps, film.request,
                      [&](std::int64_t step) { return painter.frame(load(step)); },
                      {{"layer", film.request.layer}});
}

int renderGraphFilm(Context& context, const RenderOptions& options, const store::Reader& reader,
                    const ui::GraphFilm& film) {
    const std::vector<std::int64_t> steps = film.steps(reader, lastStep(options));
    ui::GraphFilmPainter painter(film);
    return renderFilm(
        context, options, steps, film.request,
        [&](std::int64_t step) { return painter.frame(*film.load(reader, step)); }, nlohmann::json::object());
}

int renderConnectivity(Context& context, const RenderOptions& options) {
    const ui::Colouring colouring = ui::parseColouring(options.colour);
    const Source source(context, options);
    const store::Reader& reader = source.reader;
    const std::int64_t run = source.run;
    const std::int64_t step = options.step >= 0 ? options.step : std::numeric_limits<std::int64_t>::max();
    auto request = source.request<ui::ConnectivityRequest>(options);
    request.layer = ui::findLayer(reader, run, options.layer).layer;
    request.colouring = colouring;
    request.rows = ui::parseMatrixOrder(options.rows);
    request.columns = ui::parseMatrixOrder(options.columns);
    request.against = parseAgainst(reader, options);
    const ui::ChosenOrder order =
        ui::chooseOrder(reader, run, request.layer, options.orderStep >= 0 ? options.orderStep : step,
                        request.rows, request.columns);
    if (!order.isIndex()) request.orderStep = order.step;
    if (options.film) return renderLayerFilm(context, options, reader, {request, order, options.scale});
    const auto pattern = ui::loadShown(reader, run, request.layer, step, request.against, order);
    request.step = pattern->step;

    ui::ConnectivityPainter painter;
    painter.model().show(ui::prepare(pattern, colouring));
    if (request.against) request.colouring = ui::Colouring::Side;
    nlohmann::json facts{
        {"layer", pattern->layer}, {"step", pattern->step}, {"connections", pattern->connections()}};
    if (const auto& against = pattern->against)
        facts["against"] = {{"run", against->run},          {"step", against->step},
                            {"only_a", against->onlyA},     {"only_b", against->onlyB},
                            {"both", against->both},        {"jaccard", against->jaccard()},
                            {"by_chance", against->chance}, {"matched", against->matched}};
    return writePicture(context, options, painter, request, std::move(facts));
}

int renderGraph(Context& context, const RenderOptions& options) {
    const Source source(context, options);
    if (options.film) {
        ui::GraphFilm film{source.request<ui::GraphPictureRequest>(options), options.scale};
        film.request.edges = options.edges;
        film.request.neuron = options.neuron;
        return renderGraphFilm(context, options, source.reader, film);
    }
    const std::int64_t step = options.step >= 0 ? options.step : std::numeric_limits<std::int64_t>::max();
    auto picture = std::make_shared<ui::GraphPicture>();
    picture->graph = ui::loadGraph(source.reader, source.run, step);
    picture->shape = ui::GraphShape(picture->graph);
    const ui::NetworkGraph& graph = picture->graph;
    std::optional<ui::GraphNode> node;
    if (!options.neuron.empty()) node = ui::parseNode(graph, options.neuron);
    const auto edges =
        std::make_shared<const ui::GraphEdges>(ui::chooseEdges(graph, picture->shape, options.edges, node));
    auto request = source.request<ui::GraphPictureRequest>(options);
    request.step = graph.step;
    request.edges = options.edges;
    if (node) request.neuron = ui::nameOf(graph, *node);
    ui::GraphPainter painter;
    painter.model().show(picture, edges);
    if (!options.table.empty()) {
        const std::string text = ui::graphCsv(graph, *edges);
        platform::writeFileDurably(options.table, text.data(), text.size());
    }
    const ui::NetworkGraph::Dead dead = graph.dead();
    return writePicture(context, options, painter, request,
                        {{"step", graph.step},
                         {"layers", graph.layers.size()},
                         {"connections", graph.connections()},
                         {"edges_drawn", edges->drawn()},
                         {"without_incoming", dead.noIncoming},
                         {"without_outgoing", dead.noOutgoing},
                         {"unused_inputs", dead.unusedInputs}});
}

int renderRewiring(Context& context, const RenderOptions& options) {
    const Source source(context, options);
    ui::RewiringPainter painter;
    painter.show(ui::loadRewiring(source.reader, source.run, options.layer));
    const ui::RewiringHistory& history = painter.rewiring().history;
    if (history.empty())
        throw Error(ErrorKind::Usage, "the pattern of this run never moved", options.run,
                    "choose a run whose connections are dropped and grown");
    auto request = source.request<ui::RewiringPictureRequest>(options);
    request.layer = options.layer;
    if (options.step >= 0) request.step = options.step;
    painter.setStep(request.step);
    writeTable(options, history);
    return writePicture(context, options, painter, request,
                        {{"layer", options.layer},
                         {"rounds", history.rounds.size() - 1},
                         {"last_step", history.rounds.back().step},
                         {"exploration", history.exploration(history.rounds.size() - 1)}});
}

int renderAcquisition(Context& context, const RenderOptions& options) {
    const Source source(context, options);
    ui::Acquisition acquisition =
        ui::loadAcquisition(source.reader, source.run, options.layer,
                            options.step >= 0 ? std::optional(options.step) : std::nullopt);
    if (acquisition.empty())
        throw Error(ErrorKind::Usage, "no candidates of a round were recorded", options.run,
                    "choose another layer, or run again with --set record.candidates_every=1");
    ui::AcquisitionPainter painter;
    auto request = source.request<ui::AcquisitionPictureRequest>(options);
    request.layer = acquisition.layer;
    request.step = acquisition.step;
    request.c = options.c;
    painter.show(std::move(acquisition));
    if (options.c) painter.setTrial(*options.c);
    const ui::AcquisitionRound& round = *painter.acquisition().round;
    const ui::AcquisitionChoice& choice = painter.choice();
    if (!options.table.empty()) {
        const std::string text = round.csv(choice);
        platform::writeFileDurably(options.table, text.data(), text.size());
    }
    return writePicture(context, options, painter, request,
                        {{"layer", request.layer},
                         {"step", request.step},
                         {"candidates", round.candidates()},
                         {"grown", round.grown()},
                         {"c", ui::tradeOffText(choice.c)},
                         {"changed", choice.changed},
                         {"never_active", choice.neverActive},
                         {"mean_gradient", choice.meanGradient}});
}

/// Pages with letters and charts are drawn by the program that has Qt, without a screen.
int renderFigure(Context& context, const RenderOptions& options) {
    requireFree(options, options.file);
    const int code = platform::runProgram(
        windowProgram(), {"-platform", "offscreen", "--figure", fs::absolute(options.sheet).string(),
                          "--output", fs::absolute(options.file).string(), "--dpi",
                          std::to_string(options.dotsPerInch), "--colours", std::to_string(options.colours)});
    if (code != 0) return code;
    Output& output = context.output();
    if (output.json())
        output.print({{"file", options.file}});
    else
        output.out() << options.file << '\n';
    return 0;
}

int renderBarriers(Context& context, const RenderOptions& options) {
    const Source source(context, options);
    ui::BarrierTable table = ui::loadBarriers(source.reader, source.run, options.tag);
    const std::size_t figure = options.field.empty() ? table.figures.size() - 1 : table.figure(options.field);
    auto request = source.request<ui::BarrierPictureRequest>(options);
    request.tag = table.tag;
    request.figure = table.figures[figure];
    const nlohmann::json facts{{"tag", table.tag},
                               {"figure", request.figure},
                               {"networks", table.networks},
                               {"complete", table.complete}};
    ui::BarrierMatrixPainter painter;
    painter.show(std::move(table), figure);
    return writePicture(context, options, painter, request, facts);
}

int renderSoup(Context& context, const RenderOptions& options) {
    const Source source(context, options);
    ui::SoupPainter painter;
    painter.show(ui::loadSoup(source.reader, source.run));
    const ui::Soup& soup = painter.soup();
    if (soup.empty())
        throw Error(ErrorKind::Usage, "this run recorded no networks of a soup", options.run,
                    "choose a run of the method sparse_model_soups whose dense training has ended");
    if (options.phase > 0) {
        if (!soup.barriersOf(options.phase))
            throw Error(ErrorKind::Usage, "this phase has no barriers", std::to_string(options.phase),
                        "choose a phase that has ended, of a soup with at least two copies");
        painter.setPhase(options.phase);
    }
    auto request = source.request<ui::SoupPictureRequest>(options);
    request.phase = options.phase;
    writeTable(options, soup);
    return writePicture(context, options, painter, request,
                        {{"phases", soup.phases()}, {"networks", soup.networks.size()}});
}

int renderDensity(Context& context, const RenderOptions& options) {
    const Source source(context, options);
    ui::DensityPainter painter;
    painter.show(ui::loadDensities(source.reader, source.run));
    const ui::DensityHistory& history = painter.history();
    if (history.empty())
        throw Error(ErrorKind::Usage, "this run recorded no densities", options.run,
                    "choose a run with sparse layers");
    writeTable(options, history);
    return writePicture(context, options, painter, source.request<ui::DensityPictureRequest>(options),
                        {{"curves", history.curves.size()}});
}

/// The tip of one channel, with its maps for a frame if some are kept.
void showChannel(const Source& source, const RenderOptions& options, ui::GateBoardPainter& painter,
                 ui::GatePictureRequest& request) {
    if (options.channel < 0) return;
    request.channel = static_cast<std::int32_t>(options.channel);
    painter.setHovered(request.channel);
    const std::vector<ui::MappedFrame>& frames = painter.records().frames;
    const auto wanted = [&](const ui::MappedFrame& frame) {
        return options.frame.empty() || options.frame == fmt::format("{}:{}", frame.group, frame.item);
    };
    const auto found = std::find_if(frames.begin(), frames.end(), wanted);
    if (found == frames.end()) {
        if (options.frame.empty()) return;
        throw Error(ErrorKind::Usage, "no feature maps of this frame are kept", options.frame,
                    fmt::format("compute them: filigree analyze frames {} --polyp NUMBER", source.run));
    }
    painter.showFeatures(ui::loadFeatures(source.reader, source.run, *found));
    request.frameGroup = found->group;
    request.frameItem = found->item;
}

int renderGates(Context& context, const RenderOptions& options) {
    const Source source(context, options);
    ui::GateBoardPainter painter;
    painter.show(ui::loadGates(source.reader, source.run));
    const ui::GateRecords& records = painter.records();
    if (records.gates.empty())
        throw Error(ErrorKind::Usage, "this run recorded no gates", options.run,
                    "choose a run of a method with gates, for example decoys");
    painter.setPart(ui::gatePartFrom(options.gatePart));
    if (painter.part() == ui::GatePart::Ablation && !records.ablation)
        throw Error(ErrorKind::Usage, "no ablation of this run was computed", options.run,
                    fmt::format("compute it: filigree analyze ablation {}", source.run));
    if (painter.part() == ui::GatePart::Pruning && !records.pruning)
        throw Error(ErrorKind::Usage, "no channels of this run were taken out", options.run,
                    fmt::format("compute it: filigree analyze prune {}", source.run));
    if (painter.part() == ui::GatePart::Modes) painter.showModes(ui::loadModes(source.store, source.run));
    painter.setClosed(options.closed);
    painter.setOrder(ui::gateOrderFrom(options.order));
    if (!options.gate.empty()) {
        painter.chooseGate(options.gate);
        if (painter.chosenGate() != options.gate) {
            std::string names;
            for (const ui::GateSeries& gate : records.gates) names += (names.empty() ? "" : ", ") + gate.name;
            throw Error(ErrorKind::Usage, "the run has no such gate", options.gate, "it has " + names);
        }
    }
    auto request = source.request<ui::GatePictureRequest>(options);
    showChannel(source, options, painter, request);
    request.part = options.gatePart;
    request.closed = painter.closed();
    request.gate = painter.chosenGate();
    request.order = options.order;
    if (options.step >= 0) request.step = options.step;
    painter.setStep(request.step);
    if (painter.part() == ui::GatePart::Modes)
        writeTable(options, *painter.modes());
    else
        writeTable(options, records);
    const ui::GateFigures figures = ui::figuresAt(records, painter.shownStep());
    return writePicture(context, options, painter, request,
                        {{"step", painter.shownStep()},
                         {"gates", records.gates.size()},
                         {"channels", figures.count},
                         {"mean", figures.mean},
                         {"effective_channels", figures.effective}});
}

int renderPredictions(Context& context, const RenderOptions& options) {
    const Source source(context, options);
    auto request = source.request<ui::PredictionsPictureRequest>(options);
    if (options.step >= 0) request.step = options.step;
    ui::PredictionsPainter painter;
    painter.show(ui::loadPredictions(source.reader, source.run, request.step));
    const ui::Predictions& predictions = painter.predictions();
    if (predictions.empty())
        throw Error(ErrorKind::Usage, "this run recorded no predictions", options.run,
                    "choose a run that predicts polyp sizes, for example sizing");
    painter.setPart(ui::predictionsPartFrom(options.part));
    painter.setOrder(ui::groupOrderFrom(options.sort), options.reverse);
    painter.choose(options.group);
    if (options.group && painter.chosen() != options.group)
        throw Error(ErrorKind::Usage, "there is no such group among the predictions",
                    std::to_string(*options.group), "leave --group out, or see --csv for those there are");
    if (painter.part() == ui::PredictionsPart::Frames) {
        const std::int64_t group = painter.chosen().value_or(0);
        painter.showFrames(group, ui::loadFrames(source.reader, source.run, group));
        if (!painter.explorer().frames())
            throw Error(
                ErrorKind::Usage, "no frames were kept of this group", std::to_string(group),
                fmt::format("keep them with: filigree analyze frames {} --polyp {}", source.run, group));
        painter.explorer().choose(options.item.value_or(1));
        if (options.item && painter.explorer().chosen() != options.item)
            throw Error(ErrorKind::Usage, "this frame was not kept", std::to_string(*options.item),
                        "leave --item out, or keep more with: filigree analyze frames --most");
        request.item = painter.explorer().chosen();
    }
    request.part = ui::nameOf(painter.part());
    request.order = options.sort;
    request.reverse = options.reverse;
    request.group = request.item ? painter.chosen() : options.group;
    writeTable(options, predictions);
    const ui::Agreement agreement = predictions.agreement();
    nlohmann::json facts{{"step", predictions.step},
                         {"items", predictions.items.size()},
                         {"groups", predictions.groups.size()}};
    if (!predictions.items.empty()) {
        facts["mean_absolute_error_of_items"] = predictions.ofItems().absolute;
        facts["mean_absolute_error_of_groups"] = predictions.ofGroups().absolute;
        facts["bias"] = agreement.bias;
        facts["limits_of_agreement"] = {agreement.low(), agreement.high()};
    }
    if (const auto constant = predictions.ofConstant())
        facts["mean_absolute_error_of_constant"] = constant->absolute;
    return writePicture(context, options, painter, request, std::move(facts));
}

#else

[[noreturn]] void failWithoutPictures() {
    throw Error(ErrorKind::Device, "this program was built without pictures", "filigree render",
                "build it with FILIGREE_WINDOW=ON");
}

int renderConnectivity(Context&, const RenderOptions&) {
    failWithoutPictures();
}

int renderGraph(Context&, const RenderOptions&) {
    failWithoutPictures();
}

int renderBarriers(Context&, const RenderOptions&) {
    failWithoutPictures();
}

int renderLandscape(Context&, const RenderOptions&) {
    failWithoutPictures();
}

int renderRewiring(Context&, const RenderOptions&) {
    failWithoutPictures();
}

int renderAcquisition(Context&, const RenderOptions&) {
    failWithoutPictures();
}

int renderFigure(Context&, const RenderOptions&) {
    failWithoutPictures();
}

int renderGates(Context&, const RenderOptions&) {
    failWithoutPictures();
}

int renderSoup(Context&, const RenderOptions&) {
    failWithoutPictures();
}

int renderDensity(Context&, const RenderOptions&) {
    failWithoutPictures();
}

int renderPredictions(Context&, const RenderOptions&) {
    failWithoutPictures();
}

#endif

/// Options that every picture has.
void addPictureOptions(CLI::App* command, RenderOptions& options) {
    command->add_option("--size", options.size, "Width and height in pixels")
        ->type_name("WxH")
        ->default_str("1200x800");
    command->add_option("--scale", options.scale, "How many of these pixels a person sees as one")
        ->type_name("FACTOR")
        ->check(CLI::Range(0.5, 8.0))
        ->default_str("1");
    command->add_option("--theme", options.theme, "light or dark")
        ->type_name("THEME")
        ->check(CLI::IsMember({"light", "dark"}))
        ->default_str("light");
    command->add_option("--device", options.device, "Part of a Vulkan device's name, or software")
        ->type_name("NAME");
    command->add_option("--colours", options.colours, "At most so many, for a smaller file; all if not given")
        ->type_name("N")
        ->check(CLI::Range(2, 256));
    command->add_flag("--overwrite", options.overwrite, "Write over a file that exists");
    command->add_option("-o,--output", options.file, "PNG file to write")->required()->type_name("FILE");
}

/// Options of a picture that has a step.
void addFilmOptions(CLI::App* command, RenderOptions& options) {
    command->add_flag("--film", options.film,
                      "Draw every recorded frame up to --step: into the folder that --output names, or into "
                      "one animated PNG if it ends with .apng or .png");
    command->add_option("--fps", options.framesPerSecond, "Pictures of an animated PNG in a second")
        ->type_name("N")
        ->check(CLI::Range(0.1, 60.0))
        ->default_str("10");
}

}  // namespace

void addRenderCommands(CommandTree& tree) {
    CLI::App* group = tree.add(
        nullptr, "render", "Draw what the window shows, without a display",
        {{"filigree render connectivity --run last -o mask.png", "a layer's connections"},
         {"filigree render graph --run last -o network.png", "all layers as a graph"},
         {"filigree render rewiring --run last -o rounds.png", "all rounds of dropping and growing"},
         {"filigree render acquisition --run last -o candidates.png", "what a round chose from"},
         {"filigree render gates --run last -o gates.png", "the gates of a run"},
         {"filigree render landscape --run last -o loss.png", "a loss landscape"},
         {"filigree render barriers --run 3 -o barriers.png", "barriers between networks"},
         {"filigree render soup --run last -o soup.png", "the networks of a soup"},
         {"filigree render predictions --run last -o predictions.png", "predicted sizes of polyps"},
         {"filigree render density --run last -o density.png", "the density of each layer over time"},
         {"filigree render figure paper.toml -o paper.pdf", "several of them on a page"}},
        {});
    const auto options = std::make_shared<RenderOptions>();
    CLI::App* command = tree.add(
        group, "connectivity", "Draw which connections of a layer are there, as a PNG file",
        {{"filigree render connectivity --run last -o mask.png", "the first layer, as it is now"},
         {"filigree render connectivity --run 3 --layer fc2 --step 4000 --colour sign -o fc2.png",
          "weights by sign, at step 4000"},
         {"filigree render connectivity --run 3 --size 2400x1600 --scale 2 --theme dark -o slide.png",
          "for a dense display"},
         {"filigree render connectivity --run 3 --against 4 --match -o twins.png",
          "what two runs have in common, neurons matched"},
         {"filigree render connectivity --run 3 --rows cluster --columns cluster -o blocks.png",
          "rows and columns that belong together side by side"},
         {"filigree render connectivity --run 3 --film -o frames",
          "a film: frames/frame-00001.png, one for every recorded frame"},
         {"filigree render connectivity --run 3 --film --fps 20 -o film.apng",
          "the same as an animated PNG"}},
        [options](Context& context) { return renderConnectivity(context, *options); });
    command->add_option("--run", options->run, "Id, name, or last")->required()->type_name("RUN");
    command->add_option("--layer", options->layer, "Name of the layer; the first if not given")
        ->type_name("LAYER");
    command->add_option("--step", options->step, "Step, or the snapshot before it; the newest if not given")
        ->type_name("STEP")
        ->check(CLI::NonNegativeNumber);
    command
        ->add_option("--colour", options->colour,
                     "What colours tell: presence, sign, magnitude, age, activity")
        ->type_name("COLOURING")
        ->check(CLI::IsMember({"presence", "sign", "magnitude", "age", "activity"}))
        ->default_str("presence");
    command
        ->add_option("--against", options->against,
                     "Show what this run has, that one, and both; at a step, or at the same step")
        ->type_name("RUN[@STEP]");
    command->add_flag("--match", options->match,
                      "Match the neurons of the two runs first, by the connections that they share");
    for (const auto& [name, value] :
         {std::pair("--rows", &options->rows), std::pair("--columns", &options->columns)})
        command->add_option(name, *value, "What they are sorted by: index, degree, cluster, first-seen")
            ->type_name("ORDER")
            ->check(CLI::IsMember({"index", "degree", "cluster", "first-seen"}))
            ->default_str("index");
    addFilmOptions(command, *options);
    command
        ->add_option("--order-step", options->orderStep,
                     "Whose pattern is sorted; the one that is drawn if not given")
        ->type_name("STEP")
        ->check(CLI::NonNegativeNumber);
    addPictureOptions(command, *options);

    const auto network = std::make_shared<RenderOptions>();
    CLI::App* graph = tree.add(
        group, "graph", "Draw all layers of a network as units and edges, as a PNG file",
        {{"filigree render graph --run last -o network.png", "the strongest 5 000 edges, as it is now"},
         {"filigree render graph --run 3 --step 4000 --neuron fc1:37 -o paths.png",
          "the paths into and out of unit 37 of fc1"},
         {"filigree render graph --run 3 --edges 500 --csv edges.csv -o network.png",
          "the strongest 500 edges, and as a table"},
         {"filigree render graph --run 3 --edges 500 --film -o network.apng",
          "a film of every recorded frame, as an animated PNG"}},
        [network](Context& context) { return renderGraph(context, *network); });
    graph->add_option("--run", network->run, "Id, name, or last")->required()->type_name("RUN");
    graph->add_option("--step", network->step, "Step, or the snapshot before it; the newest if not given")
        ->type_name("STEP")
        ->check(CLI::NonNegativeNumber);
    graph
        ->add_option("--edges", network->edges,
                     "Edges to draw one by one, the strongest of each layer; all others are density")
        ->type_name("N")
        ->check(CLI::Range(0, 100000))
        ->default_str("5000");
    graph
        ->add_option("--neuron", network->neuron,
                     "Unit whose paths are drawn, for example fc1:37; input:12 is one of the first column")
        ->type_name("UNIT");
    addFilmOptions(graph, *network);
    graph->add_option("--csv", network->table, "File for the drawn edges, a line per edge")
        ->type_name("FILE");
    addPictureOptions(graph, *network);

    const auto rounds = std::make_shared<RenderOptions>();
    CLI::App* rewiring =
        tree.add(group, "rewiring", "Draw what rewiring did over a run, as a PNG file",
                 {{"filigree render rewiring --run last -o rounds.png", "all layers as one"},
                  {"filigree render rewiring --run 3 --layer fc2 --csv rounds.csv -o rounds.png",
                   "a layer, with its numbers"}},
                 [rounds](Context& context) { return renderRewiring(context, *rounds); });
    rewiring->add_option("--run", rounds->run, "Id, name, or last")->required()->type_name("RUN");
    rewiring->add_option("--layer", rounds->layer, "Name of the layer; all as one if not given")
        ->type_name("LAYER");
    rewiring->add_option("--step", rounds->step, "Step to mark by a line")
        ->type_name("STEP")
        ->check(CLI::NonNegativeNumber);
    rewiring->add_option("--csv", rounds->table, "File for the numbers, a line per round")->type_name("FILE");
    addPictureOptions(rewiring, *rounds);

    const auto candidates = std::make_shared<RenderOptions>();
    CLI::App* acquisition = tree.add(
        group, "acquisition", "Draw what a round chose from, and what another c would have grown",
        {{"filigree render acquisition --run last -o candidates.png", "the last round of the first layer"},
         {"filigree render acquisition --run 3 --layer fc2 --step 400 --c 0.1 --csv moved.csv -o fc2.png",
          "what if c had been 0.1"}},
        [candidates](Context& context) { return renderAcquisition(context, *candidates); });
    acquisition->add_option("--run", candidates->run, "Id, name, or last")->required()->type_name("RUN");
    acquisition->add_option("--layer", candidates->layer, "Name of the layer; the first if not given")
        ->type_name("LAYER");
    acquisition
        ->add_option("--step", candidates->step, "The newest round at or before it; the last if not given")
        ->type_name("STEP")
        ->check(CLI::NonNegativeNumber);
    acquisition
        ->add_option("--c", candidates->c,
                     "Trade-off to choose again with, inf: fewest rounds first; the run's own if not given")
        ->type_name("C")
        ->check(CLI::NonNegativeNumber);
    acquisition
        ->add_option("--csv", candidates->table, "File for a line per candidate that was grown or is chosen")
        ->type_name("FILE");
    addPictureOptions(acquisition, *candidates);

    const auto page = std::make_shared<RenderOptions>();
    CLI::App* figure =
        tree.add(group, "figure", "Draw a figure of several panels, as the page Figure saves it",
                 {{"filigree render figure paper.toml -o paper.pdf", "charts as vectors, views at 300 dpi"},
                  {"filigree render figure paper.toml -o paper.png", "all of it as pixels"}},
                 [page](Context& context) { return renderFigure(context, *page); });
    figure->add_option("file", page->sheet, "TOML file that describes the figure")
        ->required()
        ->type_name("FILE");
    figure->add_option("--dpi", page->dotsPerInch, "Dots per inch of a PNG file")
        ->type_name("N")
        ->check(CLI::Range(30, 1200))
        ->default_str("300");
    figure->add_option("--colours", page->colours, "At most so many in a PNG file; all if not given")
        ->type_name("N")
        ->check(CLI::Range(2, 256));
    figure->add_flag("--overwrite", page->overwrite, "Write over a file that exists");
    figure->add_option("-o,--output", page->file, "PDF or PNG file to write")->required()->type_name("FILE");

    const auto board = std::make_shared<RenderOptions>();
    CLI::App* gates =
        tree.add(group, "gates", "Draw the gates of a run: channels at a step and over time, as a PNG file",
                 {{"filigree render gates --run last -o gates.png", "as they are now"},
                  {"filigree render gates --run 3 --step 200 --order first-open --csv gates.csv -o gates.png",
                   "at step 200, with all scores"}},
                 [board](Context& context) { return renderGates(context, *board); });
    gates->add_option("--run", board->run, "Id, name, or last")->required()->type_name("RUN");
    gates
        ->add_option("--part", board->gatePart,
                     "What is drawn: board, ridges (histograms over the run), routing (its two "
                     "passes), ablation (channels closed), pruning (channels taken out), modes (runs with "
                     "other gates, over seeds)")
        ->type_name("PART")
        ->check(CLI::IsMember({"board", "ridges", "routing", "ablation", "pruning", "modes"}))
        ->default_str("board");
    gates->add_option("--closed", board->closed, "How many channels are closed where the slider stands")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber);
    gates->add_option("--gate", board->gate, "Gate to draw over time; the first if not given")
        ->type_name("GATE");
    gates
        ->add_option("--channel", board->channel,
                     "Channel of the gate whose scores and feature maps are shown")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber);
    gates->add_option("--frame", board->frame, "Frame of these maps; the first that is kept if not given")
        ->type_name("POLYP:FRAME");
    gates->add_option("--step", board->step, "Step, or the record before it; the newest if not given")
        ->type_name("STEP")
        ->check(CLI::NonNegativeNumber);
    gates->add_option("--order", board->order, "How channels stand: recorded, mean, last, first-open")
        ->type_name("ORDER")
        ->check(CLI::IsMember({"recorded", "mean", "last", "first-open"}))
        ->default_str("mean");
    gates->add_option("--csv", board->table, "File for all scores, a line per step and channel")
        ->type_name("FILE");
    addPictureOptions(gates, *board);

    const auto landscape = std::make_shared<RenderOptions>();
    CLI::App* surface = tree.add(
        group, "landscape", "Draw a loss landscape that filigree analyze has computed, as a PNG file",
        {{"filigree render landscape --run last -o loss.png", "the one that was computed last"},
         {"filigree render landscape --run 3 --field test/acc --theme dark -o accuracy.png",
          "the accuracy on test data"},
         {"filigree render landscape --run 3 --surface --turn 20 -o surface.png", "in three dimensions"}},
        [landscape](Context& context) { return renderLandscape(context, *landscape); });
    surface->add_option("--run", landscape->run, "Id, name, or last")->required()->type_name("RUN");
    surface->add_option("--tag", landscape->tag, "Name of the landscape; the newest if not given")
        ->type_name("LANDSCAPE");
    surface
        ->add_option("--field", landscape->field,
                     "train/loss, train/acc, test/loss, test/acc; the first if not given")
        ->type_name("FIELD");
    surface->add_flag("--surface", landscape->relief, "As a lit surface instead of a map");
    surface->add_option("--turn", landscape->turn, "Of the surface about its vertical axis, in degrees")
        ->type_name("DEGREES")
        ->check(CLI::Range(-360.0, 360.0))
        ->default_str("-34");
    surface->add_option("--tilt", landscape->tilt, "From the side (5) to from above (90), in degrees")
        ->type_name("DEGREES")
        ->check(CLI::Range(5.0, 90.0))
        ->default_str("36");
    addPictureOptions(surface, *landscape);

    const auto matrix = std::make_shared<RenderOptions>();
    CLI::App* barriers = tree.add(
        group, "barriers", "Draw the barriers that filigree analyze barriers has computed, as a PNG file",
        {{"filigree render barriers --run 3 -o barriers.png", "run 3 was the first that was named"},
         {"filigree render barriers --run 3 --figure test/loss --theme dark -o barriers.png", "of the loss"}},
        [matrix](Context& context) { return renderBarriers(context, *matrix); });
    barriers->add_option("--run", matrix->run, "Id, name, or last")->required()->type_name("RUN");
    barriers->add_option("--tag", matrix->tag, "Name of the record; the newest if not given")
        ->type_name("TAG");
    barriers
        ->add_option("--figure", matrix->field,
                     "train/loss, train/error, test/loss, test/error; the last if not given")
        ->type_name("FIGURE");
    addPictureOptions(barriers, *matrix);

    const auto networks = std::make_shared<RenderOptions>();
    CLI::App* soup =
        tree.add(group, "soup", "Draw the networks of a soup, their accuracies and barriers, as a PNG file",
                 {{"filigree render soup --run last -o soup.png", "all phases, barriers of the last one"},
                  {"filigree render soup --run 3 --phase 1 --csv soup.csv -o soup.png",
                   "barriers of the first phase, and all networks as a table"}},
                 [networks](Context& context) { return renderSoup(context, *networks); });
    soup->add_option("--run", networks->run, "Id, name, or last")->required()->type_name("RUN");
    soup->add_option("--phase", networks->phase, "Phase whose barriers are shown; the last if not given")
        ->type_name("PHASE")
        ->check(CLI::PositiveNumber);
    soup->add_option("--csv", networks->table, "File for the numbers, a line per network")->type_name("FILE");
    addPictureOptions(soup, *networks);

    const auto densities = std::make_shared<RenderOptions>();
    CLI::App* density =
        tree.add(group, "density", "Draw how dense each layer is over the steps of a run, as a PNG file",
                 {{"filigree render density --run last -o density.png", "a line for each layer"},
                  {"filigree render density --run 3 --csv density.csv --theme dark -o density.png",
                   "and the numbers"}},
                 [densities](Context& context) { return renderDensity(context, *densities); });
    density->add_option("--run", densities->run, "Id, name, or last")->required()->type_name("RUN");
    density->add_option("--csv", densities->table, "File for the numbers, a line per step and layer")
        ->type_name("FILE");
    addPictureOptions(density, *densities);

    const auto predicted = std::make_shared<RenderOptions>();
    CLI::App* predictions =
        tree.add(group, "predictions",
                 "Draw predicted numbers or classes against the truth, per item and per group, as a PNG file",
                 {{"filigree render predictions --run last -o polyps.png",
                   "table of polyps, and the frames of the first"},
                  {"filigree render predictions --run 3 --sort error --csv polyps.csv -o polyps.png",
                   "the worst first, and all frames as a table"},
                  {"filigree render predictions --run 3 --part agreement -o agreement.png",
                   "confusion matrices and Bland-Altman"},
                  {"filigree render predictions --run 3 --part frames --group 17 --item 2 -o frame.png",
                   "a frame that filigree analyze frames has kept"}},
                 [predicted](Context& context) { return renderPredictions(context, *predicted); });
    predictions->add_option("--run", predicted->run, "Id, name, or last")->required()->type_name("RUN");
    predictions->add_option("--part", predicted->part, "What is drawn: groups, agreement, frames")
        ->type_name("PART")
        ->check(CLI::IsMember({"groups", "agreement", "frames"}))
        ->default_str("groups");
    predictions
        ->add_option("--step", predicted->step, "Step, or the record before it; the newest if not given")
        ->type_name("STEP")
        ->check(CLI::NonNegativeNumber);
    predictions
        ->add_option("--sort", predicted->sort,
                     "Order of the table: number, truth, median, mean, deviation, class, error, items")
        ->type_name("ORDER")
        ->check(CLI::IsMember({"number", "truth", "median", "mean", "deviation", "class", "error", "items"}))
        ->default_str("number");
    predictions->add_flag("--reverse", predicted->reverse, "Turn that order round");
    predictions
        ->add_option("--group", predicted->group, "Group whose items are drawn; the first row if not given")
        ->type_name("NUMBER");
    predictions
        ->add_option("--item", predicted->item, "Item of the group that frames draws; the first if not given")
        ->type_name("NUMBER")
        ->check(CLI::PositiveNumber);
    predictions->add_option("--csv", predicted->table, "File for the numbers, a line per item")
        ->type_name("FILE");
    addPictureOptions(predictions, *predicted);
}

}  // namespace filigree::app
