// SPDX-License-Identifier: Apache-2.0
#include "analysis/latency.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace filigree::analysis {
namespace {

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace

Latencies timeInTurns(nn::Module& before, nn::Module& after, const Tensor& x, std::int64_t pairs) {
    const autograd::NoGradient noTape;
    const autograd::Variable input(x);
    before.setTraining(false);
    after.setTraining(false);
    const auto time = [&](nn::Module& network) {
        const auto start = std::chrono::steady_clock::now();
        network.forward(input);
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    };
    for (int warm = 0; warm < 2; ++warm) time(before), time(after);
    std::vector<double> first, second, ratios;
    for (std::int64_t pair = 0; pair < pairs; ++pair) {
        const bool turned = pair % 2 == 1;
        const double a = time(turned ? after : before), b = time(turned ? before : after);
        first.push_back(turned ? b : a);
        second.push_back(turned ? a : b);
        ratios.push_back(first.back() / second.back());
    }
    return {median(first), median(second), median(ratios)};
}

}  // namespace filigree::analysis
