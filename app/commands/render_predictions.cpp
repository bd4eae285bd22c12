// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/render.h"

#ifdef FILIGREE_WINDOW
#include <fmt/format.h>

#include "app/commands/render_picture.h"
#include "ui/views/predictions_painter.h"
#endif

/// render predictions: predicted numbers or classes against the truth.
namespace filigree::app {
namespace {

struct PredictionsOptions : PictureOptions {
    std::string part = "groups", sort = "number";
    bool reverse = false;
    std::optional<std::int64_t> step, group, item;
};

#ifdef FILIGREE_WINDOW

int draw(Context& context, const PredictionsOptions& options) {
    const PictureSource source(context, options);
    auto request = source.request<ui::PredictionsPictureRequest>();
    request.step = options.step;
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
    writePictureTable(options, [&] { return predictions.csv(); });
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

#endif

}  // namespace

void addPredictionsPicture(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<PredictionsOptions>();
    CLI::App* command =
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
                 [options](Context& context) { return draw(context, *options); });
    addRunOption(command, options->run);
    addChoiceOption(command, "--part", options->part, "PART", "What is drawn",
                    {"groups", "agreement", "frames"});
    addStepOption(command, options->step, "Step, or the record before it; the newest if not given");
    addChoiceOption(command, "--sort", options->sort, "ORDER", "Order of the table",
                    {"number", "truth", "median", "mean", "deviation", "class", "error", "items"});
    command->add_flag("--reverse", options->reverse, "Turn that order round");
    command->add_option("--group", options->group, "Group whose items are drawn; the first row if not given")
        ->type_name("NUMBER");
    command
        ->add_option("--item", options->item, "Item of the group that frames draws; the first if not given")
        ->type_name("NUMBER")
        ->check(CLI::PositiveNumber);
    addTableOption(command, *options, "File for the numbers, a line per item");
    addPictureOptions(command, *options);
}

}  // namespace filigree::app
