// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/bench_vulkan.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/context.h"
#include "app/format.h"
#include "app/vulkan_benchmark.h"

namespace filigree::app {
namespace {

using nlohmann::json;

void printTables(Output& output, const VulkanBenchmark& result) {
    Table kernels({{"kernel"},
                   {"sparsity", Table::Align::Right},
                   {"ms", Table::Align::Right},
                   {"GB/s", Table::Align::Right},
                   {"of bandwidth", Table::Align::Right},
                   {"GFLOP/s", Table::Align::Right}});
    for (const VulkanKernelTime& one : result.kernels)
        kernels.add({one.tokens ? fmt::format("{}, {} tokens", one.kernel, one.tokens) : one.kernel,
                     shortNumber(one.sparsity), shortNumber(one.milliseconds), shortNumber(one.gigabytes),
                     fmt::format("{:.0f} %", 100 * one.share), shortNumber(one.gigaflops)});
    kernels.print(output);
    output.note("");
    Table steps({{"training step"},
                 {"ms", Table::Align::Right},
                 {"speed-up", Table::Align::Right},
                 {"ms to record", Table::Align::Right},
                 {"kernels", Table::Align::Right}});
    for (const VulkanStepTime& one : result.steps)
        steps.add({one.sparsity > 0 ? "sparsity " + shortNumber(one.sparsity) : "dense",
                   shortNumber(one.milliseconds), shortNumber(one.speedup), shortNumber(one.hostMilliseconds),
                   std::to_string(one.kernels)});
    steps.print(output);
    if (result.profile.empty()) return;
    output.note("");
    double total = 0;
    for (const vulkan::KernelTime& one : result.profile) total += one.seconds;
    Table profile({{"kernel of a step"},
                   {"calls", Table::Align::Right},
                   {"ms", Table::Align::Right},
                   {"of the step", Table::Align::Right},
                   {"GB/s", Table::Align::Right},
                   {"of bandwidth", Table::Align::Right}});
    const auto steps_ = static_cast<double>(result.profiledSteps);
    for (const vulkan::KernelTime& one : result.profile) {
        const double rate = one.seconds > 0 ? one.bytes / one.seconds / 1e9 : 0;
        profile.add({one.kernel, shortNumber(static_cast<double>(one.calls) / steps_),
                     shortNumber(one.seconds * 1e3 / steps_),
                     fmt::format("{:.1f} %", 100 * one.seconds / total), shortNumber(rate),
                     fmt::format("{:.0f} %", 100 * rate / result.bandwidth)});
    }
    profile.print(output);
}

json toJson(const VulkanBenchmarkOptions& options, const VulkanBenchmark& result) {
    json kernels = json::array(), steps = json::array(), profile = json::array();
    for (const VulkanKernelTime& one : result.kernels)
        kernels.push_back({{"kernel", one.kernel},
                           {"sparsity", one.sparsity},
                           {"tokens", one.tokens},
                           {"milliseconds", one.milliseconds},
                           {"gigabytes_per_second", one.gigabytes},
                           {"share_of_bandwidth", one.share},
                           {"gigaflops", one.gigaflops}});
    for (const VulkanStepTime& one : result.steps)
        steps.push_back({{"sparsity", one.sparsity},
                         {"milliseconds", one.milliseconds},
                         {"speedup", one.speedup},
                         {"host_milliseconds", one.hostMilliseconds},
                         {"kernels", one.kernels}});
    for (const vulkan::KernelTime& one : result.profile)
        profile.push_back({{"kernel", one.kernel},
                           {"calls", one.calls},
                           {"milliseconds", one.seconds * 1e3},
                           {"bytes", one.bytes},
                           {"operations", one.operations}});
    return {{"device", result.device.name},
            {"driver", result.device.driver},
            {"software", result.device.software},
            {"subgroup_size", result.subgroupSize},
            {"bandwidth_gigabytes_per_second", result.bandwidth},
            {"width", options.width},
            {"batch", options.batch},
            {"kernels", std::move(kernels)},
            {"steps", std::move(steps)},
            {"profiled_steps", result.profiledSteps},
            {"profile", std::move(profile)}};
}

int benchVulkan(Context& context, const VulkanBenchmarkOptions& options) {
    const VulkanBenchmark result = measureVulkan(options);
    Output& output = context.output();
    output.note(fmt::format("{} ({}), {:.0f} GB/s, subgroups of {}", result.device.name, result.device.driver,
                            result.bandwidth, result.subgroupSize));
    output.note(fmt::format("kernels: a layer of {0} x {0}; step: 784-{0}-{0}-10; {1} samples", options.width,
                            options.batch));
    if (output.json())
        output.print(toJson(options, result));
    else
        printTables(output, result);
    return 0;
}

}  // namespace

void addVulkanBenchCommand(CommandTree& tree, CLI::App* bench) {
    const auto options = std::make_shared<VulkanBenchmarkOptions>();
    CLI::App* command =
        tree.add(bench, "vulkan", "Measure the kernels and a training step on a Vulkan device",
                 {{"filigree bench vulkan", "the first device, a layer of 1024 units"},
                  {"filigree bench vulkan --width 4096 --batch 512 --sparsity 0.8 0.9 0.95 0.98 0.99 --json",
                   "what the comparison with PyTorch runs"},
                  {"filigree bench vulkan --device software --width 256 --batch 64", "the software device"}},
                 [options](Context& context) { return benchVulkan(context, *options); });
    command->add_option("--device", options->device, "Number or part of the name of the device, or software")
        ->type_name("NAME");
    command->add_option("--width", options->width, "Units of a layer")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{32768}))
        ->default_str("1024");
    command->add_option("--batch", options->batch, "Samples")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{65536}))
        ->default_str("128");
    command->add_option("--sparsity", options->sparsities, "Shares of zeros")
        ->type_name("S")
        ->check(CLI::Range(0.01, 0.9999))
        ->default_str("0.9 0.95 0.99");
    command->add_option("--tokens", options->tokens, "Measure sparse attention too, over so many tokens")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{65535}));
    command->add_option("--seconds", options->seconds, "How long to measure, in all")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.0, 3600.0))
        ->default_str("5");
}

}  // namespace filigree::app
