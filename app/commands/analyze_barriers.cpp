// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/analyze.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "run/barriers.h"
#include "run/interrupt.h"

namespace filigree::app {
namespace {

using nlohmann::json;

struct BarriersOptions : AnalysisOptions {
    run::BarriersRequest request;
    std::string csv;
};

int analyzeBarriers(Context& context, BarriersOptions& options) {
    options.request.dataFolders = applyAnalysisOptions(context, options);
    Output& output = context.output();
    store::Store opened = context.openStore(store::Mode::ReadWrite);
    run::countInterrupts();
    Steps steps(output);
    const run::BarriersResult result = run::computeBarriers(
        opened, options.request,
        [&](const run::BarriersProgress& progress) {
            steps.show(fmt::format("{} of {} pairs, {}", progress.pairs, progress.of, progress.pair), false);
        },
        [] { return run::interruptsSoFar() > 0; });
    const run::Barriers& barriers = result.barriers;
    if (!options.csv.empty()) writeTable(barriers.csv(), options.csv);
    if (output.json()) {
        json facts = json::parse(run::writeBarriers(barriers, options.request));
        facts["run"] = result.place.run;
        facts["tag"] = result.tag;
        facts["computed"] = result.computed;
        facts["from_store"] = result.found;
        output.print(facts);
    } else {
        std::vector<Table::Column> columns{{"a"}, {"b"}};
        for (const std::string& figure : barriers.figures) columns.push_back({figure, Table::Align::Right});
        Table table(columns);
        for (std::size_t a = 0; a < barriers.networks.size(); ++a)
            for (std::size_t b = a + 1; b < barriers.networks.size(); ++b) {
                std::vector<std::string> row{barriers.networks[a], barriers.networks[b]};
                for (std::size_t f = 0; f < barriers.figures.size(); ++f)
                    row.push_back(
                        std::isnan(barriers.at(f, a, b)) ? "" : fmt::format("{:.4f}", barriers.at(f, a, b)));
                table.add(row);
            }
        table.print(output);
        output.note(barriers.complete
                        ? fmt::format("see it with: filigree render barriers --run {} --tag {} -o FILE.png",
                                      result.place.run, result.tag)
                        : std::string("stopped; the same command goes on"));
    }
    return barriers.complete ? 0 : interruptedCode;
}

}  // namespace

void addBarriers(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<BarriersOptions>();
    run::BarriersRequest& request = options->request;
    CLI::App* command =
        tree.add(group, "barriers", "Linear mode connectivity between every two of some networks",
                 {{"filigree analyze barriers 3 4 5 6", "six lines, each network at its last checkpoint"},
                  {"filigree analyze barriers 3@400 4@400 5@400 --data both --csv barriers.csv",
                   "at a step, on training data too, and as a table"}},
                 [options](Context& context) { return analyzeBarriers(context, *options); });
    command->add_option("run", request.networks, "Two or more: id, name, or last; with @STEP that checkpoint")
        ->required()
        ->expected(2, 100)
        ->type_name("RUN");
    command->add_option("--resolution", request.resolution, "Places on each line, ends included")
        ->type_name("N")
        ->check(CLI::Range(2, 1001))
        ->default_str("11");
    addSampleOptions(command, request.samples, request.data);
    command->add_option("--csv", options->csv, "Also write them to a file, a line per pair")
        ->type_name("FILE");
    addAnalysisOptions(command, *options);
}

}  // namespace filigree::app
