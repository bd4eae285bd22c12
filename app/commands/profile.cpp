// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "app/command_tree.h"
#include "app/context.h"
#include "app/device_peak.h"
#include "app/format.h"
#include "app/profile_report.h"
#include "app/step_benchmark.h"
#include "backend/device_kernels.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/platform.h"
#include "methods/registry.h"
#include "record/recorder.h"
#include "run/device.h"
#include "run/presets.h"
#include "run/shared_schema.h"
#include "store/reader.h"

/// profile: where the time of a training step goes.
namespace filigree::app {
namespace {

using nlohmann::json;

struct ProfileOptions {
    std::string what, threads, trace, device;
    std::int64_t steps = 20;
    std::int64_t batch = 128;
    double sparsity = 0.9;
};

/// Something that does training steps.
struct Subject {
    std::string title;
    std::function<void()> step;
    std::int64_t stepsLeft = std::numeric_limits<std::int64_t>::max();
};

Subject experimentOf(Context& context, const std::string& title, const std::string& method,
                     const config::Config& config, std::uint64_t seed, const Tensor::Device& device) {
    struct State {
        std::unique_ptr<train::Experiment> experiment;
        record::NullRecorder recorder;
    };
    const auto state = std::make_shared<State>();
    const methods::Method& found = methods::find(method);
    if (device && !found.usesDevice)
        throw Error(ErrorKind::Device, "the method \"" + method + "\" computes on the CPU alone", "--device",
                    "leave the device out");
    methods::Environment environment;
    environment.seed = seed;
    environment.dataFolders = context.settings().dataFolders();
    environment.device = device;
    state->experiment = found.create(config, environment);
    state->experiment->begin(state->recorder);
    return {title, [state] { state->experiment->step(state->recorder); },
            state->experiment->progress().totalSteps};
}

Subject runOf(Context& context, const std::string& what, const Tensor::Device& device) {
    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    const store::Reader reader(opened);
    const store::RunInfo info = reader.run(reader.find(what));
    const std::string title = fmt::format("run {}", info.id);
    const config::Config config = config::Config::parse(
        run::schemaOf(info.method), reader.configToml(info.id), "configuration of " + title);
    return experimentOf(context, title, info.method, config, static_cast<std::uint64_t>(info.seed), device);
}

bool namesRun(const std::string& what) {
    return what == "last" || (!what.empty() && std::all_of(what.begin(), what.end(), [](unsigned char c) {
               return c >= '0' && c <= '9';
           }));
}

Subject subjectOf(Context& context, const ProfileOptions& options, const Tensor::Device& device) {
    if (isStepModel(options.what)) {
        const auto step =
            std::make_shared<TrainingStep>(options.what, options.batch, options.sparsity, device);
        return {fmt::format("{} at {:g} % sparsity", options.what, 100 * options.sparsity),
                [step] { step->run(); }};
    }
    if (namesRun(options.what)) return runOf(context, options.what, device);
    std::optional<config::RunFile> file;
    try {
        file = run::openRunFile(options.what);
    } catch (const Error& noPreset) {
        // Then it may be the name of a run.
        try {
            return runOf(context, options.what, device);
        } catch (const Error&) {
            throw noPreset;
        }
    }
    return experimentOf(context, file->preset.empty() ? options.what : file->preset, file->method,
                        file->config, file->seed.value_or(0), device);
}

std::string percent(double share) {
    return fmt::format("{:.1f} %", 100 * share);
}

/// Kernels of a device by its own clock.
int profileKernels(Context& context, const ProfileOptions& options) {
    Output& output = context.output();
    if (!options.trace.empty())
        throw Error(ErrorKind::Usage,
                    "a device tells the sum over the calls of each kernel, not when each ran", "--trace",
                    "leave it out, or profile on the CPU");
    const Tensor::Device device = run::openDevice(options.device, true);
    auto& kernels = static_cast<backend::DeviceKernels&>(*device);
    const backend::MachinePeak peak = measureDevicePeak(device);
    const Subject subject = subjectOf(context, options, device);
    const std::int64_t warmUp = std::min<std::int64_t>(3, subject.stepsLeft - 1);
    const std::int64_t steps = std::min(options.steps, subject.stepsLeft - warmUp);
    for (std::int64_t i = 0; i < warmUp; ++i) subject.step();
    kernels.resetKernelTimes();
    const auto start = std::chrono::steady_clock::now();
    for (std::int64_t i = 0; i < steps; ++i) subject.step();
    std::vector<backend::KernelTime> times = kernels.kernelTimes();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (times.empty())
        throw Error(ErrorKind::Device, "this device has no clock for its kernels", device->name(),
                    "profile on another device");
    std::stable_sort(times.begin(), times.end(),
                     [](const auto& a, const auto& b) { return a.seconds > b.seconds; });
    const auto count = static_cast<double>(steps);
    double inside = 0;
    json list = json::array();
    Table table({{"kernel"},
                 {"calls", Table::Align::Right},
                 {"ms", Table::Align::Right},
                 {"share", Table::Align::Right},
                 {"GFLOP/s", Table::Align::Right},
                 {"GB/s", Table::Align::Right},
                 {"roofline", Table::Align::Right}});
    for (const backend::KernelTime& kernel : times) {
        const double roofline =
            std::max(kernel.operations / (peak.gflops * 1e9), kernel.bytes / (peak.streamGigabytes * 1e9)) /
            kernel.seconds;
        inside += kernel.seconds;
        list.push_back({{"kernel", kernel.kernel},
                        {"calls", static_cast<double>(kernel.calls) / count},
                        {"milliseconds", kernel.seconds * 1e3 / count},
                        {"share", kernel.seconds / seconds},
                        {"flops", kernel.operations / count},
                        {"bytes", kernel.bytes / count},
                        {"roofline_share", roofline}});
        table.add({kernel.kernel, shortNumber(static_cast<double>(kernel.calls) / count),
                   shortNumber(kernel.seconds * 1e3 / count), percent(kernel.seconds / seconds),
                   shortNumber(kernel.operations / kernel.seconds * 1e-9),
                   shortNumber(kernel.bytes / kernel.seconds * 1e-9), percent(roofline)});
    }
    table.add({"everything else", "", shortNumber((seconds - inside) * 1e3 / count),
               percent((seconds - inside) / seconds), "", "", ""});
    if (output.json()) {
        output.print({{"what", subject.title},
                      {"device", device->name()},
                      {"steps", steps},
                      {"step_ms", seconds * 1e3 / count},
                      {"other_ms", (seconds - inside) * 1e3 / count},
                      {"peak_gflops", peak.gflops},
                      {"stream_gigabytes_per_second", peak.streamGigabytes},
                      {"kernels", std::move(list)}});
        return 0;
    }
    table.print(output);
    output.note(fmt::format("{}: {} ms per step, {} steps; {}: {} GFLOP/s, {} GB/s", subject.title,
                            shortNumber(seconds * 1e3 / count), steps, device->name(),
                            shortNumber(peak.gflops), shortNumber(peak.streamGigabytes)));
    return 0;
}

int profileSteps(Context& context, const ProfileOptions& options) {
    if (!options.threads.empty()) context.override("threads", options.threads);
    const int threads = context.settings().threads().value_or(
        std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
    setThreadCount(threads);
    if (!options.device.empty() && options.device != "cpu") return profileKernels(context, options);
    Output& output = context.output();
    const backend::MachinePeak peak = backend::measureMachinePeak();
    const Subject subject = subjectOf(context, options, nullptr);
    const std::int64_t warmUp = std::min<std::int64_t>(3, subject.stepsLeft - 1);
    const std::int64_t steps = std::min(options.steps, subject.stepsLeft - warmUp);
    for (std::int64_t i = 0; i < warmUp; ++i) subject.step();
    const profile::Recording recording;
    for (std::int64_t i = 0; i < steps; ++i) subject.step();
    const double seconds = recording.seconds();

    const auto rows = summarize(recording.events());
    double inside = 0;
    for (const ProfileRow& row : rows) inside += row.seconds;
    const auto count = static_cast<double>(steps);
    json list = json::array();
    Table table({{"layer"},
                 {"operation"},
                 {"phase"},
                 {"calls", Table::Align::Right},
                 {"ms", Table::Align::Right},
                 {"share", Table::Align::Right},
                 {"GFLOP/s", Table::Align::Right},
                 {"GB/s", Table::Align::Right},
                 {"roofline", Table::Align::Right}});
    for (const ProfileRow& row : rows) {
        list.push_back({{"layer", row.layer},
                        {"operation", row.operation},
                        {"phase", profile::nameOf(row.phase)},
                        {"calls", static_cast<double>(row.calls) / count},
                        {"milliseconds", row.seconds * 1e3 / count},
                        {"share", row.seconds / seconds},
                        {"flops", row.flops / count},
                        {"bytes", row.bytes / count},
                        {"roofline_share", row.rooflineShare(peak)}});
        table.add({row.layer, row.operation, profile::nameOf(row.phase),
                   shortNumber(static_cast<double>(row.calls) / count),
                   shortNumber(row.seconds * 1e3 / count), percent(row.seconds / seconds),
                   shortNumber(row.flops / row.seconds * 1e-9), shortNumber(row.bytes / row.seconds * 1e-9),
                   percent(row.rooflineShare(peak))});
    }
    table.add({"", "everything else", "", "", shortNumber((seconds - inside) * 1e3 / count),
               percent((seconds - inside) / seconds), "", "", ""});
    if (!options.trace.empty()) {
        const std::string text =
            traceOf(recording.events(), subject.title).dump(-1, ' ', false, json::error_handler_t::replace);
        platform::writeFileDurably(options.trace, text.data(), text.size());
    }
    if (output.json()) {
        output.print({{"what", subject.title},
                      {"threads", threads},
                      {"steps", steps},
                      {"step_ms", seconds * 1e3 / count},
                      {"other_ms", (seconds - inside) * 1e3 / count},
                      {"peak_gflops", peak.gflops},
                      {"stream_gigabytes_per_second", peak.streamGigabytes},
                      {"operations", std::move(list)}});
        return 0;
    }
    table.print(output);
    output.note(fmt::format("{}: {} ms per step, {} steps, {} threads; the machine: {} GFLOP/s, {} GB/s",
                            subject.title, shortNumber(seconds * 1e3 / count), steps, threads,
                            shortNumber(peak.gflops), shortNumber(peak.streamGigabytes)));
    if (!options.trace.empty()) output.note("trace written to " + options.trace);
    return 0;
}

}  // namespace

void addProfileCommands(CommandTree& tree) {
    const auto options = std::make_shared<ProfileOptions>();
    CLI::App* command = tree.add(
        nullptr, "profile", "Show which layers and operations the time of a training step goes to",
        {{"filigree profile digits", "per step: time, arithmetic, bytes, share of what the machine could do"},
         {"filigree profile last --trace steps.json", "also a trace for ui.perfetto.dev or chrome://tracing"},
         {"filigree profile cnn-28 --sparsity 0.95", "a network of filigree bench step"},
         {"filigree profile digits --device vulkan", "kernels of a device, by its own clock"}},
        [options](Context& context) { return profileSteps(context, *options); });
    command
        ->add_option(
            "what", options->what,
            "A run (its configuration, from the start), a preset or TOML file, or a model of bench step")
        ->required()
        ->type_name("RUN|PRESET|FILE.toml|MODEL");
    command->add_option("--steps", options->steps, "Training steps to look at")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{100000}))
        ->default_str("20");
    command->add_option("--trace", options->trace, "Write the single operations to a trace file")
        ->type_name("FILE.json");
    command->add_option("--device", options->device, "cpu, vulkan or vulkan:NAME")
        ->type_name("DEVICE")
        ->default_str("cpu");
    command->add_option("--threads", options->threads, "Threads to compute with")->type_name("N");
    command->add_option("--batch", options->batch, "Samples per step (models of bench step only)")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{2}, std::int64_t{65536}))
        ->default_str("128");
    command->add_option("--sparsity", options->sparsity, "Share of zeros (models of bench step only)")
        ->type_name("SHARE")
        ->check(CLI::Range(0.0, 0.9999))
        ->default_str("0.9");
}

}  // namespace filigree::app
