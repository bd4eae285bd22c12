// SPDX-License-Identifier: Apache-2.0
#include "data/planted.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/error.h"
#include "base/parallel.h"

namespace filigree::data {

std::uint64_t splitmix64(std::uint64_t seed, std::uint64_t index) {
    std::uint64_t z = seed + 0x9E3779B97F4A7C15ULL * (index + 1);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

namespace {

double uniform(std::uint64_t seed, std::uint64_t index) {
    return static_cast<double>(splitmix64(seed, index) >> 11) * 0x1p-53;
}

/// Normal number `index` of a stream: the cosine half of Box and Muller's pair, from uniforms 2 index and 2
/// index + 1.
double normal(std::uint64_t seed, std::uint64_t index) {
    const double u1 = uniform(seed, 2 * index);
    const double u2 = uniform(seed, 2 * index + 1);
    return std::sqrt(-2 * std::log(1 - u1)) * std::cos(2 * std::numbers::pi * u2);
}

}  // namespace

PlantedTeacher::PlantedTeacher(std::uint64_t seed) {
    for (std::uint64_t j = 0; j < units; ++j) {
        std::array<double, relevantInputs> keys{};
        for (std::uint64_t i = 0; i < relevantInputs; ++i) keys[i] = uniform(seed, j * relevantInputs + i);
        std::array<int, relevantInputs> order{};
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
            return keys[static_cast<std::size_t>(a)] < keys[static_cast<std::size_t>(b)];
        });
        for (std::uint64_t k = 0; k < fanIn; ++k) {
            wires[j][k] = order[k];
            signs[j][k] = uniform(seed + 1, j * fanIn + k) < 0.5 ? -1 : 1;
        }
    }
    for (std::uint64_t k = 0; k < classes; ++k)
        for (std::uint64_t j = 0; j < units; ++j) weights[k][j] = normal(seed + 2, k * units + j);
}

int PlantedTeacher::label(const double* x) const {
    std::array<double, units> hidden{};
    for (std::size_t j = 0; j < units; ++j) {
        double sum = 0;
        for (std::size_t k = 0; k < fanIn; ++k) sum += signs[j][k] * x[wires[j][k]];
        hidden[j] = std::tanh(1.5 * sum);
    }
    int best = 0;
    double bestScore = 0;
    for (std::size_t k = 0; k < classes; ++k) {
        const double score = std::inner_product(hidden.begin(), hidden.end(), weights[k].begin(), 0.0);
        if (k == 0 || score > bestScore) {
            best = static_cast<int>(k);
            bestScore = score;
        }
    }
    return best;
}

Dataset makePlanted(const std::string& split, bool trap, const PlantedOptions& options) {
    constexpr std::int64_t maximumRows = 4'000'000;
    if (options.trainRows < 1 || options.testRows < 1 || options.trainRows > maximumRows ||
        options.testRows > maximumRows)
        throw Error(ErrorKind::Usage,
                    fmt::format("{} training and {} test rows of the planted task are not possible",
                                options.trainRows, options.testRows),
                    {}, fmt::format("Choose between 1 and {} of each.", maximumRows));
    if (trap && !(std::isfinite(options.trapScale) && options.trapScale > 0))
        throw Error(ErrorKind::Usage, fmt::format("a trap scale of {} is not possible", options.trapScale),
                    {}, "Choose a positive number.");
    if (split != "train" && split != "test")
        throw Error(ErrorKind::Usage, "no split '" + split + "'", {}, "Choose train or test.");

    constexpr std::int64_t inputs = PlantedTeacher::inputs;
    constexpr int trapFirst = PlantedTeacher::relevantInputs, trapEnd = 64;
    const PlantedTeacher teacher(options.seed);
    const std::int64_t first = split == "train" ? 0 : options.trainRows;
    const std::int64_t rows = split == "train" ? options.trainRows : options.testRows;

    Dataset set;
    set.name = trap ? "planted-trap" : "planted";
    set.split = split;
    set.where = "generated";
    set.sampleShape = {inputs};
    set.classes = PlantedTeacher::classes;
    set.relevantInputs = PlantedTeacher::relevantInputs;
    set.labels.resize(static_cast<std::size_t>(rows));
    LargeVector<float> values(static_cast<std::size_t>(rows * inputs));
    parallelFor(0, rows, 256, [&](std::int64_t begin, std::int64_t end) {
        std::array<double, inputs> x{};
        for (std::int64_t row = begin; row < end; ++row) {
            for (std::int64_t i = 0; i < inputs; ++i)
                x[static_cast<std::size_t>(i)] =
                    normal(options.seed + 3, static_cast<std::uint64_t>((first + row) * inputs + i));
            set.labels[static_cast<std::size_t>(row)] = teacher.label(x.data());
            if (trap)
                for (std::size_t i = trapFirst; i < trapEnd; ++i) x[i] *= options.trapScale;
            std::transform(x.begin(), x.end(), values.begin() + row * inputs,
                           [](double v) { return static_cast<float>(v); });
        }
    });
    set.samples = std::move(values);
    set.validate();
    return set;
}

}  // namespace filigree::data
