// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/analyze.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "run/soup.h"

namespace filigree::app {
namespace {

using nlohmann::json;

struct SoupOptions : AnalysisOptions {
    run::SoupRequest request;
    std::string file;
};

json soupJson(const run::SoupResult& result) {
    const auto figures = [](const std::string& network, double density, const analysis::Evaluation& test) {
        return json{{"network", network},
                    {"density", density},
                    {"test", {{"loss", test.loss}, {"acc", test.accuracy}}}};
    };
    json members = json::array();
    for (const run::SoupMember& member : result.members)
        members.push_back(figures(member.label, member.density, member.test));
    return {{"members", std::move(members)},
            {"average", figures("average", result.density, result.test)},
            {"same_mask", result.sameMask},
            {"distance", result.diversity.meanDistance},
            {"angle", result.diversity.meanAngle}};
}

int analyzeSoup(Context& context, SoupOptions& options) {
    options.request.dataFolders = applyAnalysisOptions(context, options);
    options.request.file = options.file;
    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    const run::SoupResult result = run::averageNetworks(opened, options.request);
    Output& output = context.output();
    if (output.json()) {
        output.print(soupJson(result));
        return 0;
    }
    Table table({{"network"},
                 {"density", Table::Align::Right},
                 {"test/acc", Table::Align::Right},
                 {"test/loss", Table::Align::Right}});
    const auto line = [&](const std::string& name, double density, const analysis::Evaluation& test) {
        table.add({name, fmt::format("{:.4f}", density), fmt::format("{:.4f}", test.accuracy),
                   fmt::format("{:.4f}", test.loss)});
    };
    for (const run::SoupMember& member : result.members) line(member.label, member.density, member.test);
    line("average", result.density, result.test);
    table.print(output);
    if (!result.sameMask)
        output.note(fmt::format("the masks differ: the average is {:.2f} times as dense as the first network",
                                result.density / result.members.front().density));
    return 0;
}

}  // namespace

void addSoup(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<SoupOptions>();
    CLI::App* command =
        tree.add(group, "soup", "Average networks of one mask and see whether the average is better",
                 {{"filigree analyze soup 3 4 5", "three runs, each at its last checkpoint"},
                  {"filigree analyze soup 3 4 --force", "although their masks differ: denser than they are"}},
                 [options](Context& context) { return analyzeSoup(context, *options); });
    command
        ->add_option("run", options->request.networks,
                     "Two or more: id, name, or last; with @STEP that checkpoint")
        ->required()
        ->expected(2, 1000)
        ->type_name("RUN");
    command->add_flag("--force", options->request.force, "Average networks whose masks differ");
    command->add_option("--save", options->file, "Write the average as safetensors")->type_name("FILE");
    addAnalysisOptions(command, *options);
}

}  // namespace filigree::app
