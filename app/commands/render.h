// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/command_tree.h"
#include "app/context.h"
#include "base/error.h"

/// render: what the views of the window show, as pictures, without a display. Here: the options that the
/// commands share; how a picture is made of them is in render_picture.h.
namespace filigree::app {

/// Options of every picture of a run.
struct PictureOptions {
    std::string run;
    std::string table;  ///< file for the numbers; empty: none
    std::string size = "1200x800";
    double scale = 1;
    std::string theme = "light";
    std::string device;
    int colours = 0;
    bool overwrite = false;
    std::string file;
};

void addRunOption(CLI::App* command, std::string& run);
void addStepOption(CLI::App* command, std::optional<std::int64_t>& step, const std::string& meaning);
/// One of some words, which its help lists behind `meaning`.
void addChoiceOption(CLI::App* command, const std::string& name, std::string& chosen,
                     const std::string& typeName, const std::string& meaning,
                     const std::vector<std::string>& words);
void addTableOption(CLI::App* command, PictureOptions& options, const std::string& meaning);
/// --size to --output, which stand last.
void addPictureOptions(CLI::App* command, PictureOptions& options);
/// --colours, of a PNG file.
void addColoursOption(CLI::App* command, int& colours, const std::string& meaning);
void addOverwriteOption(CLI::App* command, bool& overwrite);

/// Throws Error (Usage) if there is such a file and it must not be written over.
void requireFree(const std::string& file, bool overwrite);
/// Says which file was written; `facts` are for --json.
int reportFile(Context& context, const std::string& file, nlohmann::json facts);

#ifndef FILIGREE_WINDOW
/// Stands for every view's `draw` in a program without views.
template <typename Options>
int draw(Context&, const Options&) {
    throw Error(ErrorKind::Device, "this program was built without pictures", "filigree render",
                "build it with FILIGREE_WINDOW=ON");
}
#endif

void addConnectivityPicture(CommandTree& tree, CLI::App* group);
void addGraphPicture(CommandTree& tree, CLI::App* group);
void addRewiringPicture(CommandTree& tree, CLI::App* group);
void addAcquisitionPicture(CommandTree& tree, CLI::App* group);
void addDensityPicture(CommandTree& tree, CLI::App* group);
void addGatesPicture(CommandTree& tree, CLI::App* group);
void addLandscapePicture(CommandTree& tree, CLI::App* group);
void addBarriersPicture(CommandTree& tree, CLI::App* group);
void addSoupPicture(CommandTree& tree, CLI::App* group);
void addPredictionsPicture(CommandTree& tree, CLI::App* group);
void addFigurePicture(CommandTree& tree, CLI::App* group);

}  // namespace filigree::app
