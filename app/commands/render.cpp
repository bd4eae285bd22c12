// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/render.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

namespace filigree::app {

void addRunOption(CLI::App* command, std::string& run) {
    command->add_option("--run", run, "Id, name, or last")->required()->type_name("RUN");
}

void addStepOption(CLI::App* command, std::optional<std::int64_t>& step, const std::string& meaning) {
    command->add_option("--step", step, meaning)->type_name("STEP")->check(CLI::NonNegativeNumber);
}

void addChoiceOption(CLI::App* command, const std::string& name, std::string& chosen,
                     const std::string& typeName, const std::string& meaning,
                     const std::vector<std::string>& words) {
    command->add_option(name, chosen, fmt::format("{}: {}", meaning, fmt::join(words, ", ")))
        ->type_name(typeName)
        ->check(CLI::IsMember(words))
        ->default_str(chosen);
}

void addTableOption(CLI::App* command, PictureOptions& options, const std::string& meaning) {
    command->add_option("--csv", options.table, meaning)->type_name("FILE");
}

void addColoursOption(CLI::App* command, int& colours, const std::string& meaning) {
    command->add_option("--colours", colours, meaning)->type_name("N")->check(CLI::Range(2, 256));
}

void addOverwriteOption(CLI::App* command, bool& overwrite) {
    command->add_flag("--overwrite", overwrite, "Write over a file that exists");
}

void addPictureOptions(CLI::App* command, PictureOptions& options) {
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
    addColoursOption(command, options.colours, "At most so many, for a smaller file; all if not given");
    addOverwriteOption(command, options.overwrite);
    command->add_option("-o,--output", options.file, "PNG file to write")->required()->type_name("FILE");
}

void requireFree(const std::string& file, bool overwrite) {
    std::error_code ignored;
    if (!overwrite && std::filesystem::exists(file, ignored))
        throw Error(ErrorKind::Usage, "the file exists already", file,
                    "choose another name, or add --overwrite");
}

int reportFile(Context& context, const std::string& file, nlohmann::json facts) {
    Output& output = context.output();
    if (output.json())
        output.print(facts);
    else
        output.out() << file << '\n';
    return 0;
}

namespace {

/// A view's command, and how it is shown as an example of the group.
struct View {
    void (*add)(CommandTree& tree, CLI::App* group);
    Example example;
};

std::vector<View> views() {
    return {
        {addConnectivityPicture,
         {"filigree render connectivity --run last -o mask.png", "a layer's connections"}},
        {addGraphPicture, {"filigree render graph --run last -o network.png", "all layers as a graph"}},
        {addRewiringPicture,
         {"filigree render rewiring --run last -o rounds.png", "all rounds of dropping and growing"}},
        {addAcquisitionPicture,
         {"filigree render acquisition --run last -o candidates.png", "what a round chose from"}},
        {addDensityPicture,
         {"filigree render density --run last -o density.png", "the density of each layer over time"}},
        {addGatesPicture, {"filigree render gates --run last -o gates.png", "the gates of a run"}},
        {addLandscapePicture, {"filigree render landscape --run last -o loss.png", "a loss landscape"}},
        {addBarriersPicture,
         {"filigree render barriers --run 3 -o barriers.png", "barriers between networks"}},
        {addSoupPicture, {"filigree render soup --run last -o soup.png", "the networks of a soup"}},
        {addPredictionsPicture,
         {"filigree render predictions --run last -o predictions.png", "predicted sizes of polyps"}},
        {addFigurePicture, {"filigree render figure paper.toml -o paper.pdf", "several of them on a page"}},
    };
}

}  // namespace

void addRenderCommands(CommandTree& tree) {
    const std::vector<View> all = views();
    std::vector<Example> examples;
    for (const View& view : all) examples.push_back(view.example);
    CLI::App* group =
        tree.add(nullptr, "render", "Draw what the window shows, without a display", std::move(examples), {});
    for (const View& view : all) view.add(tree, group);
}

}  // namespace filigree::app
