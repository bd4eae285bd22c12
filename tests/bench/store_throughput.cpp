// SPDX-License-Identifier: GPL-3.0-or-later
// How many scalars a second the recorder takes in, from the first call to the last commit, and what that
// costs.
//
// Usage: bench_store [scalars = 2000000] [tags = 20] [folder = the system's temporary one]
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/platform.h"
#include "store/reader.h"
#include "store/sqlite.h"
#include "store/writer.h"

using namespace filigree;
using Clock = std::chrono::steady_clock;

namespace {

double since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
    const std::int64_t scalars = argc > 1 ? std::stoll(argv[1]) : 2'000'000;
    const std::int64_t tags = argc > 2 ? std::stoll(argv[2]) : 20;
    const std::filesystem::path folder = argc > 3 ? argv[3] : std::filesystem::temp_directory_path();
    const std::filesystem::path path =
        folder / ("bench-" + std::to_string(platform::processId()) + ".filigree");

    std::vector<std::string> names;
    for (std::int64_t i = 0; i < tags; ++i) names.push_back("group/scalar-" + std::to_string(i));
    auto writer = store::RunWriter::createRun(path, {});
    const double cpuBefore = platform::processCpuSeconds();
    const auto begin = Clock::now();
    for (std::int64_t step = 0; step < scalars / tags; ++step)
        for (std::int64_t tag = 0; tag < tags; ++tag)
            writer->scalar(names[static_cast<std::size_t>(tag)],
                           std::sin(static_cast<double>(step * tags + tag)),
                           {step, static_cast<double>(step) / 100});
    const double accepted = since(begin);
    writer->finish({});
    const double committed = since(begin);
    const double cpu = platform::processCpuSeconds() - cpuBefore;
    const auto count = static_cast<double>(scalars / tags * tags);

    const store::Store store = store::Store::open(path, store::Mode::ReadOnly);
    const auto rows = static_cast<double>(store.database().integer("SELECT count(*) FROM scalar"));
    const auto pyramid = store.database().integer("SELECT count(*) FROM scalar_pyramid");
    const auto bytes = static_cast<double>(std::filesystem::file_size(path));
    const auto readBegin = Clock::now();
    const auto points = store::Reader(store).scalars(1, names[0]).size();
    const double readAll = since(readBegin);
    const auto reduceBegin = Clock::now();
    const auto buckets = store::Reader(store).reducedScalars(1, names[0], 0, scalars, 1000).size();
    const double reduce = since(reduceBegin);

    std::printf("%.0f scalars of %lld tags (%.0f rows, %lld pyramid rows)\n", count,
                static_cast<long long>(tags), rows, static_cast<long long>(pyramid));
    std::printf("accepted   %8.0f scalars/s\n", count / accepted);
    std::printf("committed  %8.0f scalars/s wall, %.0f per CPU second\n", count / committed, count / cpu);
    std::printf("file       %8.1f bytes per scalar\n", bytes / count);
    std::printf("read       %zu points in %.1f ms; reduced to %zu in %.1f ms\n", points, 1e3 * readAll,
                buckets, 1e3 * reduce);
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + suffix);
    return rows == count ? 0 : 1;
}
