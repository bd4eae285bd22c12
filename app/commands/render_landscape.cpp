// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/render.h"

#ifdef FILIGREE_WINDOW
#include <numbers>

#include "app/commands/render_picture.h"
#include "ui/views/barrier_matrix.h"
#include "ui/views/landscape_painter.h"
#endif

/// render landscape, barriers: what filigree analyze has computed of the loss.
namespace filigree::app {
namespace {

struct LandscapeOptions : PictureOptions {
    std::string tag, field;
    bool relief = false;
    double turn = -34, tilt = 36;  ///< degrees
};

struct BarriersOptions : PictureOptions {
    std::string tag, figure;
};

#ifdef FILIGREE_WINDOW

int draw(Context& context, const LandscapeOptions& options) {
    const PictureSource source(context, options);
    ui::LandscapePainter painter;
    painter.show(ui::loadLandscape(source.store, source.run, options.tag, options.field));
    const ui::LandscapeModel& model = painter.model();
    auto request = source.request<ui::LandscapePictureRequest>();
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

int draw(Context& context, const BarriersOptions& options) {
    const PictureSource source(context, options);
    ui::BarrierTable table = ui::loadBarriers(source.reader, source.run, options.tag);
    const std::size_t figure =
        options.figure.empty() ? table.figures.size() - 1 : table.figure(options.figure);
    auto request = source.request<ui::BarrierPictureRequest>();
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

#endif

}  // namespace

void addLandscapePicture(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<LandscapeOptions>();
    CLI::App* command = tree.add(
        group, "landscape", "Draw a loss landscape that filigree analyze has computed, as a PNG file",
        {{"filigree render landscape --run last -o loss.png", "the one that was computed last"},
         {"filigree render landscape --run 3 --field test/acc --theme dark -o accuracy.png",
          "the accuracy on test data"},
         {"filigree render landscape --run 3 --surface --turn 20 -o surface.png", "in three dimensions"}},
        [options](Context& context) { return draw(context, *options); });
    addRunOption(command, options->run);
    command->add_option("--tag", options->tag, "Name of the landscape; the newest if not given")
        ->type_name("LANDSCAPE");
    command
        ->add_option("--field", options->field,
                     "train/loss, train/acc, test/loss, test/acc; the first if not given")
        ->type_name("FIELD");
    command->add_flag("--surface", options->relief, "As a lit surface instead of a map");
    command->add_option("--turn", options->turn, "Of the surface about its vertical axis, in degrees")
        ->type_name("DEGREES")
        ->check(CLI::Range(-360.0, 360.0))
        ->default_str("-34");
    command->add_option("--tilt", options->tilt, "From the side (5) to from above (90), in degrees")
        ->type_name("DEGREES")
        ->check(CLI::Range(5.0, 90.0))
        ->default_str("36");
    addPictureOptions(command, *options);
}

void addBarriersPicture(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<BarriersOptions>();
    CLI::App* command = tree.add(
        group, "barriers", "Draw the barriers that filigree analyze barriers has computed, as a PNG file",
        {{"filigree render barriers --run 3 -o barriers.png", "run 3 was the first that was named"},
         {"filigree render barriers --run 3 --figure test/loss --theme dark -o barriers.png", "of the loss"}},
        [options](Context& context) { return draw(context, *options); });
    addRunOption(command, options->run);
    command->add_option("--tag", options->tag, "Name of the record; the newest if not given")
        ->type_name("TAG");
    command
        ->add_option("--figure", options->figure,
                     "train/loss, train/error, test/loss, test/error; the last if not given")
        ->type_name("FIGURE");
    addPictureOptions(command, *options);
}

}  // namespace filigree::app
