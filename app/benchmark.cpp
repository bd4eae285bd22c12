// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/benchmark.h"

#include <algorithm>
#include <chrono>
#include <functional>

#include "backend/convolution.h"
#include "backend/matmul.h"
#include "backend/sparse_convolution.h"
#include "backend/sparse_linear.h"
#include "base/random.h"
#include "sparse/distribution.h"

namespace filigree::app {
namespace {

constexpr std::int64_t batch = 128, inputs = 784, units = 512, channels = 64, pixels = 14;
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

/// The dense layer and the sparse one at every density. `places`: outputs per unit and sample.
std::vector<Measurement> measure(
    double seconds, std::int64_t rows, std::int64_t columns, double places,
    const std::function<void()>& dense,
    const std::function<std::function<void()>(const sparse::Topology&)>& sparse) {
    const double each = seconds / static_cast<double>(std::size(densities) + 1);
    const auto finished = [&](Measurement one, double edges, const std::function<void()>& pass) {
        one.milliseconds = medianMilliseconds(each, pass);
        one.gigaflops = 6 * static_cast<double>(batch) * places * edges / (one.milliseconds * 1e6);
        return one;
    };
    std::vector<Measurement> measurements{
        finished({.density = 1, .sparse = false}, static_cast<double>(rows * columns), dense)};
    for (const double density : densities) {
        RandomStream random(1, "mask");
        const auto topology = sparse::randomTopology(
            rows, columns, static_cast<std::int64_t>(density * static_cast<double>(rows * columns)), random);
        measurements.push_back(finished({.density = topology.density(), .sparse = true},
                                        static_cast<double>(topology.edges()), sparse(topology)));
    }
    return measurements;
}

}  // namespace

std::vector<Measurement> measureLinear(double seconds) {
    const Tensor x = randomTensor({batch, inputs}, "input"),
                 gradient = randomTensor({batch, units}, "gradient");
    const Tensor weight = randomTensor({units, inputs}, "weight");
    return measure(
        seconds, units, inputs, 1,
        [&] {
            backend::linear(x, weight, {});
            backend::matmul(gradient, weight);
            backend::matmul(gradient, x, true, false);
        },
        [&](const sparse::Topology& topology) -> std::function<void()> {
            const Tensor values = randomTensor({topology.edges()}, "values");
            // Batch-tiled as between two sparse layers, so that no conversion is timed.
            const Tensor y = backend::sparseLinear(x, topology.pattern(), values, {});
            const Tensor tiledX = backend::sparseLinearBackward(x, y, topology.pattern(), values, true).x;
            return [=, &topology] {
                const Tensor output = backend::sparseLinear(tiledX, topology.pattern(), values, {});
                backend::sparseLinearBackward(tiledX, output, topology.pattern(), values, true);
            };
        });
}

std::vector<Measurement> measureConvolution(double seconds) {
    const Shape images{batch, channels, pixels, pixels}, shape{channels, channels, 3, 3};
    const backend::Conv2dOptions options{{1, 1}, {1, 1}, 1};
    const Tensor weight = randomTensor(shape, "weight");
    const Tensor x = backend::convolution(randomTensor(images, "input"), weight, {}, options);
    return measure(
        seconds, channels, shape.elements() / channels, static_cast<double>(pixels * pixels),
        [&] {
            const Tensor y = backend::convolution(x, weight, {}, options);
            backend::convolutionInputGradient(y, weight, images, options);
            backend::convolutionWeightGradient(x, y, shape, options);
        },
        [&](const sparse::Topology& topology) -> std::function<void()> {
            const Tensor values = randomTensor({topology.edges()}, "values");
            return [=, &topology] {
                const Tensor y =
                    backend::sparseConvolution(x, topology.pattern(), shape, values, {}, options);
                backend::sparseConvolutionBackward(x, y, topology.pattern(), shape, values, options, true);
            };
        });
}

}  // namespace filigree::app
