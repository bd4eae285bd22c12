// SPDX-License-Identifier: Apache-2.0
#include "run/preparation.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "backend/device_kernels.h"
#include "base/parallel.h"
#include "base/platform.h"
#include "base/version.h"
#include "run/child_runs.h"
#include "run/shared_schema.h"

namespace filigree::run {
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

int resolveThreads(std::int64_t wanted) {
    if (wanted > 0) return static_cast<int>(wanted);
    return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

std::string machineJson(int threads) {
    return json{{"host", platform::hostName()},
                {"processor", platform::processorName()},
                {"system", platform::systemName()},
                {"memory_bytes", platform::physicalMemoryBytes()},
                {"processors", std::thread::hardware_concurrency()},
                {"threads", threads},
                {"version", version()}}
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

store::ConfigValue storedValue(const config::Value& value) {
    return std::visit(
        [](const auto& held) -> store::ConfigValue {
            using Held = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<Held, bool> || std::is_same_v<Held, std::int64_t> ||
                          std::is_same_v<Held, double> || std::is_same_v<Held, std::string>)
                return held;
            else
                return store::ConfigArray{json(held).dump()};
        },
        value);
}

std::vector<store::ConfigEntry> entriesOf(const config::Config& config) {
    std::vector<store::ConfigEntry> entries;
    for (const config::Field& field : config.schema().fields())
        entries.push_back({field.key, storedValue(config.value(field.key))});
    return entries;
}

std::string uuidOf(const fs::path& store, std::int64_t run) {
    const store::Store opened = store::Store::open(store, store::Mode::ReadOnly);
    return store::Reader(opened).run(run).uuid;
}

std::uint64_t seedOf(const RunRequest& request) {
    const std::uint64_t seed = request.seed.value_or(request.file->seed.value_or(0));
    if (seed > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        throw Error(ErrorKind::Usage, "the seed " + std::to_string(seed) + " is too large", "--seed",
                    "use a number below 2^63");
    return seed;
}

/// The configuration with the number of threads, not the wish: another machine must be able to repeat the
/// run.
config::Config settledConfig(const RunRequest& request) {
    config::Config config = request.file->config;
    if (request.device) config.assign("run.device", *request.device, "--device");
    if (request.threads) config.assign("run.threads", std::int64_t{*request.threads}, "--threads");
    config.assign("run.threads", std::int64_t{resolveThreads(config.integer("run.threads"))}, "run.threads");
    return config;
}

store::NewRun rowOf(const RunRequest& request, const config::Config& config) {
    store::NewRun row;
    row.name = request.name.empty() ? request.file->name : request.name;
    row.method = request.file->method;
    row.preset = request.file->preset;
    row.configToml = config.toToml();
    row.config = entriesOf(config);
    row.seed = static_cast<std::int64_t>(seedOf(request));
    row.machineJson = machineJson(static_cast<int>(config.integer("run.threads")));
    return row;
}

methods::Environment environmentOf(const RunRequest& request, std::uint64_t seed, Tensor::Device device) {
    return {seed, request.dataFolders, store::Store::folderOf(request.store) / "weights",
            std::make_shared<ChildRuns>(request.store, request.dataFolders), std::move(device)};
}

/// The device of a run; what it cannot compute is told to `notices`, once per operation.
Tensor::Device deviceFor(const methods::Method& method, const config::Config& config, const std::string& name,
                         const RunnerOptions& options,
                         const std::shared_ptr<std::vector<std::string>>& notices) {
    Tensor::Device device = options.openDevice(name);
    if (!device) return device;
    if (!method.usesDevice)
        throw Error(ErrorKind::Device,
                    "the method \"" + std::string(method.name) + "\" computes on the CPU alone",
                    "run.device = \"" + name + "\"", "leave the device out");
    if (config.text("run.fallback") == "cpu")
        // Every ComputeDevice is one.
        static_cast<backend::DeviceKernels&>(*device).setFallback([notices](const std::string& operation) {
            notices->push_back("the CPU computes \"" + operation + "\": the device has no kernel for it");
        });
    return device;
}

Preparation prepareNew(const RunRequest& request, const RunnerOptions& options) {
    const methods::Method& method = options.findMethod(request.file->method);
    const std::uint64_t seed = seedOf(request);
    const config::Config config = settledConfig(request);
    const auto threads = static_cast<int>(config.integer("run.threads"));
    setThreadCount(threads);

    Preparation ready(config, {request.file->method, config.toToml(), seed}, threads);
    const Tensor::Device device =
        deviceFor(method, config, config.text("run.device"), options, ready.notices);
    ready.experiment = method.create(config, environmentOf(request, seed, device));
    store::NewRun row = rowOf(request, config);
    row.totalSteps = ready.experiment->progress().totalSteps;
    ready.writer = store::RunWriter::createRun(request.store, row, options.writer);
    return ready;
}

void requireResumable(const store::RunInfo& info, const RunRequest& request) {
    const std::string run = "run " + std::to_string(info.id);
    const std::string where = request.store.string();
    if (info.deleted)
        throw Error(ErrorKind::Usage, run + " lies in the bin", where, "take it out of the bin first");
    if (info.state == store::RunState::Finished)
        throw Error(ErrorKind::Usage, run + " has finished; there is nothing to resume", where,
                    "start a new run of " + (info.preset.empty() ? info.method : info.preset));
    const bool alive = info.state == store::RunState::Running || info.state == store::RunState::Paused;
    if (alive && store::mayBeAlive(info.process) && !(info.noContact && request.evenWithoutContact))
        throw Error(ErrorKind::Usage,
                    run + " is " + std::string(toString(info.state)) + " (process " +
                        std::to_string(info.process.pid) + " on " + info.process.host + ")",
                    where, "stop it first; if that process is gone, wait until its last sign of life is old");
}

Preparation prepareStored(const RunRequest& request, const RunnerOptions& options) {
    const std::int64_t run = *request.run;
    // Writing brings an older store up to date, and an attempt is about to be written anyway.
    const store::Store store = store::Store::open(request.store, store::Mode::ReadWrite);
    const store::Reader reader(store);
    const store::RunInfo info = reader.run(run);
    requireResumable(info, request);
    const methods::Method& method = options.findMethod(info.method);
    const std::string toml = reader.configToml(run);
    const config::Config config =
        config::Config::parse(schemaFor(method), toml, "configuration of run " + std::to_string(run));

    const std::int64_t startedWith = config.integer("run.threads");
    const int threads = resolveThreads(request.threads.value_or(static_cast<int>(startedWith)));
    setThreadCount(threads);
    const Identity identity{info.method, toml, static_cast<std::uint64_t>(info.seed)};
    const std::string& startedOn = config.text("run.device");
    const std::string on = request.device.value_or(startedOn);
    const auto notices = std::make_shared<std::vector<std::string>>();
    Restored restored;
    try {
        const methods::Environment environment =
            environmentOf(request, identity.seed, deviceFor(method, config, on, options, notices));
        restored = restore(store, run, identity, [&] { return method.create(config, environment); });
    } catch (const Error& error) {
        // Nobody may be there to read the message of a run that waited in the queue: its row tells it.
        if (info.state == store::RunState::Queued)
            store::RunWriter::startRun(request.store, run, options.writer)
                ->finish({store::RunState::Failed, "", error.what(), error.exitCode()});
        throw;
    }

    Preparation ready(config, identity, threads);
    ready.experiment = std::move(restored.experiment);
    ready.restored = restored.step;
    ready.settings = std::move(restored.settings);
    ready.sound = std::move(restored.sound);
    ready.warnings = std::move(restored.warnings);
    ready.notices = notices;
    if (on != startedOn)
        ready.warnings.push_back("the run goes on with the device \"" + on + "\" instead of \"" + startedOn +
                                 "\": its numbers can differ in their last bits");
    if (startedWith > 0 && threads != startedWith)
        ready.warnings.push_back("the run goes on with " + std::to_string(threads) + " threads instead of " +
                                 std::to_string(startedWith) + ": its numbers can differ in their last bits");
    // The checkpoint of step s comes after all records of step s.
    const std::int64_t fromStep = restored.step ? *restored.step + 1 : 0;
    ready.writer = info.state == store::RunState::Queued
                       ? store::RunWriter::startRun(request.store, run, options.writer)
                       : store::RunWriter::resumeRun(request.store, run, fromStep, options.writer,
                                                     request.evenWithoutContact);
    return ready;
}

}  // namespace

store::NewRun queuedRow(const RunRequest& request) {
    if (!request.file) throw Error(ErrorKind::Usage, "only a new run can be queued");
    return rowOf(request, settledConfig(request));
}

std::int64_t queueRun(const RunRequest& request) {
    const store::NewRun row = queuedRow(request);
    store::Store store = store::Store::openOrCreate(fs::absolute(request.store).lexically_normal());
    return store::addRun(store, row);
}

Preparation prepare(const RunRequest& asked, const RunnerOptions& options) {
    if (asked.file.has_value() == asked.run.has_value())
        throw Error(ErrorKind::Usage, "a request names either a new run or one that is in the store");
    RunRequest request = asked;
    request.store = fs::absolute(asked.store).lexically_normal();
    Preparation ready = request.file ? prepareNew(request, options) : prepareStored(request, options);
    ready.store = request.store;
    ready.folder = store::Store::folderOf(request.store) / uuidOf(request.store, ready.writer->run());
    return ready;
}

}  // namespace filigree::run
