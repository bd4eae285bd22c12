// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/harness.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "run/least_squares.h"
#include "run/shared_schema.h"
#include "store/commands.h"

namespace filigree::testing {
namespace fs = std::filesystem;

run::RunRequest Workshop::request(const std::string& toml, std::uint64_t seed) const {
    static const config::Schema schema = run::schemaFor(leastSquares());
    run::RunRequest request;
    request.store = store();
    request.file = config::parseRunFile("method = \"least_squares\"\n" + toml, "test.toml",
                                        [](const std::string&) -> const config::Schema& { return schema; });
    request.seed = seed;
    request.threads = 1;
    return request;
}

run::RunRequest Workshop::resumption(std::int64_t run) const {
    run::RunRequest request;
    request.store = store();
    request.run = run;
    return request;
}

run::RunResult Workshop::runToEnd(const run::RunRequest& request, const run::ProgressSink& sink) const {
    return run::Runner(request, testOptions()).go(sink);
}

store::RunInfo Workshop::info(std::int64_t run) const {
    const store::Store opened = store::Store::open(store(), store::Mode::ReadOnly);
    return store::Reader(opened).run(run);
}

std::vector<store::ScalarPoint> Workshop::scalars(std::int64_t run, const std::string& tag) const {
    const store::Store opened = store::Store::open(store(), store::Mode::ReadOnly);
    return store::Reader(opened).scalars(run, tag);
}

std::vector<store::CheckpointInfo> Workshop::checkpoints(std::int64_t run) const {
    const store::Store opened = store::Store::open(store(), store::Mode::ReadOnly);
    return store::Reader(opened).checkpoints(run);
}

std::vector<std::string> Workshop::events(std::int64_t run, const std::string& kind) const {
    const store::Store opened = store::Store::open(store(), store::Mode::ReadOnly);
    std::vector<std::string> details;
    for (const store::EventLine& line : store::Reader(opened).events(run))
        if (line.event.kind == kind) details.push_back(line.event.detail);
    return details;
}

std::vector<std::string> Workshop::logOf(std::int64_t run, record::LogLevel level) const {
    const store::Store opened = store::Store::open(store(), store::Mode::ReadOnly);
    std::vector<std::string> lines;
    for (const store::LogLine& line : store::Reader(opened).log(run))
        if (line.level == level) lines.push_back(line.message);
    return lines;
}

fs::path Workshop::folder(std::int64_t run) const {
    return store::Store::folderOf(store()) / info(run).uuid;
}

std::vector<std::string> Workshop::files(std::int64_t run) const {
    std::vector<std::string> names;
    std::error_code code;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder(run), code))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

void say(store::Store& store, std::int64_t run, const std::string& verb, const std::string& argument) {
    const std::int64_t id = store::append(store, run, verb, argument);
    for (int i = 0; i < 10000 && !store::command(store, id).taken; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    // From "taken" in the store to the runner's list it is a few instructions.
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

run::RunnerOptions testOptions() {
    run::RunnerOptions options;
    options.findMethod = findTestMethod;
    options.pollMilliseconds = 5;
    options.writer.commitMilliseconds = 20;
    return options;
}

std::string bytesOf(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void writeBytes(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::map<std::int64_t, double> byStep(const std::vector<store::ScalarPoint>& points) {
    std::map<std::int64_t, double> values;
    for (const store::ScalarPoint& point : points) values[point.step] = point.value;
    return values;
}

}  // namespace filigree::testing
