// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/render.h"

#ifdef FILIGREE_WINDOW
#include "app/commands/render_picture.h"
#include "ui/views/soup_painter.h"
#endif

/// render soup: the networks of a soup and the barriers between them.
namespace filigree::app {
namespace {

struct SoupOptions : PictureOptions {
    int phase = 0;
};

#ifdef FILIGREE_WINDOW

int draw(Context& context, const SoupOptions& options) {
    const PictureSource source(context, options);
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
    auto request = source.request<ui::SoupPictureRequest>();
    request.phase = options.phase;
    writePictureTable(options, [&] { return soup.csv(); });
    return writePicture(context, options, painter, request,
                        {{"phases", soup.phases()}, {"networks", soup.networks.size()}});
}

#endif

}  // namespace

void addSoupPicture(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<SoupOptions>();
    CLI::App* command =
        tree.add(group, "soup", "Draw the networks of a soup, their accuracies and barriers, as a PNG file",
                 {{"filigree render soup --run last -o soup.png", "all phases, barriers of the last one"},
                  {"filigree render soup --run 3 --phase 1 --csv soup.csv -o soup.png",
                   "barriers of the first phase, and all networks as a table"}},
                 [options](Context& context) { return draw(context, *options); });
    addRunOption(command, options->run);
    command->add_option("--phase", options->phase, "Phase whose barriers are shown; the last if not given")
        ->type_name("PHASE")
        ->check(CLI::PositiveNumber);
    addTableOption(command, *options, "File for the numbers, a line per network");
    addPictureOptions(command, *options);
}

}  // namespace filigree::app
