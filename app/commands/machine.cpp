// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "app/benchmark.h"
#include "app/command_tree.h"
#include "app/commands/bench_vulkan.h"
#include "app/context.h"
#include "app/format.h"
#include "app/step_benchmark.h"
#include "backend/cpu/sparse_kernels.h"
#include "backend/machine_peak.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/platform.h"
#include "base/version.h"
#include "data/load.h"
#include "gpu/instance.h"
#include "run/presets.h"

/// devices, bench, doctor, version: this computer and this program.
namespace filigree::app {
namespace {

using nlohmann::json;

int processors() {
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// The Vulkan devices of this computer, and why there is none.
struct VulkanDevices {
    std::vector<gpu::DeviceInfo> devices;
    std::string problem;
};

VulkanDevices vulkanDevices() {
    VulkanDevices found;
    try {
        const auto instance = gpu::Instance::shared();
        for (const VkPhysicalDevice device : instance->physicalDevices())
            found.devices.push_back(gpu::Instance::describe(device));
    } catch (const Error& error) {
        found.problem = error.message() + "; " + error.advice();
    }
    return found;
}

int devices(Context& context) {
    Output& output = context.output();
    const std::string name = platform::processorName();
    const auto memory = platform::physicalMemoryBytes();
    const std::string kernels = backend::sparseKernels().name;
    const VulkanDevices found = vulkanDevices();
    if (output.json()) {
        json vulkan = json::array();
        for (const gpu::DeviceInfo& device : found.devices)
            vulkan.push_back({{"name", device.name},
                              {"driver", device.driver},
                              {"software", device.software},
                              {"memory_bytes", device.memoryBytes}});
        output.print({{"devices", json::array({{{"id", "cpu"},
                                                {"name", name},
                                                {"processors", processors()},
                                                {"memory_bytes", memory},
                                                {"kernels", kernels}}})},
                      {"vulkan", std::move(vulkan)},
                      {"vulkan_problem", found.problem}});
        return 0;
    }
    Table table({{"device"},
                 {"name"},
                 {"processors", Table::Align::Right},
                 {"memory", Table::Align::Right},
                 {"kernels"}});
    table.add({"cpu", name, std::to_string(processors()), shortBytes(static_cast<double>(memory)), kernels});
    std::size_t place = 0;
    for (const gpu::DeviceInfo& device : found.devices)
        table.add({"vulkan " + std::to_string(place++), device.name, "",
                   shortBytes(static_cast<double>(device.memoryBytes)),
                   device.software ? "Vulkan, in software" : "Vulkan"});
    table.print(output);
    if (!found.problem.empty()) output.note("no Vulkan device: " + found.problem);
    return 0;
}

struct BenchOptions {
    std::string threads;
    double seconds = 3;
};

int bench(Context& context, const BenchOptions& options) {
    if (!options.threads.empty()) context.override("threads", options.threads);
    const int threads = context.settings().threads().value_or(processors());
    setThreadCount(threads);
    Output& output = context.output();
    const backend::MachinePeak peak = backend::measureMachinePeak();
    json lists = json::object();
    Table table({{"layer"},
                 {"weight"},
                 {"density", Table::Align::Right},
                 {"ms", Table::Align::Right},
                 {"GFLOP/s", Table::Align::Right},
                 {"of peak", Table::Align::Right},
                 {"speed-up", Table::Align::Right}});
    const auto add = [&](const char* key, const char* name, const std::vector<Measurement>& measurements) {
        const double dense = measurements.front().milliseconds;
        json& list = lists[key] = json::array();
        for (const Measurement& one : measurements) {
            list.push_back({{"sparse", one.sparse},
                            {"density", one.density},
                            {"milliseconds", one.milliseconds},
                            {"gigaflops", one.gigaflops},
                            {"peak_fraction", one.gigaflops / peak.gflops},
                            {"speedup", dense / one.milliseconds}});
            table.add({name, one.sparse ? "sparse" : "dense", shortNumber(one.density),
                       shortNumber(one.milliseconds), shortNumber(one.gigaflops),
                       fmt::format("{:.1f} %", 100 * one.gigaflops / peak.gflops),
                       shortNumber(dense / one.milliseconds)});
        }
    };
    add("layer", "linear", measureLinear(options.seconds / 2));
    add("convolution", "convolution", measureConvolution(options.seconds / 2));
    if (output.json()) {
        lists.update({{"threads", threads},
                      {"kernels", backend::sparseKernels().name},
                      {"processor", platform::processorName()},
                      {"peak_gflops", peak.gflops},
                      {"stream_gigabytes_per_second", peak.streamGigabytes}});
        output.print(std::move(lists));
        return 0;
    }
    table.print(output);
    output.note(
        fmt::format("forward and backward on 128 samples, {} threads: 784 inputs and 512 units; 64 channels "
                    "of 14 x 14 from 64, "
                    "kernel 3 x 3. The machine: {} GFLOP/s, {} GB/s",
                    threads, shortNumber(peak.gflops), shortNumber(peak.streamGigabytes)));
    return 0;
}

struct StepBenchOptions {
    StepOptions step;
    std::string threads, python;
    bool alone = false;
};

int benchStep(Context& context, StepBenchOptions options) {
    if (!options.threads.empty()) context.override("threads", options.threads);
    const int threads = context.settings().threads().value_or(processors());
    setThreadCount(threads);
    Output& output = context.output();
    if (!options.python.empty()) options.step.pythons = {options.python};
    if (options.alone) options.step.pythons.clear();
    const StepMeasurement found = measureStep(options.step);
    const double peakFraction = found.gigaflops() / found.peak.gflops;
    if (output.json()) {
        json torch;
        if (found.torch)
            torch = {{"version", found.torch->version},
                     {"blas", found.torch->blas},
                     {"step_ms", found.torch->milliseconds},
                     {"cpu_ms", found.torch->cpuMilliseconds},
                     {"ratio", found.torch->ratio}};
        output.print({{"model", options.step.model},
                      {"batch", options.step.batch},
                      {"sparsity", options.step.sparsity},
                      {"threads", threads},
                      {"processor", platform::processorName()},
                      {"device", found.device},
                      {"kernels", backend::sparseKernels().name},
                      {"steps", found.steps},
                      {"step_ms", found.milliseconds},
                      {"cpu_ms", found.cpuMilliseconds},
                      {"flops", found.flops},
                      {"gflops", found.gigaflops()},
                      {"peak_gflops", found.peak.gflops},
                      {"peak_fraction", peakFraction},
                      {"bytes", found.bytes},
                      {"stream_gigabytes_per_second", found.peak.streamGigabytes},
                      {"state_bytes", found.stateBytes},
                      {"tensor_peak_bytes", found.tensorPeakBytes},
                      {"peak_resident_bytes", platform::peakResidentBytes()},
                      {"torch", std::move(torch)},
                      {"torch_problem", found.torchProblem}});
        return 0;
    }
    Table table({{"what"}, {"value"}});
    table.add({"step", fmt::format("{} ms ({} ms CPU), median of {}", shortNumber(found.milliseconds),
                                   shortNumber(found.cpuMilliseconds), found.steps)});
    if (!found.device.empty()) table.add({"device", found.device});
    table.add({"arithmetic", fmt::format("{} GFLOP, {} GFLOP/s, {:.3g} % of the peak of {} GFLOP/s",
                                         shortNumber(found.flops * 1e-9), shortNumber(found.gigaflops()),
                                         100 * peakFraction, shortNumber(found.peak.gflops))});
    table.add(
        {"memory traffic", fmt::format("{} at least, {} GB/s; memory gives {} GB/s", shortBytes(found.bytes),
                                       shortNumber(found.bytes / (found.milliseconds * 1e6)),
                                       shortNumber(found.peak.streamGigabytes))});
    table.add({"training state", shortBytes(static_cast<double>(found.stateBytes))});
    if (found.device.empty())
        table.add({"most held by tensors", shortBytes(static_cast<double>(found.tensorPeakBytes))});
    if (found.torch)
        table.add({"PyTorch " + found.torch->version + ", dense",
                   fmt::format("{} ms ({} ms CPU): {} times ours", shortNumber(found.torch->milliseconds),
                               shortNumber(found.torch->cpuMilliseconds), shortNumber(found.torch->ratio))});
    else
        table.add({"PyTorch", found.torchProblem});
    table.print(output);
    if (found.torch && found.torch->blas.starts_with("libblas"))
        output.note(
            "this PyTorch multiplies matrices with the reference BLAS, which is slow: install OpenBLAS for a "
            "fair comparison");
    return 0;
}

/// A line of the doctor: what, what was found, and whether that is all right.
struct Finding {
    std::string what, value, problem;
};

template <typename Look>
Finding look(const std::string& what, Look find) {
    try {
        return {what, find(), ""};
    } catch (const Error& error) {
        return {what, error.where(), error.message() + (error.advice().empty() ? "" : "; " + error.advice())};
    }
}

int doctor(Context& context) {
    std::vector<Finding> findings{
        {"version", version(), ""},
        {"system", platform::systemName(), ""},
        {"processor", fmt::format("{}, {} processors", platform::processorName(), processors()), ""},
        {"memory", shortBytes(static_cast<double>(platform::physicalMemoryBytes())), ""},
        look("kernels", [] { return std::string(backend::sparseKernels().name); }),
        look("assets", [] { return run::assetsFolder().string(); }),
        look("presets",
             [] {
                 std::size_t count = 0;
                 for (const run::Preset& preset : run::presets()) {
                     run::read(preset);
                     ++count;
                 }
                 return fmt::format("{} are in order", count);
             }),
    };
    const platform::Folders folders = platform::folders();
    findings.push_back({"settings folder", folders.settings.string(), ""});
    findings.push_back({"data folder", folders.data.string(), ""});
    const Finding settings = look("settings", [&] { return context.settings().store().string(); });
    if (!settings.problem.empty()) {
        findings.push_back(settings);
    } else {
        for (const Settings::Line& line : context.settings().lines())
            findings.push_back({line.key, fmt::format("{}  ({})", line.value, line.origin), ""});
        findings.push_back(look("store file", [&] {
            const auto opened = context.openStoreIfAny(store::Mode::ReadOnly);
            if (!opened) return std::string("none yet; the first run makes it");
            opened->checkIntegrity();
            return std::string("in order");
        }));
        for (const data::Listing& listing : data::list(context.settings().dataFolders()))
            findings.push_back(
                {"data set " + listing.info.name, listing.available ? listing.where : "not here", ""});
    }

    Output& output = context.output();
    json list = json::array();
    Table table({{"what"}, {"found"}});
    int problems = 0;
    for (const Finding& finding : findings) {
        list.push_back({{"what", finding.what}, {"found", finding.value}, {"problem", finding.problem}});
        table.add(
            {finding.what, finding.problem.empty() ? finding.value : finding.value + ": " + finding.problem},
            finding.problem.empty() ? Style::Plain : Style::Bad);
        if (!finding.problem.empty()) ++problems;
    }
    if (output.json())
        output.print({{"findings", std::move(list)}, {"problems", problems}});
    else
        table.print(output);
    return problems == 0 ? 0 : 1;
}

int showVersion(Context& context) {
    Output& output = context.output();
    if (output.json())
        output.print({{"version", version()}});
    else
        output.out() << "filigree " << version() << '\n';
    return 0;
}

}  // namespace

void addMachineCommands(CommandTree& tree) {
    tree.add(nullptr, "devices", "List the devices that compute and draw",
             {{"filigree devices", "with the kernels they run"}}, devices);
    const auto options = std::make_shared<BenchOptions>();
    CLI::App* measuring =
        tree.add(nullptr, "bench", "Measure how fast this computer trains sparse and dense layers",
                 {{"filigree bench", "a few seconds"}, {"filigree bench --threads 1 --json", "one thread"}},
                 [options](Context& context) { return bench(context, *options); });
    measuring->add_option("--threads", options->threads, "Threads to compute with")->type_name("N");
    measuring->add_option("--seconds", options->seconds, "How long to measure, in all")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.0, 3600.0))
        ->default_str("3");
    const auto stepping = std::make_shared<StepBenchOptions>();
    CLI::App* step = tree.add(
        measuring, "step", "Measure a whole training step, beside PyTorch's dense one where it is installed",
        {{"filigree bench step --model cnn-28 --sparsity 0.95", "all processors"},
         {"filigree bench step --model mlp-1024 --threads 1 --json", "one thread, for a program"}},
        [stepping](Context& context) { return benchStep(context, *stepping); });
    step->add_option("--model", stepping->step.model,
                     "Network: mlp-1024 (or another width), cnn-28, resnet18-32, r18-96, fsg-r18-96")
        ->type_name("MODEL")
        ->default_str("mlp-1024");
    step->add_option("--batch", stepping->step.batch, "Samples per step")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{2}, std::int64_t{65536}))
        ->default_str("128");
    step->add_option("--sparsity", stepping->step.sparsity, "Share of zeros in the sparse layers; 0: dense")
        ->type_name("SHARE")
        ->check(CLI::Range(0.0, 0.9999))
        ->default_str("0.9");
    step->add_option("--device", stepping->step.device, "cpu, vulkan or vulkan:NAME")
        ->type_name("DEVICE")
        ->default_str("cpu");
    step->add_option("--threads", stepping->threads, "Threads to compute with")->type_name("N");
    step->add_option("--seconds", stepping->step.seconds, "How long to measure, in all")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.0, 3600.0))
        ->default_str("5");
    step->add_option("--python", stepping->python, "Python interpreter to look for PyTorch with")
        ->type_name("PROGRAM")
        ->default_str("python3");
    step->add_flag("--alone", stepping->alone, "Do not compare with PyTorch");
    addVulkanBenchCommand(tree, measuring);
    tree.add(nullptr, "doctor", "Check the installation and say which setting won",
             {{"filigree doctor", "exit code 1 if something is wrong"}}, doctor);
    tree.add(nullptr, "version", "Print the version", {{"filigree version", "also: filigree --version"}},
             showVersion);
}

}  // namespace filigree::app
