// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "backend/cpu/sparse_kernels.h"
#include "backend/matmul.h"
#include "backend/sparse_linear.h"
#include "backend/sparse_schedule.h"
#include "base/parallel.h"
#include "base/random.h"
#include "sparse/distribution.h"

/// Speed of the kernels of sparse linear layers, called over and over on the same data:
///
///     bench_sparse_linear [width=1024] [batch=128] [threads=1] [sparsity ...]
///
/// For a width x width layer: forward, backward (both gradients) and the gradient of the weight alone, in
/// milliseconds and GFLOP/s of useful work, and the ratio to the library's dense product of the same layer in
/// the same run. The last line tells what a dense product reaches.
namespace {

using namespace filigree;

double now() {
    return threadCount() == 1
               ? static_cast<double>(std::clock()) / CLOCKS_PER_SEC
               : std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Median seconds of a call over about a quarter of a second.
template <typename Body>
double secondsOf(Body&& body) {
    body();
    std::vector<double> times;
    for (double total = 0; total < 0.25 || times.size() < 5;) {
        const double start = now();
        body();
        times.push_back(now() - start);
        total += times.back();
    }
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                     times.end());
    return times[times.size() / 2];
}

Tensor randomTensor(const Shape& shape) {
    RandomStream random(3, "bench");
    std::vector<float> values(static_cast<std::size_t>(shape.elements()));
    for (float& value : values) value = static_cast<float>(random.uniform()) - 0.5F;
    return Tensor::from(values, shape);
}

void report(const char* what, double seconds, double flops, double dense) {
    std::printf("  %-9s %9.4f ms %7.1f GFLOP/s %6.1fx", what, 1e3 * seconds, 1e-9 * flops / seconds,
                dense / seconds);
}

}  // namespace

int main(int argc, char** argv) {
    std::int64_t width = 1024, batch = 128;
    std::vector<double> sparsities;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument.starts_with("width="))
            width = std::atoll(argument.c_str() + 6);
        else if (argument.starts_with("batch="))
            batch = std::atoll(argument.c_str() + 6);
        else if (argument.starts_with("threads="))
            setThreadCount(std::atoi(argument.c_str() + 8));
        else
            sparsities.push_back(std::atof(argument.c_str()));
    }
    if (sparsities.empty()) sparsities = {0.5, 0.8, 0.9, 0.95, 0.98, 0.99};
    std::printf("%lld x %lld, batch %lld, %d threads, %s\n", static_cast<long long>(width),
                static_cast<long long>(width), static_cast<long long>(batch), threadCount(),
                backend::sparseKernels().name);
    const Tensor x = randomTensor({batch, width}), dy = randomTensor({batch, width}),
                 bias = randomTensor({width});
    const Tensor w = randomTensor({width, width});
    const double denseForward = secondsOf([&] { backend::linear(x, w, bias); });
    const double denseInput = secondsOf([&] { backend::matmul(dy, w); });
    const double denseWeight = secondsOf([&] { backend::matmul(dy, x, true, false); });
    const double denseFlops = 2.0 * static_cast<double>(batch * width * width);
    const Tensor tiled = backend::linearInput(x), up = backend::linearInput(dy);
    for (const double sparsity : sparsities) {
        RandomStream random(1, "mask");
        const auto edges = static_cast<std::int64_t>((1 - sparsity) * static_cast<double>(width * width));
        const sparse::Topology topology = sparse::randomTopology(width, width, edges, random);
        const backend::SparsePattern pattern = topology.pattern();
        const backend::LinearSchedule schedule(pattern);
        const Tensor values = randomTensor({edges});
        const double flops = 2.0 * static_cast<double>(batch * edges);
        std::printf("%5.3f", sparsity);
        report("forward",
               secondsOf([&] { backend::sparseLinear(tiled, pattern, schedule.view(), values, bias); }),
               flops, denseForward);
        report("backward", secondsOf([&] {
                   backend::sparseLinearBackward(tiled, up, pattern, schedule.view(), values,
                                                 backend::InputGradient::Plain);
               }),
               2 * flops, denseInput + denseWeight);
        report("weight", secondsOf([&] {
                   backend::sparseLinearBackward(tiled, up, pattern, schedule.view(), values,
                                                 backend::InputGradient::None);
               }),
               flops, denseWeight);
        std::printf("\n");
    }
    std::printf("dense");
    report("forward", denseForward, denseFlops, denseForward);
    report("backward", denseInput + denseWeight, 2 * denseFlops, denseInput + denseWeight);
    report("weight", denseWeight, denseFlops, denseWeight);
    std::printf("\n");
    return 0;
}
