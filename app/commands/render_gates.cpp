// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/render.h"

#ifdef FILIGREE_WINDOW
#include <fmt/format.h>

#include <algorithm>

#include "app/commands/render_picture.h"
#include "ui/views/gate_board_painter.h"
#endif

/// render gates: the gates of a run, its ablations and its modes.
namespace filigree::app {
namespace {

struct GatesOptions : PictureOptions {
    std::string part = "board", gate, frame, order = "mean";
    std::optional<std::int64_t> step, channel;
    std::int64_t closed = 0;
};

#ifdef FILIGREE_WINDOW

/// The tip of one channel, with its maps for a frame if some are kept.
void showChannel(const PictureSource& source, const GatesOptions& options, ui::GateBoardPainter& painter,
                 ui::GatePictureRequest& request) {
    if (!options.channel) return;
    request.channel = static_cast<std::int32_t>(*options.channel);
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

int draw(Context& context, const GatesOptions& options) {
    const PictureSource source(context, options);
    ui::GateBoardPainter painter;
    painter.show(ui::loadGates(source.reader, source.run));
    const ui::GateRecords& records = painter.records();
    if (records.gates.empty())
        throw Error(ErrorKind::Usage, "this run recorded no gates", options.run,
                    "choose a run of a method with gates, for example decoys");
    painter.setPart(ui::gatePartFrom(options.part));
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
    auto request = source.request<ui::GatePictureRequest>();
    showChannel(source, options, painter, request);
    request.part = options.part;
    request.closed = painter.closed();
    request.gate = painter.chosenGate();
    request.order = options.order;
    request.step = options.step;
    painter.setStep(request.step);
    if (painter.part() == ui::GatePart::Modes)
        writePictureTable(options, [&] { return painter.modes()->csv(); });
    else
        writePictureTable(options, [&] { return records.csv(); });
    const ui::GateFigures figures = ui::figuresAt(records, painter.shownStep());
    return writePicture(context, options, painter, request,
                        {{"step", painter.shownStep()},
                         {"gates", records.gates.size()},
                         {"channels", figures.count},
                         {"mean", figures.mean},
                         {"effective_channels", figures.effective}});
}

#endif

}  // namespace

void addGatesPicture(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<GatesOptions>();
    CLI::App* command =
        tree.add(group, "gates", "Draw the gates of a run: channels at a step and over time, as a PNG file",
                 {{"filigree render gates --run last -o gates.png", "as they are now"},
                  {"filigree render gates --run 3 --step 200 --order first-open --csv gates.csv -o gates.png",
                   "at step 200, with all scores"}},
                 [options](Context& context) { return draw(context, *options); });
    addRunOption(command, options->run);
    command
        ->add_option("--part", options->part,
                     "What is drawn: board, ridges (histograms over the run), routing (its two "
                     "passes), ablation (channels closed), pruning (channels taken out), modes (runs with "
                     "other gates, over seeds)")
        ->type_name("PART")
        ->check(CLI::IsMember({"board", "ridges", "routing", "ablation", "pruning", "modes"}))
        ->default_str("board");
    command->add_option("--closed", options->closed, "How many channels are closed where the slider stands")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--gate", options->gate, "Gate to draw over time; the first if not given")
        ->type_name("GATE");
    command
        ->add_option("--channel", options->channel,
                     "Channel of the gate whose scores and feature maps are shown")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--frame", options->frame, "Frame of these maps; the first that is kept if not given")
        ->type_name("POLYP:FRAME");
    addStepOption(command, options->step, "Step, or the record before it; the newest if not given");
    addChoiceOption(command, "--order", options->order, "ORDER", "How channels stand",
                    {"recorded", "mean", "last", "first-open"});
    addTableOption(command, *options, "File for all scores, a line per step and channel");
    addPictureOptions(command, *options);
}

}  // namespace filigree::app
