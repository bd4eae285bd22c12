// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/commands/analyze.h"
#include "run/channel_pruning.h"

namespace filigree::app {
namespace {

using analysis::ChannelPruning;
using analysis::PrunedFigures;
using nlohmann::json;

struct PruneOptions : AnalysisOptions {
    std::string network, file;
    analysis::PruningRequest request;
};

json jsonOf(const PrunedFigures& figures) {
    return {{"parameters", figures.parameters},
            {"bytes", figures.bytes},
            {"multiply_adds", figures.multiplyAdds},
            {"latency_ms", figures.latencyMs},
            {"accuracy", figures.accuracy},
            {"f1_macro", figures.f1Macro},
            {"mean_absolute_error", figures.absoluteError}};
}

json jsonOf(const run::StoredPruning& stored) {
    const ChannelPruning& pruning = stored.pruning;
    json layers = json::array();
    for (const analysis::PrunedLayer& layer : pruning.layers)
        layers.push_back({{"name", layer.name},
                          {"gate", layer.isGate},
                          {"inputs", {layer.inputs, layer.inputsLeft}},
                          {"outputs", {layer.outputs, layer.outputsLeft}}});
    return {{"run", stored.place.run},
            {"step", stored.place.step},
            {"data", pruning.data},
            {"items", pruning.items},
            {"item", pruning.item},
            {"unit", pruning.unit},
            {"threshold", pruning.threshold},
            {"channels", pruning.channels},
            {"closed", pruning.closed},
            {"removed", pruning.removed},
            {"difference", pruning.difference},
            {"batch", pruning.batch},
            {"pairs", pruning.pairs},
            {"threads", pruning.threads},
            {"speed_up", pruning.speedUp},
            {"before", jsonOf(pruning.before)},
            {"after", jsonOf(pruning.after)},
            {"constant",
             {{"accuracy", pruning.constantAccuracy},
              {"f1_macro", pruning.constantF1},
              {"mean_absolute_error", pruning.constantError}}},
            {"layers", std::move(layers)}};
}

std::string fewer(std::int64_t before, std::int64_t after) {
    return before == after ? std::to_string(before) : fmt::format("{} to {}", before, after);
}

void printLayers(const ChannelPruning& pruning, Output& output) {
    Table table({{"layer"}, {"inputs", Table::Align::Right}, {"outputs", Table::Align::Right}});
    std::size_t same = 0;
    for (const analysis::PrunedLayer& layer : pruning.layers) {
        if (layer.inputs == layer.inputsLeft && layer.outputs == layer.outputsLeft)
            ++same;
        else
            table.add({layer.name + (layer.isGate ? " (gate)" : ""), fewer(layer.inputs, layer.inputsLeft),
                       fewer(layer.outputs, layer.outputsLeft)});
    }
    if (same < pruning.layers.size()) table.print(output);
    if (same > 0) output.note(fmt::format("{} layers are as they were", same));
}

void printFigures(const ChannelPruning& pruning, Output& output) {
    Table table({{"figure"},
                 {"before", Table::Align::Right},
                 {"pruned", Table::Align::Right},
                 {"constant", Table::Align::Right}});
    const auto number = [](const char* form, double value) {
        return std::isnan(value) ? std::string("-") : fmt::format(fmt::runtime(form), value);
    };
    const PrunedFigures &before = pruning.before, &after = pruning.after;
    table.add({"parameters", std::to_string(before.parameters), std::to_string(after.parameters), "-"});
    table.add({"bytes", std::to_string(before.bytes), std::to_string(after.bytes), "-"});
    table.add({fmt::format("multiply-adds of a {}", pruning.item), number("{:.0f}", before.multiplyAdds),
               number("{:.0f}", after.multiplyAdds), "-"});
    table.add({fmt::format("ms for {} {}s", pruning.batch, pruning.item), number("{:.3f}", before.latencyMs),
               number("{:.3f}", after.latencyMs), "-"});
    table.add({"accuracy", number("{:.4f}", before.accuracy), number("{:.4f}", after.accuracy),
               number("{:.4f}", pruning.constantAccuracy)});
    table.add({"macro F1", number("{:.4f}", before.f1Macro), number("{:.4f}", after.f1Macro),
               number("{:.4f}", pruning.constantF1)});
    if (!std::isnan(before.absoluteError))
        table.add({"mean absolute error, " + pruning.unit, number("{:.3f}", before.absoluteError),
                   number("{:.3f}", after.absoluteError), number("{:.3f}", pruning.constantError)});
    table.print(output);
}

int analyzePrune(Context& context, const PruneOptions& options) {
    const data::SearchPath folders = applyAnalysisOptions(context, options);
    store::Store store = context.openStore(store::Mode::ReadWrite);
    const run::StoredPruning stored =
        run::computeChannelPruning(store, options.network, options.request, options.file, folders);
    const ChannelPruning& pruning = stored.pruning;
    Output& output = context.output();
    if (output.json()) {
        output.print(jsonOf(stored));
        return 0;
    }
    printLayers(pruning, output);
    printFigures(pruning, output);
    const bool gated = !std::isnan(pruning.threshold);
    const std::string why =
        gated ? fmt::format("{} of {} channels have a score below {:.4f}", pruning.closed, pruning.channels,
                            pruning.threshold)
              : fmt::format("{} of {} units are read by nothing", pruning.closed, pruning.channels);
    output.note(
        fmt::format("{}; {} were taken out, {:.2f} times as fast (median of {} pairs, {} thread{}); "
                    "outputs differ by at most {:.1e} from those {}",
                    why, pruning.removed, pruning.speedUp, pruning.pairs, pruning.threads,
                    pruning.threads == 1 ? "" : "s", pruning.difference,
                    gated ? "with closed gates" : "of the whole network"));
    output.note(fmt::format("figures per {}, of the {} {}s of the {} data; kept as pruning", pruning.item,
                            pruning.items, pruning.item, pruning.data));
    if (gated && !options.file.empty())
        output.note("go on with it: the settings of its run and --set model.pruned=" + options.file);
    if (!pruning.notice.empty()) output.note(pruning.notice);
    return 0;
}

}  // namespace

void addPrune(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<PruneOptions>();
    CLI::App* command = tree.add(
        group, "prune",
        "Take out closed channels, or units that nothing reads: smaller, faster, the same outputs",
        {{"filigree analyze prune last",
          "what a score below 1/2 (or the run's threshold) closes; without gates units without connections"},
         {"filigree analyze prune 3@120 --channels 40 --save small.safetensors", "the 40 weakest"}},
        [options](Context& context) { return analyzePrune(context, *options); });
    command->add_option("run", options->network, "Id, name, or last; with @STEP that checkpoint")
        ->required()
        ->type_name("RUN");
    CLI::Option* const threshold =
        command->add_option("--threshold", options->request.threshold, "Channels with a lower score go")
            ->type_name("SCORE")
            ->check(CLI::Range(0.0, 1.0));
    command->add_option("--channels", options->request.channels, "So many of the weakest channels go")
        ->type_name("N")
        ->check(CLI::Range(0, 100000000))
        ->excludes(threshold);
    command->add_option("--save", options->file, "Write the pruned network as safetensors")
        ->type_name("FILE");
    command->add_option("--batch", options->request.batch, "Items that are timed together")
        ->type_name("N")
        ->check(CLI::Range(1, 65536))
        ->default_str("32");
    command->add_option("--pairs", options->request.pairs, "Timed passes through both networks, in turns")
        ->type_name("N")
        ->check(CLI::Range(1, 100000))
        ->default_str("30");
    addAnalysisOptions(command, *options);
}

}  // namespace filigree::app
