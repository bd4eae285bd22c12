// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/command_tree.h"
#include "app/context.h"
#include "base/error.h"
#include "base/platform.h"
#include "base/version.h"
#include "store/reader.h"
#ifdef FILIGREE_WINDOW
#include "ui/canvas/offscreen.h"
#include "ui/views/connectivity_painter.h"
#include "ui/views/gate_board_painter.h"
#include "ui/views/landscape_painter.h"
#include "ui/views/render_command.h"
#include "ui/views/rewiring_painter.h"
#endif

/// render: what the views of the window show, as pictures, without a display.
namespace filigree::app {
namespace {

namespace fs = std::filesystem;

struct RenderOptions {
    std::string run, layer, tag, field, file, table, gate;
    std::string order = "mean";
    std::int64_t step = -1;
    std::string size = "1200x800";
    double scale = 1;
    std::string colour = "presence";
    std::string theme = "light";
    std::string device;
    bool overwrite = false;
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
    const ui::LandscapePictureRequest request{
        "", run, model.surface().tag, model.field(), appearanceOf(options), size.width, size.height};
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

int renderConnectivity(Context& context, const RenderOptions& options) {
    const Size size = parseSize(options.size);
    const ui::Colouring colouring = ui::parseColouring(options.colour);
    const fs::path file = options.file;
    requireFree(options, options.file);

    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    const store::Reader reader(opened);
    const std::int64_t run = reader.find(options.run);
    const std::int64_t step = options.step >= 0 ? options.step : std::numeric_limits<std::int64_t>::max();
    const auto pattern =
        std::make_shared<const ui::Connectivity>(ui::loadConnectivity(reader, run, options.layer, step));

    ui::ConnectivityPainter painter;
    painter.model().show(ui::prepare(pattern, colouring));
    ui::ConnectivityRequest request{
        "", run, pattern->layer, pattern->step, colouring, appearanceOf(options), size.width, size.height};
    const ui::Picture picture =
        ui::render(painter, size.width, size.height, static_cast<float>(options.scale), request.appearance,
                   options.device);
    ui::writePng(picture, file,
                 {{"Software", "Filigree " + std::string(version())}, {"Source", ui::commandOf(request)}});

    Output& output = context.output();
    if (output.json())
        output.print({{"run", run},
                      {"layer", pattern->layer},
                      {"step", pattern->step},
                      {"connections", pattern->connections()},
                      {"file", file.string()}});
    else
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
    CLI::App* group =
        tree.add(nullptr, "render", "Draw what the window shows, without a display",
                 {{"filigree render connectivity --run last -o mask.png", "a layer's connections"},
                  {"filigree render rewiring --run last -o rounds.png", "all rounds of dropping and growing"},
                  {"filigree render gates --run last -o gates.png", "the gates of a run"},
                  {"filigree render landscape --run last -o loss.png", "a loss landscape"}},
                 {});
    const auto options = std::make_shared<RenderOptions>();
    CLI::App* command = tree.add(
        group, "connectivity", "Draw which connections of a layer are there, as a PNG file",
        {{"filigree render connectivity --run last -o mask.png", "the first layer, as it is now"},
         {"filigree render connectivity --run 3 --layer fc2 --step 4000 --colour sign -o fc2.png",
          "weights by sign, at step 4000"},
         {"filigree render connectivity --run 3 --size 2400x1600 --scale 2 --theme dark -o slide.png",
          "for a dense display"}},
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
          "the accuracy on test data"}},
        [landscape](Context& context) { return renderLandscape(context, *landscape); });
    surface->add_option("--run", landscape->run, "Id, name, or last")->required()->type_name("RUN");
    surface->add_option("--tag", landscape->tag, "Name of the landscape; the newest if not given")
        ->type_name("LANDSCAPE");
    surface
        ->add_option("--field", landscape->field,
                     "train/loss, train/acc, test/loss, test/acc; the first if not given")
        ->type_name("FIELD");
    addPictureOptions(surface, *landscape);
}

}  // namespace filigree::app
