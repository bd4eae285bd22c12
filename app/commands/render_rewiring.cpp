// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/render.h"

#ifdef FILIGREE_WINDOW
#include "app/commands/render_picture.h"
#include "ui/views/acquisition_painter.h"
#include "ui/views/density_painter.h"
#include "ui/views/rewiring_painter.h"
#endif

/// render rewiring, acquisition, density: how the pattern of a run moved over its steps.
namespace filigree::app {
namespace {

struct RewiringOptions : PictureOptions {
    std::string layer;
    std::optional<std::int64_t> step;
};

struct AcquisitionOptions : PictureOptions {
    std::string layer;
    std::optional<std::int64_t> step;
    std::optional<double> c;
};

struct DensityOptions : PictureOptions {};

#ifdef FILIGREE_WINDOW

int draw(Context& context, const RewiringOptions& options) {
    const PictureSource source(context, options);
    ui::RewiringPainter painter;
    painter.show(ui::loadRewiring(source.reader, source.run, options.layer));
    const ui::RewiringHistory& history = painter.rewiring().history;
    if (history.empty())
        throw Error(ErrorKind::Usage, "the pattern of this run never moved", options.run,
                    "choose a run whose connections are dropped and grown");
    auto request = source.request<ui::RewiringPictureRequest>();
    request.layer = options.layer;
    request.step = options.step;
    painter.setStep(request.step);
    writePictureTable(options, [&] { return history.csv(); });
    return writePicture(context, options, painter, request,
                        {{"layer", options.layer},
                         {"rounds", history.rounds.size() - 1},
                         {"last_step", history.rounds.back().step},
                         {"exploration", history.exploration(history.rounds.size() - 1)}});
}

int draw(Context& context, const AcquisitionOptions& options) {
    const PictureSource source(context, options);
    ui::Acquisition acquisition = ui::loadAcquisition(source.reader, source.run, options.layer, options.step);
    if (acquisition.empty())
        throw Error(ErrorKind::Usage, "no candidates of a round were recorded", options.run,
                    "choose another layer, or run again with --set record.candidates_every=1");
    ui::AcquisitionPainter painter;
    auto request = source.request<ui::AcquisitionPictureRequest>();
    request.layer = acquisition.layer;
    request.step = acquisition.step;
    request.c = options.c;
    painter.show(std::move(acquisition));
    if (options.c) painter.setTrial(*options.c);
    const ui::AcquisitionRound& round = *painter.acquisition().round;
    const ui::AcquisitionChoice& choice = painter.choice();
    writePictureTable(options, [&] { return round.csv(choice); });
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

int draw(Context& context, const DensityOptions& options) {
    const PictureSource source(context, options);
    ui::DensityPainter painter;
    painter.show(ui::loadDensities(source.reader, source.run));
    const ui::DensityHistory& history = painter.history();
    if (history.empty())
        throw Error(ErrorKind::Usage, "this run recorded no densities", options.run,
                    "choose a run with sparse layers");
    writePictureTable(options, [&] { return history.csv(); });
    return writePicture(context, options, painter, source.request<ui::DensityPictureRequest>(),
                        {{"curves", history.curves.size()}});
}

#endif

}  // namespace

void addRewiringPicture(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<RewiringOptions>();
    CLI::App* command =
        tree.add(group, "rewiring", "Draw what rewiring did over a run, as a PNG file",
                 {{"filigree render rewiring --run last -o rounds.png", "all layers as one"},
                  {"filigree render rewiring --run 3 --layer fc2 --csv rounds.csv -o rounds.png",
                   "a layer, with its numbers"}},
                 [options](Context& context) { return draw(context, *options); });
    addRunOption(command, options->run);
    command->add_option("--layer", options->layer, "Name of the layer; all as one if not given")
        ->type_name("LAYER");
    addStepOption(command, options->step, "Step to mark by a line");
    addTableOption(command, *options, "File for the numbers, a line per round");
    addPictureOptions(command, *options);
}

void addAcquisitionPicture(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<AcquisitionOptions>();
    CLI::App* command = tree.add(
        group, "acquisition", "Draw what a round chose from, and what another c would have grown",
        {{"filigree render acquisition --run last -o candidates.png", "the last round of the first layer"},
         {"filigree render acquisition --run 3 --layer fc2 --step 400 --c 0.1 --csv moved.csv -o fc2.png",
          "what if c had been 0.1"}},
        [options](Context& context) { return draw(context, *options); });
    addRunOption(command, options->run);
    command->add_option("--layer", options->layer, "Name of the layer; the first if not given")
        ->type_name("LAYER");
    addStepOption(command, options->step, "The newest round at or before it; the last if not given");
    command
        ->add_option("--c", options->c,
                     "Trade-off to choose again with, inf: fewest rounds first; the run's own if not given")
        ->type_name("C")
        ->check(CLI::NonNegativeNumber);
    addTableOption(command, *options, "File for a line per candidate that was grown or is chosen");
    addPictureOptions(command, *options);
}

void addDensityPicture(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<DensityOptions>();
    CLI::App* command =
        tree.add(group, "density", "Draw how dense each layer is over the steps of a run, as a PNG file",
                 {{"filigree render density --run last -o density.png", "a line for each layer"},
                  {"filigree render density --run 3 --csv density.csv --theme dark -o density.png",
                   "and the numbers"}},
                 [options](Context& context) { return draw(context, *options); });
    addRunOption(command, options->run);
    addTableOption(command, *options, "File for the numbers, a line per step and layer");
    addPictureOptions(command, *options);
}

}  // namespace filigree::app
