// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "base/platform.h"
#include "run/runner.h"
#include "run/shared_schema.h"

/// What recording costs: `bench_recording FILE.toml STEPS ROUNDS [DATA_FOLDER]` trains STEPS steps of the
/// same network, once with a recorder that keeps nothing and once through the Runner (records, heartbeat,
/// commands, last checkpoint), in turns, and compares the medians of wall and CPU time.
namespace {

using namespace filigree;
namespace fs = std::filesystem;

struct Cost {
    double wall, cpu;
};

template <typename Body>
Cost costOf(Body&& body) {
    const auto start = std::chrono::steady_clock::now();
    const double cpu = platform::processCpuSeconds();
    body();
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
            platform::processCpuSeconds() - cpu};
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void compare(const std::string& file, std::int64_t steps, int rounds, const data::SearchPath& folders) {
    run::RunRequest request;
    request.store =
        fs::temp_directory_path() / ("recording-cost-" + std::to_string(platform::processId()) + ".filigree");
    request.file = config::readRunFile(file, run::schemaOf);
    request.file->config.set("train.max_steps=" + std::to_string(steps));
    request.threads = 1;
    request.dataFolders = folders;
    setThreadCount(1);
    const methods::Method& method = methods::find(request.file->method);

    std::vector<double> wall[2], cpu[2];
    for (int round = 0; round < rounds; ++round) {
        const auto experiment = method.create(request.file->config, {0, folders});
        const Cost bare = costOf([&] {
            record::NullRecorder nothing;
            experiment->begin(nothing);
            while (!experiment->progress().finished()) experiment->step(nothing);
            experiment->end(nothing);
        });
        run::Runner runner(request);
        const Cost recorded = costOf([&] { runner.go(); });
        wall[0].push_back(bare.wall);
        wall[1].push_back(recorded.wall);
        cpu[0].push_back(bare.cpu);
        cpu[1].push_back(recorded.cpu);
        std::printf("round %d: bare %.3f s (CPU %.3f), recorded %.3f s (CPU %.3f)\n", round + 1, bare.wall,
                    bare.cpu, recorded.wall, recorded.cpu);
        std::fflush(stdout);
    }
    std::printf(
        "recording costs %+.2f %% of wall time, %+.2f %% of CPU time (medians of %d rounds of %lld steps)\n",
        100 * (median(wall[1]) / median(wall[0]) - 1), 100 * (median(cpu[1]) / median(cpu[0]) - 1), rounds,
        static_cast<long long>(steps));
    for (const char* ending : {"", "-wal", "-shm", ".d"}) fs::remove_all(request.store.string() + ending);
}

}  // namespace

int main(int count, char** words) {
    if (count < 4) {
        std::fprintf(stderr, "usage: bench_recording FILE.toml STEPS ROUNDS [DATA_FOLDER]\n");
        return 2;
    }
    try {
        const data::SearchPath folders =
            data::searchPath(count > 4 ? std::optional<fs::path>(words[4]) : std::nullopt);
        compare(words[1], std::stoll(words[2]), std::stoi(words[3]), folders);
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return error.exitCode();
    }
}
