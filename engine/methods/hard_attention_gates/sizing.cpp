// SPDX-License-Identifier: Apache-2.0
#include "methods/hard_attention_gates/sizing.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "base/error.h"
#include "base/random.h"

namespace filigree::methods::hard_attention_gates {
namespace {

double mean(std::span<const double> values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

double median(std::span<const double> sorted) {
    const std::size_t half = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

double aggregate(std::span<const double> sorted, Aggregate how) {
    if (how == Aggregate::Median) return median(sorted);
    if (how == Aggregate::Mean) return mean(sorted);
    const std::size_t cut = sorted.size() / 5;
    return mean(sorted.subspan(cut, sorted.size() - 2 * cut));
}

}  // namespace

double scaledSize(double mm) {
    return (mm - 0.5) / mmPerUnit - 1;
}

double unlimitedSize(double scaled) {
    return (scaled + 1) * mmPerUnit + 0.5;
}

double sizeOf(double scaled) {
    return std::clamp(unlimitedSize(scaled), 0.5, 22.0);
}

int sizeClass(double mm, const SizeBounds& bounds) {
    return mm <= bounds.small ? 0 : mm < bounds.large ? 1 : 2;
}

SizeFigures judge(std::span<const SizedItem> items) {
    SizeFigures result;
    result.count = static_cast<std::int64_t>(items.size());
    if (items.empty()) return result;
    Confusion binary(2);
    double squares = 0;
    std::int64_t near = 0;
    for (const SizedItem& item : items) {
        const int truth = sizeClass(item.truthMm), prediction = sizeClass(item.predictedMm, predictionBounds);
        result.triclassConfusion.add(truth, prediction);
        binary.add(truth == 2, prediction == 2);
        const double error = item.predictedMm - item.truthMm;
        result.meanAbsoluteError += std::abs(error);
        squares += error * error;
        result.meanSignedPercent += 100 * error / item.truthMm;
        near += std::abs(error) <= 1;
    }
    const auto count = static_cast<double>(items.size());
    result.meanAbsoluteError /= count;
    result.meanSignedPercent /= count;
    result.rootMeanSquareError = std::sqrt(squares / count);
    result.withinOneMm = static_cast<double>(near) / count;
    result.triclass = result.triclassConfusion.figures();
    result.binary = binary.figures();
    return result;
}

std::vector<SizedItem> perPolyp(std::span<const SizedItem> frames, Aggregate how) {
    std::map<std::int64_t, std::pair<double, std::vector<double>>> polyps;
    for (const SizedItem& frame : frames) {
        auto& [truth, predictions] = polyps[frame.polyp];
        truth = frame.truthMm;
        predictions.push_back(frame.predictedMm);
    }
    std::vector<SizedItem> result;
    for (auto& [polyp, entry] : polyps) {
        std::sort(entry.second.begin(), entry.second.end());
        result.push_back({polyp, entry.first, aggregate(entry.second, how)});
    }
    return result;
}

double constantSize(std::span<const double> trainingSizesMm) {
    if (trainingSizesMm.empty()) throw Error(ErrorKind::Run, "there are no training sizes");
    std::vector<double> sizes(trainingSizesMm.begin(), trainingSizesMm.end());
    std::sort(sizes.begin(), sizes.end());
    return median(sizes);
}

std::vector<SizedItem> constantPrediction(std::span<const SizedItem> items,
                                          std::span<const double> trainingSizesMm) {
    const double size = constantSize(trainingSizesMm);
    std::vector<SizedItem> result(items.begin(), items.end());
    for (SizedItem& item : result) item.predictedMm = size;
    return result;
}

std::vector<int> stratifiedFolds(std::span<const double> sizesMm, int folds, std::uint64_t seed) {
    if (folds < 2) throw Error(ErrorKind::Run, "there must be at least two folds");
    std::vector<int> result(sizesMm.size());
    RandomStream random(seed, "folds");
    // Classes go on where the one before stopped, so that the sizes of folds differ by at most one as well.
    std::size_t next = 0;
    for (int c = 0; c < 3; ++c) {
        std::vector<std::size_t> members;
        for (std::size_t i = 0; i < sizesMm.size(); ++i)
            if (sizeClass(sizesMm[i]) == c) members.push_back(i);
        for (const std::int64_t place : random.permutation(static_cast<std::int64_t>(members.size())))
            result[members[static_cast<std::size_t>(place)]] =
                static_cast<int>(next++ % static_cast<std::size_t>(folds));
    }
    return result;
}

}  // namespace filigree::methods::hard_attention_gates
