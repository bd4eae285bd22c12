// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "backend/cpu/sparse_kernels.h"
#include "backend/matmul.h"
#include "backend/sparse_linear.h"
#include "backend/sparse_schedule.h"
#include "base/parallel.h"
#include "base/platform.h"
#include "base/random.h"
#include "sparse/distribution.h"
#include "sparse/structure.h"

/// Speed of linear layers whose connections come in a pattern, of one width in and out:
///
///     bench_structured_linear [width=1024] [batch=128] [pattern ...]
///
/// patterns: N:M (2:4), tiles with a density (16x16@0.1), or any connections (@0.5). Milliseconds of this
/// thread: forward and both gradients by the sparse kernels and by the library's dense product of the same
/// layer. Kernels take turns and each number is the best of its turns, so that other work on the computer
/// disturbs them as little as it can.
namespace {

using namespace filigree;

Tensor randomTensor(const Shape& shape, std::uint64_t seed) {
    RandomStream random(seed, "bench");
    std::vector<float> values(static_cast<std::size_t>(shape.elements()));
    for (float& value : values) value = static_cast<float>(random.uniform()) - 0.5F;
    return Tensor::from(values, shape);
}

sparse::Topology makePattern(const std::string& name, std::int64_t width) {
    const Shape shape{width, width};
    RandomStream random(1, "mask");
    const std::size_t colon = name.find(':'), at = name.find('@'), by = name.find('x');
    if (colon != std::string::npos) {
        std::vector<double> scores(static_cast<std::size_t>(shape.elements()));
        std::vector<std::uint32_t> positions(scores.size());
        for (std::size_t i = 0; i < scores.size(); ++i) {
            scores[i] = random.uniform();
            positions[i] = static_cast<std::uint32_t>(i);
        }
        const sparse::NOfM pattern{std::atoll(name.c_str()), std::atoll(name.c_str() + colon + 1)};
        return {width, width, sparse::keepNOfM({shape, positions, scores}, pattern)};
    }
    const double density = at == std::string::npos ? 0.1 : std::atof(name.c_str() + at + 1);
    if (by == std::string::npos)
        return sparse::randomTopology(width, width, sparse::activeCount(shape, density), random);
    const sparse::BlockShape block{std::atoll(name.c_str()), std::atoll(name.c_str() + by + 1)};
    const Shape tiles{width / block.rows, width / block.columns};
    const auto chosen =
        sparse::randomTopology(tiles[0], tiles[1], sparse::activeCount(tiles, density), random).positions();
    return {width, width, sparse::expandBlocks(shape, block, chosen)};
}

template <typename Body>
double millisecondsOf(Body&& body) {
    const double before = platform::threadCpuSeconds();
    body();
    return 1e3 * (platform::threadCpuSeconds() - before);
}

void measure(const std::string& name, std::int64_t width, std::int64_t batch) {
    const sparse::Topology topology = makePattern(name, width);
    const backend::SparsePattern pattern = topology.pattern();
    const backend::LinearSchedule schedule(pattern);
    const Tensor x = randomTensor({batch, width}, 1), dy = randomTensor({batch, width}, 2),
                 bias = randomTensor({width}, 3), dense = randomTensor({width, width}, 4),
                 values = randomTensor({topology.edges()}, 5);
    const Tensor in = backend::linearInput(x), up = backend::linearInput(dy);
    using backend::InputGradient;
    std::array<double, 4> best;
    best.fill(1e30);
    const auto turn = [&](std::size_t what, auto&& body) {
        best[what] = std::min(best[what], millisecondsOf(body));
    };
    double total = 0;
    for (int i = 0; i < 9 || total < 400; ++i)
        total += millisecondsOf([&] {
            turn(0, [&] { backend::sparseLinear(in, pattern, schedule.view(), values, bias); });
            turn(1, [&] { backend::linear(x, dense, bias); });
            turn(2, [&] {
                backend::sparseLinearBackward(in, up, pattern, schedule.view(), values, InputGradient::Plain);
            });
            turn(3, [&] {
                backend::matmul(dy, dense);
                backend::matmul(dy, x, true, false);
            });
        });
    std::printf("| %s | %.3f | %.3f | %.3f | %.1f | %.3f | %.3f | %.1f |\n", name.c_str(), topology.density(),
                best[0], best[1], best[1] / best[0], best[2], best[3], best[3] / best[2]);
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    std::int64_t width = 1024, batch = 128;
    std::vector<std::string> patterns;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument.starts_with("width="))
            width = std::atoll(argument.c_str() + 6);
        else if (argument.starts_with("batch="))
            batch = std::atoll(argument.c_str() + 6);
        else
            patterns.push_back(argument);
    }
    if (patterns.empty())
        patterns = {"1:4",       "2:4",       "3:4",       "2:8",   "4:8",
                    "16x16@0.1", "16x16@0.2", "16x16@0.5", "@0.25", "@0.5"};
    setThreadCount(1);
    std::printf("%lld x %lld, batch %lld, one thread, %s, ms\n\n", static_cast<long long>(width),
                static_cast<long long>(width), static_cast<long long>(batch), backend::sparseKernels().name);
    std::printf(
        "| pattern | density | forward | dense | times faster | gradients | dense | times faster |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (const std::string& pattern : patterns) measure(pattern, width, batch);
    return 0;
}
