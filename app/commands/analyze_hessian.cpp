// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/analyze.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "run/interrupt.h"
#include "run/sharpness.h"

namespace filigree::app {
namespace {

using nlohmann::json;

struct HessianOptions : AnalysisOptions {
    run::SharpnessRequest request;
};

int analyzeHessian(Context& context, HessianOptions& options) {
    options.request.dataFolders = applyAnalysisOptions(context, options);
    Output& output = context.output();
    store::Store opened = context.openStore(store::Mode::ReadWrite);
    run::countInterrupts();
    Steps steps(output);
    const run::Sharpness result = run::computeSharpness(
        opened, options.request,
        [&](const std::string& what, int products) {
            steps.show(fmt::format("{}: {} products", what, products), false);
        },
        [] { return run::interruptsSoFar() > 0; });
    if (output.json()) {
        json object = json::parse(run::toJson(result));
        object["density"] = {{"eigenvalue", result.density.at}, {"value", result.density.value}};
        output.print(std::move(object));
    } else {
        Table table({{"figure"}, {"value", Table::Align::Right}, {"note"}});
        const auto line = [&](const std::string& name, double value, const std::string& note) {
            table.add({name, fmt::format("{:.5g}", value), note});
        };
        for (std::size_t i = 0; i < result.top.size(); ++i)
            line(fmt::format("eigenvalue {}", i + 1), result.top[i].value,
                 result.top[i].converged ? fmt::format("{} iterations", result.top[i].iterations)
                                         : "not converged");
        if (result.trace.probes > 0)
            line("trace", result.trace.mean,
                 fmt::format("+- {:.2g}, {} probes", result.trace.standardError, result.trace.probes));
        if (!result.ritz.empty()) {
            line("least", result.least, "Lanczos");
            line("greatest", result.greatest, "Lanczos");
        }
        line("loss", result.loss,
             fmt::format("{} parameters, {} of them without influence", result.parameters,
                         result.heldParameters));
        line("gradient norm", result.gradientNorm, "");
        line("error of a product", result.differenceError, "relative, from two step sizes");
        table.print(output);
        output.note(
            fmt::format("hessian/summary and hessian/density in the store for run {} at step {}, {:.1f} s",
                        result.place.run, result.place.step, result.seconds));
    }
    return result.stopped ? interruptedCode : 0;
}

}  // namespace

void addHessian(CommandTree& tree, CLI::App* group) {
    const auto options = std::make_shared<HessianOptions>();
    run::SharpnessRequest& request = options->request;
    CLI::App* command =
        tree.add(group, "hessian", "Sharpness: eigenvalues, trace and spectral density of the Hessian",
                 {{"filigree analyze hessian last", "the newest run, at its last checkpoint"},
                  {"filigree analyze hessian 3@400 --samples 2000 --lanczos-steps 100 --json",
                   "finer, for a program"}},
                 [options](Context& context) { return analyzeHessian(context, *options); });
    command->add_option("run", request.network, "Id, name, or last; with @STEP that checkpoint")
        ->required()
        ->type_name("RUN");
    const auto number = [&](const char* name, auto& value, const char* help) {
        command->add_option(name, value, help)
            ->type_name("N")
            ->check(CLI::NonNegativeNumber)
            ->default_str(std::to_string(value));
    };
    number("--samples", request.samples, "Training samples; 0 for all");
    number("--top", request.top, "Eigenvalues of largest magnitude by power iteration");
    number("--trace-probes", request.traceProbes, "Most probes of the trace");
    number("--lanczos-steps", request.lanczosSteps, "Steps of each Lanczos run; 0: no density");
    number("--density-probes", request.densityProbes, "Lanczos runs to average");
    number("--seed", request.seed, "Seed of samples and probes");
    command->add_flag("--single", request.single, "Single precision: faster, less exact");
    addAnalysisOptions(command, *options);
}

}  // namespace filigree::app
