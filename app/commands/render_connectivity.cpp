// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/render.h"

#include <limits>

#ifdef FILIGREE_WINDOW
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>

#include "app/commands/render_picture.h"
#include "base/platform.h"
#include "ui/canvas/animated_png.h"
#include "ui/views/connectivity_film.h"
#include "ui/views/connectivity_painter.h"
#include "ui/views/connectivity_picture.h"
#include "ui/views/graph_film.h"
#include "ui/views/graph_painter.h"
#endif

/// render connectivity, graph: the connections of a layer and of a network, at a step or as a film.
namespace filigree::app {
namespace {

/// A picture at a step, or of all steps up to it.
struct FilmOptions : PictureOptions {
    std::optional<std::int64_t> step;
    bool film = false;
    double framesPerSecond = 10;

    /// Without --step: the newest.
    std::int64_t lastStep() const { return step.value_or(std::numeric_limits<std::int64_t>::max()); }
};

struct ConnectivityOptions : FilmOptions {
    std::string layer;
    std::string colour = "presence";
    std::string rows = "index", columns = "index";
    std::optional<std::int64_t> orderStep;
    std::string against;
    bool match = false;
};

struct GraphOptions : FilmOptions {
    std::size_t edges = 5000;
    std::string neuron;
};

#ifdef FILIGREE_WINDOW

bool isFilmFile(const std::string& name) {
    return name.ends_with(".png") || name.ends_with(".apng");
}

/// Every recorded frame up to --step: as FOLDER/frame-00001.png, …, or as one animated PNG.
template <typename Request, typename FrameOf>
int renderFilm(Context& context, const FilmOptions& options, const std::vector<std::int64_t>& steps,
               Request request, FrameOf frameOf, nlohmann::json facts) {
    const bool single = isFilmFile(options.file);
    const std::filesystem::path folder = options.file;
    const auto fileOf = [&](std::size_t frame) { return folder / fmt::format("frame-{:05}.png", frame + 1); };
    if (single)
        requireFree(options.file, options.overwrite);
    else if (!steps.empty())
        requireFree(fileOf(0).string(), options.overwrite);
    if (!single) std::filesystem::create_directories(folder);
    ui::Offscreen target(options.device);
    ui::AnimatedPng animated;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const ui::Picture picture = target.draw(frameOf(steps[i]));
        request.step = steps[i];
        if (single)
            animated.add(picture, static_cast<int>(std::lround(1000 / options.framesPerSecond)));
        else
            ui::writePng(picture, fileOf(i), pictureTexts(ui::commandOf(request)), options.colours);
    }
    if (single) {
        const std::vector<std::uint8_t> file = animated.encode(
            pictureTexts(ui::commandOf(request) + fmt::format(" --film --fps {}", options.framesPerSecond)));
        platform::writeFileDurably(options.file, file.data(), file.size());
    }
    facts["run"] = request.run;
    facts["frames"] = steps.size();
    facts[single ? "file" : "folder"] = options.file;
    return reportFile(context, options.file, std::move(facts));
}

/// "RUN" or "RUN@STEP"
std::optional<ui::Against> parseAgainst(const store::Reader& reader, const ConnectivityOptions& options) {
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

int renderLayerFilm(Context& context, const ConnectivityOptions& options, const store::Reader& reader,
                    const ui::ConnectivityFilm& film) {
    const std::vector<std::int64_t> steps = film.steps(reader, options.lastStep());
    const auto load = [&](std::int64_t step) { return film.load(reader, step, film.request.against); };
    ui::FilmPainter painter(film, steps.empty() ? nullptr : load(steps.back()));
    return renderFilm(context, options, steps, film.request,
                      [&](std::int64_t step) { return painter.frame(load(step)); },
                      {{"layer", film.request.layer}});
}

int draw(Context& context, const ConnectivityOptions& options) {
    const ui::Colouring colouring = ui::parseColouring(options.colour);
    const PictureSource source(context, options, !options.film);
    const store::Reader& reader = source.reader;
    const std::int64_t run = source.run;
    const std::int64_t step = options.lastStep();
    auto request = source.request<ui::ConnectivityRequest>();
    request.layer = ui::findLayer(reader, run, options.layer).layer;
    request.colouring = colouring;
    request.rows = ui::parseMatrixOrder(options.rows);
    request.columns = ui::parseMatrixOrder(options.columns);
    request.against = parseAgainst(reader, options);
    const ui::ChosenOrder order = ui::chooseOrder(
        reader, run, request.layer, options.orderStep.value_or(step), request.rows, request.columns);
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

int renderGraphFilm(Context& context, const GraphOptions& options, const store::Reader& reader,
                    const ui::GraphFilm& film) {
    const std::vector<std::int64_t> steps = film.steps(reader, options.lastStep());
    ui::GraphFilmPainter painter(film);
    return renderFilm(
        context, options, steps, film.request,
        [&](std::int64_t step) { return painter.frame(*film.load(reader, step)); }, nlohmann::json::object());
}

int draw(Context& context, const GraphOptions& options) {
    const PictureSource source(context, options, !options.film);
    if (options.film) {
        ui::GraphFilm film{source.request<ui::GraphPictureRequest>(), options.scale};
        film.request.edges = options.edges;
        film.request.neuron = options.neuron;
        return renderGraphFilm(context, options, source.reader, film);
    }
    const std::int64_t step = options.lastStep();
    auto picture = std::make_shared<ui::GraphPicture>();
    picture->graph = ui::loadGraph(source.reader, source.run, step);
    picture->shape = ui::GraphShape(picture->graph);
    const ui::NetworkGraph& graph = picture->graph;
    std::optional<ui::GraphNode> node;
    if (!options.neuron.empty()) node = ui::parseNode(graph, options.neuron);
    const auto edges =
        std::make_shared<const ui::GraphEdges>(ui::chooseEdges(graph, picture->shape, options.edges, node));
    auto request = source.request<ui::GraphPictureRequest>();
    request.step = graph.step;
    request.edges = options.edges;
    if (node) request.neuron = ui::nameOf(graph, *node);
    ui::GraphPainter painter;
    painter.model().show(picture, edges);
    writePictureTable(options, [&] { return ui::graphCsv(graph, *edges); });
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

#endif

/// Options of a picture that has a step.
void addFilmOptions(CLI::App* command, FilmOptions& options) {
    command->add_flag("--film", options.film,
                      "Draw every recorded frame up to --step: into the folder that --output names, or into "
                      "one animated PNG if it ends with .apng or .png");
    command->add_option("--fps", options.framesPerSecond, "Pictures of an animated PNG in a second")
        ->type_name("N")
        ->check(CLI::Range(0.1, 60.0))
        ->default_str("10");
}

}  // namespace

void addConnectivityPicture(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<ConnectivityOptions>();
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
        [options](Context& context) { return draw(context, *options); });
    addRunOption(command, options->run);
    command->add_option("--layer", options->layer, "Name of the layer; the first if not given")
        ->type_name("LAYER");
    addStepOption(command, options->step, "Step, or the snapshot before it; the newest if not given");
    addChoiceOption(command, "--colour", options->colour, "COLOURING", "What colours tell",
                    {"presence", "sign", "magnitude", "age", "activity"});
    command
        ->add_option("--against", options->against,
                     "Show what this run has, that one, and both; at a step, or at the same step")
        ->type_name("RUN[@STEP]");
    command->add_flag("--match", options->match,
                      "Match the neurons of the two runs first, by the connections that they share");
    for (const auto& [name, value] :
         {std::pair("--rows", &options->rows), std::pair("--columns", &options->columns)})
        addChoiceOption(command, name, *value, "ORDER", "What they are sorted by",
                        {"index", "degree", "cluster", "first-seen"});
    addFilmOptions(command, *options);
    command
        ->add_option("--order-step", options->orderStep,
                     "Whose pattern is sorted; the one that is drawn if not given")
        ->type_name("STEP")
        ->check(CLI::NonNegativeNumber);
    addPictureOptions(command, *options);
}

void addGraphPicture(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<GraphOptions>();
    CLI::App* command = tree.add(
        group, "graph", "Draw all layers of a network as units and edges, as a PNG file",
        {{"filigree render graph --run last -o network.png", "the strongest 5 000 edges, as it is now"},
         {"filigree render graph --run 3 --step 4000 --neuron fc1:37 -o paths.png",
          "the paths into and out of unit 37 of fc1"},
         {"filigree render graph --run 3 --edges 500 --csv edges.csv -o network.png",
          "the strongest 500 edges, and as a table"},
         {"filigree render graph --run 3 --edges 500 --film -o network.apng",
          "a film of every recorded frame, as an animated PNG"}},
        [options](Context& context) { return draw(context, *options); });
    addRunOption(command, options->run);
    addStepOption(command, options->step, "Step, or the snapshot before it; the newest if not given");
    command
        ->add_option("--edges", options->edges,
                     "Edges to draw one by one, the strongest of each layer; all others are density")
        ->type_name("N")
        ->check(CLI::Range(0, 100000))
        ->default_str("5000");
    command
        ->add_option("--neuron", options->neuron,
                     "Unit whose paths are drawn, for example fc1:37; input:12 is one of the first column")
        ->type_name("UNIT");
    addFilmOptions(command, *options);
    addTableOption(command, *options, "File for the drawn edges, a line per edge");
    addPictureOptions(command, *options);
}

}  // namespace filigree::app
