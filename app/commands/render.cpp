// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <numbers>
#include <ostream>
#include <vector>

#include "app/command_tree.h"
#include "app/context.h"
#include "base/error.h"
#include "base/platform.h"
#include "base/version.h"
#include "store/reader.h"
#ifdef FILIGREE_WINDOW
#include "ui/canvas/offscreen.h"
#include "ui/canvas/scene.h"
#include "ui/views/connectivity_painter.h"
#include "ui/views/connectivity_picture.h"
#include "ui/views/density_painter.h"
#include "ui/views/gate_board_painter.h"
#include "ui/views/landscape_painter.h"
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
    std::string gate;
    std::string order = "mean";
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

int renderLandscape(Context& context, const RenderOptions& options) {
    const Size size = parseSize(options.size);
    requireFree(options, options.file);
    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    const std::int64_t run = store::Reader(opened).find(options.run);
    ui::LandscapePainter painter;
    painter.show(ui::loadLandscape(opened, run, options.tag, options.field));
    const ui::LandscapeModel& model = painter.model();
    ui::LandscapePictureRequest request{
        "", run, model.surface().tag, model.field(), appearanceOf(options), size.width, size.height};
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
    const ui::Picture picture =
        ui::render(painter, size.width, size.height, static_cast<float>(options.scale), request.appearance,
                   options.device);
    ui::writePng(picture, options.file,
                 {{"Software", "Filigree " + std::string(version())}, {"Source", ui::commandOf(request)}});
    Output& output = context.output();
    if (output.json())
        output.print({{"run", run},
                      {"step", model.step()},
                      {"tag", model.surface().tag},
                      {"field", model.field()},
                      {"computed", model.known()},
                      {"file", options.file}});
    else
        output.out() << options.file << '\n';
    return 0;
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

/// Every recorded frame up to --step as FOLDER/frame-00001.png, …: colours span the same range in all of
/// them.
int renderFilm(Context& context, const RenderOptions& options, const store::Reader& reader,
               ui::ConnectivityRequest request, const ui::ChosenOrder& order) {
    const std::int64_t last = options.step >= 0 ? options.step : std::numeric_limits<std::int64_t>::max();
    std::vector<std::int64_t> steps;
    for (const store::MaskFrameInfo& frame : reader.maskSteps(request.run, request.layer))
        if (frame.step <= last && (steps.empty() || steps.back() != frame.step)) steps.push_back(frame.step);
    const fs::path folder = options.file;
    const auto fileOf = [&](std::size_t frame) { return folder / fmt::format("frame-{:05}.png", frame + 1); };
    if (!steps.empty()) requireFree(options, fileOf(0).string());
    fs::create_directories(folder);
    const auto shown = [&](std::int64_t step) {
        const auto pattern = ui::loadShown(reader, request.run, request.layer, step, request.against, order);
        // As in the window: before values were recorded, presence.
        return ui::prepare(
            pattern, ui::knows(*pattern, request.colouring) ? request.colouring : ui::Colouring::Presence);
    };
    ui::ConnectivityPainter painter;
    std::pair<double, double> range;
    if (!steps.empty() && !request.against && request.colouring != ui::Colouring::Presence) {
        painter.model().show(shown(steps.back()));
        range = painter.model().range();
    }
    ui::Offscreen target(options.device);
    ui::Scene scene;
    scene.setAppearance(request.appearance);
    scene.setScale(static_cast<float>(options.scale));
    for (std::size_t i = 0; i < steps.size(); ++i) {
        painter.model().show(shown(steps[i]));
        const bool valued = painter.model().data()->colouring == request.colouring;
        if (valued && range.first < range.second) painter.model().setRange(range.first, range.second);
        request.step = steps[i];
        scene.build(painter, request.width, request.height);  // sizes settle in the first
        const ui::Picture picture = target.draw(scene.build(painter, request.width, request.height));
        ui::writePng(
            picture, fileOf(i),
            {{"Software", "Filigree " + std::string(version())}, {"Source", ui::commandOf(request)}});
    }
    Output& output = context.output();
    if (output.json())
        output.print({{"run", request.run},
                      {"layer", request.layer},
                      {"frames", steps.size()},
                      {"folder", folder.string()}});
    else
        output.out() << folder.string() << '\n';
    return 0;
}

int renderConnectivity(Context& context, const RenderOptions& options) {
    const Size size = parseSize(options.size);
    const ui::Colouring colouring = ui::parseColouring(options.colour);
    const fs::path file = options.file;
    if (!options.film) requireFree(options, options.file);

    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    const store::Reader reader(opened);
    const std::int64_t run = reader.find(options.run);
    const std::int64_t step = options.step >= 0 ? options.step : std::numeric_limits<std::int64_t>::max();
    ui::ConnectivityRequest request;
    request.run = run;
    request.layer = ui::findLayer(reader, run, options.layer).layer;
    request.colouring = colouring;
    request.appearance = appearanceOf(options);
    request.width = size.width;
    request.height = size.height;
    request.rows = ui::parseMatrixOrder(options.rows);
    request.columns = ui::parseMatrixOrder(options.columns);
    request.against = parseAgainst(reader, options);
    const ui::ChosenOrder order =
        ui::chooseOrder(reader, run, request.layer, options.orderStep >= 0 ? options.orderStep : step,
                        request.rows, request.columns);
    if (!order.isIndex()) request.orderStep = order.step;
    if (options.film) return renderFilm(context, options, reader, request, order);
    const auto pattern = ui::loadShown(reader, run, request.layer, step, request.against, order);
    request.step = pattern->step;

    ui::ConnectivityPainter painter;
    painter.model().show(ui::prepare(pattern, colouring));
    if (request.against) request.colouring = ui::Colouring::Side;
    const ui::Picture picture =
        ui::render(painter, size.width, size.height, static_cast<float>(options.scale), request.appearance,
                   options.device);
    ui::writePng(picture, file,
                 {{"Software", "Filigree " + std::string(version())}, {"Source", ui::commandOf(request)}});

    Output& output = context.output();
    if (output.json()) {
        nlohmann::json facts{{"run", run},
                             {"layer", pattern->layer},
                             {"step", pattern->step},
                             {"connections", pattern->connections()},
                             {"file", file.string()}};
        if (const auto& against = pattern->against)
            facts["against"] = {{"run", against->run},          {"step", against->step},
                                {"only_a", against->onlyA},     {"only_b", against->onlyB},
                                {"both", against->both},        {"jaccard", against->jaccard()},
                                {"by_chance", against->chance}, {"matched", against->matched}};
        output.print(facts);
    } else
        output.out() << file.string() << '\n';
    return 0;
}

int renderRewiring(Context& context, const RenderOptions& options) {
    const Size size = parseSize(options.size);
    requireFree(options, options.file);
    if (!options.table.empty()) requireFree(options, options.table);
    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    const store::Reader reader(opened);
    const std::int64_t run = reader.find(options.run);
    ui::RewiringPainter painter;
    painter.show(ui::loadRewiring(reader, run, options.layer));
    const ui::RewiringHistory& history = painter.rewiring().history;
    if (history.empty())
        throw Error(ErrorKind::Usage, "the pattern of this run never moved", options.run,
                    "choose a run whose connections are dropped and grown");
    ui::RewiringPictureRequest request;
    request.run = run;
    request.layer = options.layer;
    if (options.step >= 0) request.step = options.step;
    request.appearance = appearanceOf(options);
    request.width = size.width;
    request.height = size.height;
    painter.setStep(request.step);
    const ui::Picture picture =
        ui::render(painter, size.width, size.height, static_cast<float>(options.scale), request.appearance,
                   options.device);
    ui::writePng(picture, options.file,
                 {{"Software", "Filigree " + std::string(version())}, {"Source", ui::commandOf(request)}});
    if (!options.table.empty()) {
        const std::string text = history.csv();
        platform::writeFileDurably(options.table, text.data(), text.size());
    }
    Output& output = context.output();
    if (output.json())
        output.print({{"run", run},
                      {"layer", options.layer},
                      {"rounds", history.rounds.size() - 1},
                      {"last_step", history.rounds.back().step},
                      {"exploration", history.exploration(history.rounds.size() - 1)},
                      {"file", options.file}});
    else
        output.out() << options.file << '\n';
    return 0;
}

int renderSoup(Context& context, const RenderOptions& options) {
    const Size size = parseSize(options.size);
    requireFree(options, options.file);
    if (!options.table.empty()) requireFree(options, options.table);
    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    const store::Reader reader(opened);
    const std::int64_t run = reader.find(options.run);
    ui::SoupPainter painter;
    painter.show(ui::loadSoup(reader, run));
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
    ui::SoupPictureRequest request;
    request.run = run;
    request.phase = options.phase;
    request.appearance = appearanceOf(options);
    request.width = size.width;
    request.height = size.height;
    const ui::Picture picture =
        ui::render(painter, size.width, size.height, static_cast<float>(options.scale), request.appearance,
                   options.device);
    ui::writePng(picture, options.file,
                 {{"Software", "Filigree " + std::string(version())}, {"Source", ui::commandOf(request)}});
    if (!options.table.empty()) {
        const std::string text = soup.csv();
        platform::writeFileDurably(options.table, text.data(), text.size());
    }
    Output& output = context.output();
    if (output.json())
        output.print({{"run", run},
                      {"phases", soup.phases()},
                      {"networks", soup.networks.size()},
                      {"file", options.file}});
    else
        output.out() << options.file << '\n';
    return 0;
}

int renderDensity(Context& context, const RenderOptions& options) {
    const Size size = parseSize(options.size);
    requireFree(options, options.file);
    if (!options.table.empty()) requireFree(options, options.table);
    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    const store::Reader reader(opened);
    const std::int64_t run = reader.find(options.run);
    ui::DensityPainter painter;
    painter.show(ui::loadDensities(reader, run));
    if (painter.history().empty())
        throw Error(ErrorKind::Usage, "this run recorded no densities", options.run,
                    "choose a run with sparse layers");
    ui::DensityPictureRequest request;
    request.run = run;
    request.appearance = appearanceOf(options);
    request.width = size.width;
    request.height = size.height;
    const ui::Picture picture =
        ui::render(painter, size.width, size.height, static_cast<float>(options.scale), request.appearance,
                   options.device);
    ui::writePng(picture, options.file,
                 {{"Software", "Filigree " + std::string(version())}, {"Source", ui::commandOf(request)}});
    if (!options.table.empty()) {
        const std::string text = painter.history().csv();
        platform::writeFileDurably(options.table, text.data(), text.size());
    }
    Output& output = context.output();
    if (output.json())
        output.print({{"run", run}, {"curves", painter.history().curves.size()}, {"file", options.file}});
    else
        output.out() << options.file << '\n';
    return 0;
}

int renderGates(Context& context, const RenderOptions& options) {
    const Size size = parseSize(options.size);
    requireFree(options, options.file);
    if (!options.table.empty()) requireFree(options, options.table);
    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    const store::Reader reader(opened);
    const std::int64_t run = reader.find(options.run);
    ui::GateBoardPainter painter;
    painter.show(ui::loadGates(reader, run));
    if (painter.records().gates.empty())
        throw Error(ErrorKind::Usage, "this run recorded no gates", options.run,
                    "choose a run of a method with gates, for example decoys");
    painter.setOrder(ui::gateOrderFrom(options.order));
    if (!options.gate.empty()) {
        painter.chooseGate(options.gate);
        if (painter.chosenGate() != options.gate) {
            std::string names;
            for (const ui::GateSeries& gate : painter.records().gates)
                names += (names.empty() ? "" : ", ") + gate.name;
            throw Error(ErrorKind::Usage, "the run has no such gate", options.gate, "it has " + names);
        }
    }
    ui::GatePictureRequest request;
    request.run = run;
    request.gate = painter.chosenGate();
    request.order = options.order;
    if (options.step >= 0) request.step = options.step;
    request.appearance = appearanceOf(options);
    request.width = size.width;
    request.height = size.height;
    painter.setStep(request.step);
    const ui::Picture picture =
        ui::render(painter, size.width, size.height, static_cast<float>(options.scale), request.appearance,
                   options.device);
    ui::writePng(picture, options.file,
                 {{"Software", "Filigree " + std::string(version())}, {"Source", ui::commandOf(request)}});
    if (!options.table.empty()) {
        const std::string text = painter.records().csv();
        platform::writeFileDurably(options.table, text.data(), text.size());
    }
    Output& output = context.output();
    const ui::GateFigures figures = ui::figuresAt(painter.records(), painter.shownStep());
    if (output.json())
        output.print({{"run", run},
                      {"step", painter.shownStep()},
                      {"gates", painter.records().gates.size()},
                      {"channels", figures.count},
                      {"mean", figures.mean},
                      {"effective_channels", figures.effective},
                      {"file", options.file}});
    else
        output.out() << options.file << '\n';
    return 0;
}

#else

[[noreturn]] void failWithoutPictures() {
    throw Error(ErrorKind::Device, "this program was built without pictures", "filigree render",
                "build it with FILIGREE_WINDOW=ON");
}

int renderConnectivity(Context&, const RenderOptions&) {
    failWithoutPictures();
}

int renderLandscape(Context&, const RenderOptions&) {
    failWithoutPictures();
}

int renderRewiring(Context&, const RenderOptions&) {
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
    command->add_flag("--overwrite", options.overwrite, "Write over a file that exists");
    command->add_option("-o,--output", options.file, "PNG file to write")->required()->type_name("FILE");
}

}  // namespace

void addRenderCommands(CommandTree& tree) {
    CLI::App* group = tree.add(
        nullptr, "render", "Draw what the window shows, without a display",
        {{"filigree render connectivity --run last -o mask.png", "a layer's connections"},
         {"filigree render rewiring --run last -o rounds.png", "all rounds of dropping and growing"},
         {"filigree render gates --run last -o gates.png", "the gates of a run"},
         {"filigree render landscape --run last -o loss.png", "a loss landscape"},
         {"filigree render soup --run last -o soup.png", "the networks of a soup"},
         {"filigree render density --run last -o density.png", "the density of each layer over time"}},
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
          "a film: frames/frame-00001.png, one for every recorded frame"}},
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
    command->add_flag("--film", options->film,
                      "Write every recorded frame up to --step into the folder that --output names");
    command
        ->add_option("--order-step", options->orderStep,
                     "Whose pattern is sorted; the one that is drawn if not given")
        ->type_name("STEP")
        ->check(CLI::NonNegativeNumber);
    addPictureOptions(command, *options);

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

    const auto board = std::make_shared<RenderOptions>();
    CLI::App* gates =
        tree.add(group, "gates", "Draw the gates of a run: channels at a step and over time, as a PNG file",
                 {{"filigree render gates --run last -o gates.png", "as they are now"},
                  {"filigree render gates --run 3 --step 200 --order first-open --csv gates.csv -o gates.png",
                   "at step 200, with all scores"}},
                 [board](Context& context) { return renderGates(context, *board); });
    gates->add_option("--run", board->run, "Id, name, or last")->required()->type_name("RUN");
    gates->add_option("--gate", board->gate, "Gate to draw over time; the first if not given")
        ->type_name("GATE");
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
}

}  // namespace filigree::app
