// SPDX-License-Identifier: Apache-2.0
#include "run/preparation.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "base/parallel.h"
#include "base/platform.h"
#include "base/version.h"
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

Preparation prepareNew(const RunRequest& request, const RunnerOptions& options) {
    const config::RunFile& file = *request.file;
    const methods::Method& method = options.findMethod(file.method);
    const std::uint64_t seed = request.seed.value_or(file.seed.value_or(0));
    if (seed > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        throw Error(ErrorKind::Usage, "the seed " + std::to_string(seed) + " is too large", "--seed",
                    "use a number below 2^63");
    config::Config config = file.config;
    if (request.threads) config.assign("run.threads", std::int64_t{*request.threads}, "--threads");
    // The number, not the wish: another machine must be able to repeat the run.
    const int threads = resolveThreads(config.integer("run.threads"));
    config.assign("run.threads", std::int64_t{threads}, "run.threads");
    setThreadCount(threads);

    Preparation ready(config, {file.method, config.toToml(), seed}, threads);
    ready.experiment = method.create(config, {seed, request.dataFolders});
    store::NewRun row;
    row.name = request.name.empty() ? file.name : request.name;
    row.method = file.method;
    row.preset = file.preset;
    row.configToml = ready.identity.configToml;
    row.config = entriesOf(config);
    row.seed = static_cast<std::int64_t>(seed);
    row.totalSteps = ready.experiment->progress().totalSteps;
    row.machineJson = machineJson(threads);
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
    const methods::Environment environment{identity.seed, request.dataFolders};
    Restored restored = restore(store, run, identity, [&] { return method.create(config, environment); });

    Preparation ready(config, identity, threads);
    ready.experiment = std::move(restored.experiment);
    ready.restored = restored.step;
    ready.settings = std::move(restored.settings);
    ready.sound = std::move(restored.sound);
    ready.warnings = std::move(restored.warnings);
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
