// SPDX-License-Identifier: Apache-2.0
#include "analysis/mixture.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace filigree::analysis {
namespace {

std::vector<double> softmax(const std::vector<double>& a) {
    const double largest = *std::max_element(a.begin(), a.end());
    std::vector<double> result;
    double sum = 0;
    for (const double value : a) {
        result.push_back(std::exp(value - largest));
        sum += result.back();
    }
    for (double& value : result) value /= sum;
    return result;
}

}  // namespace

LearnedMixture learnMixture(std::size_t networks, const MixtureOptions& options,
                            const std::function<MixtureLoss(std::span<const double>)>& loss) {
    LearnedMixture best{{}, std::numeric_limits<double>::infinity()};
    if (networks == 0) return best;
    constexpr double firstMoment = 0.9, secondMoment = 0.999, epsilon = 1e-8;
    std::vector<double> a(networks, 0.0), first(networks, 0.0), second(networks, 0.0);
    for (int step = 0;; ++step) {
        const std::vector<double> alpha = softmax(a);
        const MixtureLoss now = loss(alpha);
        if (now.loss < best.loss || best.coefficients.empty()) best = {alpha, now.loss};
        if (step == options.steps) return best;
        double mean = 0;
        for (std::size_t j = 0; j < networks; ++j) mean += alpha[j] * now.gradient[j];
        const double firstScale = 1 - std::pow(firstMoment, step + 1);
        const double secondScale = 1 - std::pow(secondMoment, step + 1);
        for (std::size_t j = 0; j < networks; ++j) {
            const double g = alpha[j] * (now.gradient[j] - mean);
            first[j] = firstMoment * first[j] + (1 - firstMoment) * g;
            second[j] = secondMoment * second[j] + (1 - secondMoment) * g * g;
            a[j] -= options.rate * (options.decay * a[j] +
                                    first[j] / firstScale / (std::sqrt(second[j] / secondScale) + epsilon));
        }
    }
}

}  // namespace filigree::analysis
