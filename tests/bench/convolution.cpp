// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "backend/convolution.h"
#include "backend/machine_peak.h"
#include "backend/sparse_convolution.h"
#include "base/parallel.h"
#include "base/platform.h"
#include "base/random.h"
#include "sparse/distribution.h"

/// Convolutions alone, dense and sparse, forward and backward, on one thread: `bench_convolution [SPARSITY]`
/// prints the best CPU time of several passes (other programs disturb it least), the rate and its share of
/// the machine's own peak, for batches of 128 images.
namespace {

using namespace filigree;

constexpr std::int64_t batch = 128;

Tensor randomTensor(const Shape& shape, const char* name) {
    RandomStream random(1, name);
    std::vector<float> values(static_cast<std::size_t>(shape.elements()));
    for (float& value : values) value = static_cast<float>(random.normal());
    return Tensor::from(values, shape);
}

double bestMilliseconds(const std::function<void()>& pass) {
    pass();
    std::vector<double> times;
    double total = 0;
    while (times.size() < 5 || (total < 0.3 && times.size() < 200)) {
        const double start = platform::processCpuSeconds();
        pass();
        times.push_back(platform::processCpuSeconds() - start);
        total += times.back();
    }
    return *std::min_element(times.begin(), times.end()) * 1e3;
}

struct Case {
    std::int64_t in, out, size, kernel, stride;
};

void measure(const Case& c, double sparsity, const backend::MachinePeak& peak) {
    const std::int64_t padding = c.kernel / 2;
    const backend::Conv2dOptions options{{c.stride, c.stride}, {padding, padding}, 1};
    const Shape xShape{batch, c.in, c.size, c.size}, wShape{c.out, c.in, c.kernel, c.kernel};
    const Shape yShape = backend::convolutionShape("bench", xShape, wShape, options);
    const Tensor x = randomTensor(xShape, "x").tiled(16), dy = randomTensor(yShape, "dy").tiled(16);
    const Tensor weight = randomTensor(wShape, "w");
    const double places = static_cast<double>(batch * yShape[2] * yShape[3]);
    const auto report = [&](const char* what, double flops, double milliseconds) {
        const double rate = flops / (milliseconds * 1e6);
        std::printf("  %-22s %9.3f ms %8.1f GFLOP/s %5.1f %%\n", what, milliseconds, rate,
                    100 * rate / peak.gflops);
        std::fflush(stdout);
        return milliseconds;
    };
    std::printf("%lld -> %lld channels, %lldx%lld, kernel %lld, stride %lld\n", static_cast<long long>(c.in),
                static_cast<long long>(c.out), static_cast<long long>(c.size), static_cast<long long>(c.size),
                static_cast<long long>(c.kernel), static_cast<long long>(c.stride));
    const double flops = 2 * places * static_cast<double>(wShape.elements());
    double dense = report("dense forward", flops,
                          bestMilliseconds([&] { backend::convolution(x, weight, {}, options); }));
    dense +=
        report("dense input gradient", flops,
               bestMilliseconds([&] { backend::convolutionInputGradient(dy, weight, xShape, options); }));
    dense += report("dense weight gradient", flops,
                    bestMilliseconds([&] { backend::convolutionWeightGradient(x, dy, wShape, options); }));
    RandomStream random(1, "mask");
    const auto topology = sparse::randomTopology(c.out, wShape.elements() / c.out,
                                                 sparse::activeCount(wShape, 1 - sparsity), random);
    const Tensor values = randomTensor({topology.edges()}, "values");
    const double each = 2 * places * static_cast<double>(topology.edges());
    double sparse = report("sparse forward", each, bestMilliseconds([&] {
                               backend::sparseConvolution(x, topology.pattern(), wShape, values, {}, options);
                           }));
    sparse += report("sparse backward", 2 * each, bestMilliseconds([&] {
                         backend::sparseConvolutionBackward(x, dy, topology.pattern(), wShape, values,
                                                            options, true);
                     }));
    std::printf("  at %.3g sparsity %.2f times as fast as our dense one\n", sparsity, dense / sparse);
}

}  // namespace

int main(int count, char** words) {
    setThreadCount(1);
    const double sparsity = count > 1 ? std::atof(words[1]) : 0.9;
    const backend::MachinePeak peak = backend::measureMachinePeak();
    std::printf("peak %.1f GFLOP/s, memory %.1f GB/s\n", peak.gflops, peak.streamGigabytes);
    for (const Case& c : {Case{1, 32, 28, 3, 1}, Case{32, 64, 14, 3, 1}, Case{64, 64, 7, 3, 1},
                          Case{64, 64, 32, 3, 1}, Case{64, 128, 32, 3, 2}, Case{64, 128, 32, 1, 2},
                          Case{128, 128, 16, 3, 1}, Case{256, 256, 8, 3, 1}, Case{512, 512, 4, 3, 1}})
        measure(c, sparsity, peak);
    return 0;
}
