// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "backend/sparse_linear.h"
#include "backend/sparse_schedule.h"
#include "base/parallel.h"
#include "base/platform.h"
#include "base/random.h"
#include "sparse/distribution.h"

/// Whether the cost of a sparse linear layer is that of its connections: forward and backward pass of square
/// layers from 256 to 16384 units, 80 to 99.9 % sparse, on one thread, as comma-separated values:
///
///     bench_linear_cost [batch=128] [from=256] [to=16384] [most=30000000] > cost.csv
///
/// The least CPU time of a few passes (other programs disturb it least) and what that is for one connection
/// and sample, in picoseconds. Layers of more than `most` connections are left out. linear_cost_chart.py
/// draws it.
namespace {

using namespace filigree;

template <typename Body>
double leastMilliseconds(Body&& body) {
    body();
    double least = 1e300, total = 0;
    for (int i = 0; i < 3 || (total < 0.1 && i < 50); ++i) {
        const double start = platform::processCpuSeconds();
        body();
        const double took = platform::processCpuSeconds() - start;
        least = std::min(least, took);
        total += took;
    }
    return 1e3 * least;
}

Tensor randomTensor(const Shape& shape) {
    RandomStream random(3, "bench");
    std::vector<float> values(static_cast<std::size_t>(shape.elements()));
    for (float& value : values) value = static_cast<float>(random.uniform()) - 0.5F;
    return Tensor::from(values, shape);
}

}  // namespace

int main(int count, char** words) {
    setThreadCount(1);
    std::int64_t batch = 128, from = 256, to = 16384, most = 30000000;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word.starts_with("batch=")) batch = std::atoll(word.c_str() + 6);
        if (word.starts_with("from=")) from = std::atoll(word.c_str() + 5);
        if (word.starts_with("to=")) to = std::atoll(word.c_str() + 3);
        if (word.starts_with("most=")) most = std::atoll(word.c_str() + 5);
    }
    std::printf("width,sparsity,connections,batch,forward_ms,backward_ms,picoseconds\n");
    for (std::int64_t width = from; width <= to; width *= 2) {
        const Tensor x = backend::linearInput(randomTensor({batch, width}));
        const Tensor dy = backend::linearInput(randomTensor({batch, width}));
        const Tensor bias = randomTensor({width});
        for (const double sparsity : {0.8, 0.9, 0.95, 0.98, 0.99, 0.999}) {
            const auto edges =
                static_cast<std::int64_t>((1 - sparsity) * static_cast<double>(width * width) + 0.5);
            if (edges > most) continue;
            RandomStream random(1, "mask");
            const sparse::Topology topology = sparse::randomTopology(width, width, edges, random);
            const backend::SparsePattern pattern = topology.pattern();
            const backend::LinearSchedule schedule(pattern);
            const Tensor values = randomTensor({edges});
            const double forward =
                leastMilliseconds([&] { backend::sparseLinear(x, pattern, schedule.view(), values, bias); });
            const double backward = leastMilliseconds([&] {
                backend::sparseLinearBackward(x, dy, pattern, schedule.view(), values,
                                              backend::InputGradient::Plain);
            });
            std::printf("%lld,%g,%lld,%lld,%.4f,%.4f,%.2f\n", static_cast<long long>(width), sparsity,
                        static_cast<long long>(edges), static_cast<long long>(batch), forward, backward,
                        1e9 * (forward + backward) / static_cast<double>(edges * batch));
            std::fflush(stdout);
        }
    }
    return 0;
}
