// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/render.h"

#ifdef FILIGREE_WINDOW
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/window_program.h"
#include "base/process.h"
#endif

/// render figure: several views on a page.
namespace filigree::app {
namespace {

struct FigureOptions {
    std::string sheet;  ///< description of the figure
    int dotsPerInch = 300;
    int colours = 0;
    bool overwrite = false;
    std::string file;
};

#ifdef FILIGREE_WINDOW

/// Pages with letters and charts are drawn by the program that has Qt, without a screen.
int draw(Context& context, const FigureOptions& options) {
    namespace fs = std::filesystem;
    requireFree(options.file, options.overwrite);
    const int code = platform::runProgram(
        windowProgram(), {"-platform", "offscreen", "--figure", fs::absolute(options.sheet).string(),
                          "--output", fs::absolute(options.file).string(), "--dpi",
                          std::to_string(options.dotsPerInch), "--colours", std::to_string(options.colours)});
    if (code != 0) return code;
    return reportFile(context, options.file, {{"file", options.file}});
}

#endif

}  // namespace

void addFigurePicture(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<FigureOptions>();
    CLI::App* command =
        tree.add(group, "figure", "Draw a figure of several panels, as the page Figure saves it",
                 {{"filigree render figure paper.toml -o paper.pdf", "charts as vectors, views at 300 dpi"},
                  {"filigree render figure paper.toml -o paper.png", "all of it as pixels"}},
                 [options](Context& context) { return draw(context, *options); });
    command->add_option("file", options->sheet, "TOML file that describes the figure")
        ->required()
        ->type_name("FILE");
    command->add_option("--dpi", options->dotsPerInch, "Dots per inch of a PNG file")
        ->type_name("N")
        ->check(CLI::Range(30, 1200))
        ->default_str("300");
    addColoursOption(command, options->colours, "At most so many in a PNG file; all if not given");
    addOverwriteOption(command, options->overwrite);
    command->add_option("-o,--output", options->file, "PDF or PNG file to write")
        ->required()
        ->type_name("FILE");
}

}  // namespace filigree::app
