// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "backend/matmul.h"
#include "base/random.h"
#include "optim/optimizer.h"
#include "sparse/distribution.h"
#include "sparse/rewiring.h"

/// What one round of rewiring costs in a 1024 x 1024 layer: `bench_rewiring [density ...]` prints the median
/// milliseconds of its parts for three growth rules: the dense gradient at batch 128 (none for random
/// growth), the choice of what is dropped and grown, and the change of pattern, values and optimiser state.
namespace {

using namespace filigree;

constexpr std::int64_t width = 1024;

double now() {
    return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double median(std::vector<double>& values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                     values.end());
    return values[values.size() / 2];
}

Tensor randomTensor(const Shape& shape, std::uint64_t seed) {
    RandomStream random(seed, "bench");
    std::vector<float> values(static_cast<std::size_t>(shape.elements()));
    for (float& value : values) value = static_cast<float>(random.normal());
    return Tensor::from(values, shape);
}

void measure(const char* name, const sparse::GrowthRule& rule, double density) {
    RandomStream random(1, "mask");
    const auto edges = static_cast<std::int64_t>(density * static_cast<double>(width * width));
    sparse::SparseWeight weight("layer", {width, width}, sparse::randomTopology(width, width, edges, random));
    weight.values().mutableValue().copyFrom(randomTensor({edges}, 2));
    optim::Sgd optimizer({{{{"w", weight.values()}}, 0.1, 0}}, {0.9, false, optim::WeightDecay::Coupled});
    weight.values().setGradient(randomTensor({edges}, 3));
    optimizer.step();
    const Tensor x = randomTensor({128, width}, 4), dy = randomTensor({128, width}, 5);
    const sparse::RoundOptions options{0.3, sparse::DropRule::Magnitude, sparse::RegrowPolicy::Reset};
    std::vector<double> gradientMs, planMs, applyMs;
    for (int round = 1; round <= 9; ++round) {
        const double start = now();
        sparse::DenseGradient gradient;
        if (rule.usesDenseGradient) gradient = sparse::DenseGradient(backend::matmul(dy, x, true, false));
        const double computed = now();
        sparse::RoundPlan plan = sparse::planRound(weight, rule, options, gradient, 100 * round, random);
        const double planned = now();
        optimizer.remap(weight.values(), sparse::applyRound(weight, std::move(plan), options.regrow));
        const double applied = now();
        gradientMs.push_back(computed - start);
        planMs.push_back(planned - computed);
        applyMs.push_back(applied - planned);
    }
    std::printf("density %.3f %-12s gradient %6.2f  choice %6.2f  change %6.2f ms\n", density, name,
                median(gradientMs), median(planMs), median(applyMs));
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<double> densities;
    for (int i = 1; i < argc; ++i) densities.push_back(std::stod(argv[i]));
    if (densities.empty()) densities = {0.1, 0.05, 0.01};
    for (const double density : densities) {
        measure("random", sparse::randomGrowth(), density);
        measure("gradient", sparse::gradientGrowth(), density);
        measure("acquisition", sparse::acquisitionGrowth(0.01, 1), density);
    }
    return 0;
}
