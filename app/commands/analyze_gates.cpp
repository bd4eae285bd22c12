// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/analyze.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "run/frames.h"
#include "run/gate_ablation.h"

namespace filigree::app {
namespace {

using nlohmann::json;

struct AblationOptions : AnalysisOptions {
    std::string network;
    std::int64_t levels = 21;
};

int analyzeAblation(Context& context, const AblationOptions& options) {
    const data::SearchPath folders = applyAnalysisOptions(context, options);
    store::Store store = context.openStore(store::Mode::ReadWrite);
    const run::StoredAblation stored =
        run::computeGateAblation(store, options.network, options.levels, folders);
    const analysis::GateAblation& ablation = stored.ablation;
    Output& output = context.output();
    if (output.json()) {
        json levels = json::array();
        for (const analysis::AblationLevel& level : ablation.levels)
            levels.push_back({{"closed", level.closed},
                              {"threshold", level.threshold},
                              {"accuracy", level.accuracy},
                              {"f1_macro", level.f1Macro},
                              {"mean_absolute_error", level.absoluteError},
                              {"multiply_adds", level.multiplyAdds}});
        output.print({{"run", stored.place.run},
                      {"step", stored.place.step},
                      {"data", ablation.data},
                      {"items", ablation.items},
                      {"item", ablation.item},
                      {"unit", ablation.unit},
                      {"channels", ablation.channels},
                      {"constant",
                       {{"accuracy", ablation.constantAccuracy},
                        {"f1_macro", ablation.constantF1},
                        {"mean_absolute_error", ablation.constantError}}},
                      {"levels", std::move(levels)}});
        return 0;
    }
    Table table({{"closed", Table::Align::Right},
                 {"threshold", Table::Align::Right},
                 {"accuracy", Table::Align::Right},
                 {"macro F1", Table::Align::Right},
                 {"mean absolute error", Table::Align::Right},
                 {"multiply-adds", Table::Align::Right}});
    const auto number = [](const char* form, double value) {
        return std::isnan(value) ? std::string("-") : fmt::format(fmt::runtime(form), value);
    };
    for (const analysis::AblationLevel& level : ablation.levels)
        table.add({std::to_string(level.closed), fmt::format("{:.4f}", level.threshold),
                   fmt::format("{:.4f}", level.accuracy), fmt::format("{:.4f}", level.f1Macro),
                   number("{:.3f}", level.absoluteError), number("{:.0f}", level.multiplyAdds)});
    table.add({"constant", "-", fmt::format("{:.4f}", ablation.constantAccuracy),
               fmt::format("{:.4f}", ablation.constantF1), number("{:.3f}", ablation.constantError), "-"});
    table.print(output);
    output.note(fmt::format("{} channels, {} {}s of the {} data{}; kept as ablation/gates", ablation.channels,
                            ablation.items, ablation.item, ablation.data,
                            ablation.unit.empty() ? "" : ", errors in " + ablation.unit));
    if (!ablation.notice.empty()) output.note(ablation.notice);
    return 0;
}

struct FramesOptions : AnalysisOptions {
    std::string network;
    std::optional<std::int64_t> polyp;
    std::int64_t most = 24, features = 4;
};

int analyzeFrames(Context& context, const FramesOptions& options) {
    const data::SearchPath folders = applyAnalysisOptions(context, options);
    store::Store store = context.openStore(store::Mode::ReadWrite);
    const run::StoredFrames stored =
        run::computeFrames(store, options.network, options.polyp, options.most, options.features, folders);
    const analysis::FrameSet& set = stored.frames;
    const json scale = json::parse(set.scale);
    // Each stream's share of a prediction: the mean of its map.
    const auto meanOf = [&](const analysis::FrameStream& stream, std::size_t frame) {
        const auto places = static_cast<std::size_t>(stream.rows * stream.columns);
        double sum = 0;
        for (std::size_t i = 0; i < places; ++i) sum += static_cast<double>(stream.maps[frame * places + i]);
        return sum / static_cast<double>(places);
    };
    Output& output = context.output();
    if (output.json()) {
        json frames = json::array();
        for (std::size_t i = 0; i < set.items.size(); ++i) {
            json frame{{"item", set.items[i]}, {"truth", set.truth[i]}, {"predicted", set.predicted[i]}};
            if (!set.offsets.empty()) {
                frame["offset"] = set.offsets[i];
                for (const analysis::FrameStream& stream : set.streams)
                    frame["mean_of_map"][stream.name] = meanOf(stream, i);
            }
            frames.push_back(std::move(frame));
        }
        output.print({{"run", stored.place.run},
                      {"step", stored.place.step},
                      {"group", set.group},
                      {"of_all", set.all},
                      {"feature_maps", set.mapped},
                      {"has_mask", !set.mask.empty()},
                      {"has_depth", !set.depthMm.empty()},
                      {"frames", std::move(frames)}});
        return 0;
    }
    std::vector<Table::Column> columns{
        {"frame", Table::Align::Right}, {"true", Table::Align::Right}, {"predicted", Table::Align::Right}};
    if (!set.offsets.empty()) {
        columns.push_back({"offset", Table::Align::Right});
        for (const analysis::FrameStream& stream : set.streams)
            columns.push_back({"map " + stream.name, Table::Align::Right});
    }
    Table table(columns);
    for (std::size_t i = 0; i < set.items.size(); ++i) {
        std::vector<std::string> row{std::to_string(set.items[i]), fmt::format("{:.2f}", set.truth[i]),
                                     fmt::format("{:.2f}", set.predicted[i])};
        if (!set.offsets.empty()) {
            row.push_back(fmt::format("{:.3f}", set.offsets[i]));
            for (const analysis::FrameStream& stream : set.streams)
                row.push_back(fmt::format("{:+.3f}", meanOf(stream, i)));
        }
        table.add(row);
    }
    table.print(output);
    output.note(fmt::format("{} of {} frames of polyp {}{}; kept as frames/{}", set.items.size(), set.all,
                            set.group, set.mapUnit.empty() ? "" : ", in " + set.mapUnit, set.group));
    if (set.mapped > 0)
        output.note(fmt::format("feature maps of {} gates for the first {} of them, for the page Gates",
                                set.gates.size(), set.mapped));
    output.note(scale.value("notice", ""));
    return 0;
}

}  // namespace

void addAblation(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<AblationOptions>();
    CLI::App* command = tree.add(
        group, "ablation", "Close the weakest channels of a gated network and see what it still does",
        {{"filigree analyze ablation last", "from no channel to all, in 20 steps"},
         {"filigree analyze ablation 3@120 --levels 11 --json", "of an earlier checkpoint"}},
        [options](Context& context) { return analyzeAblation(context, *options); });
    command->add_option("run", options->network, "Id, name, or last; with @STEP that checkpoint")
        ->required()
        ->type_name("RUN");
    command->add_option("--levels", options->levels, "How many numbers of closed channels, from none to all")
        ->type_name("N")
        ->check(CLI::Range(2, 1001))
        ->default_str("21");
    addAnalysisOptions(command, *options);
}

void addFrames(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<FramesOptions>();
    CLI::App* command = tree.add(
        group, "frames", "Keep what a network sees of single frames, and where its prediction comes from",
        {{"filigree analyze frames last", "frames of the first polyp of the test data"},
         {"filigree analyze frames 3@120 --polyp 17 --json", "of an earlier checkpoint"}},
        [options](Context& context) { return analyzeFrames(context, *options); });
    command->add_option("run", options->network, "Id, name, or last; with @STEP that checkpoint")
        ->required()
        ->type_name("RUN");
    command->add_option("--polyp", options->polyp, "Polyp whose frames are kept; the first if not given")
        ->type_name("NUMBER");
    command->add_option("--most", options->most, "Frames at most, evenly spread over those of the polyp")
        ->type_name("N")
        ->check(CLI::Range(1, 1000))
        ->default_str("24");
    command
        ->add_option("--features", options->features,
                     "Of so many of them also each channel's map before its gate; fewer if they are large")
        ->type_name("N")
        ->check(CLI::Range(0, 1000))
        ->default_str("4");
    addAnalysisOptions(command, *options);
}

}  // namespace filigree::app
