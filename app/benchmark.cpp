// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/benchmark.h"

#include <algorithm>
#include <chrono>
#include <functional>

#include "backend/matmul.h"
#include "backend/sparse_linear.h"
#include "backend/sparse_schedule.h"
#include "base/random.h"
#include "sparse/distribution.h"

namespace filigree::app {
namespace {

constexpr std::int64_t batch = 128, inputs = 784, units = 512;
constexpr double densities[] = {0.5, 0.2, 0.1, 0.05, 0.02, 0.01};

Tensor randomTensor(const Shape& shape, const char* name) {
    RandomStream random(1, name);
    std::vector<float> values(static_cast<std::size_t>(shape.elements()));
    for (float& value : values) value = static_cast<float>(random.normal());
    return Tensor::from(values, shape);
}

double medianMilliseconds(double seconds, const std::function<void()>& pass) {
    using Clock = std::chrono::steady_clock;
    pass();  // caches, pages and the library's own choice of kernels
    std::vector<double> times;
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    do {
        const auto start = Clock::now();
        pass();
        times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    } while (Clock::now() < end || times.size() < 3);
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                     times.end());
    return times[times.size() / 2];
}

double gigaflops(double edges, double milliseconds) {
    return 6 * static_cast<double>(batch) * edges / (milliseconds * 1e6);
}

}  // namespace

std::vector<Measurement> measureLayer(double seconds) {
    const double each = seconds / static_cast<double>(std::size(densities) + 1);
    const Tensor x = randomTensor({batch, inputs}, "input"),
                 gradient = randomTensor({batch, units}, "gradient");
    const Tensor weight = randomTensor({units, inputs}, "weight");
    std::vector<Measurement> measurements;

    Measurement dense{.density = 1, .sparse = false};
    dense.milliseconds = medianMilliseconds(each, [&] {
        backend::linear(x, weight, {});
        backend::matmul(gradient, weight);
        backend::matmul(gradient, x, true, false);
    });
    dense.gigaflops = gigaflops(static_cast<double>(units * inputs), dense.milliseconds);
    measurements.push_back(dense);

    for (const double density : densities) {
        RandomStream random(1, "mask");
        const auto topology = sparse::randomTopology(
            units, inputs, static_cast<std::int64_t>(density * units * inputs), random);
        const Tensor values = randomTensor({topology.edges()}, "values");
        // Batch-tiled as between two sparse layers, so that no conversion is timed.
        const backend::SparsePattern pattern = topology.pattern();
        const backend::LinearSchedule schedule(pattern);
        const Tensor tiledX = backend::linearInput(x);
        Measurement sparse{.density = topology.density(), .sparse = true};
        sparse.milliseconds = medianMilliseconds(each, [&] {
            const Tensor output = backend::sparseLinear(tiledX, pattern, schedule.view(), values, {});
            backend::sparseLinearBackward(tiledX, output, pattern, schedule.view(), values,
                                          backend::InputGradient::Plain);
        });
        sparse.gigaflops = gigaflops(static_cast<double>(topology.edges()), sparse.milliseconds);
        measurements.push_back(sparse);
    }
    return measurements;
}

}  // namespace filigree::app
