// SPDX-License-Identifier: Apache-2.0
#include "analysis/confusion.h"

#include <numeric>
#include <string>

#include "base/error.h"

namespace filigree::analysis {
namespace {

double ratio(std::int64_t part, std::int64_t whole) {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 1;
}

}  // namespace

void Confusion::add(int truth, int prediction, std::int64_t count) {
    const auto t = static_cast<std::size_t>(truth), p = static_cast<std::size_t>(prediction);
    if (truth < 0 || prediction < 0 || t >= classes_ || p >= classes_)
        throw Error(ErrorKind::Run,
                    "there is no class " + std::to_string(truth < 0 || t >= classes_ ? truth : prediction));
    counts_[t * classes_ + p] += count;
}

std::int64_t Confusion::truths(std::size_t truth) const {
    std::int64_t sum = 0;
    for (std::size_t p = 0; p < classes_; ++p) sum += at(truth, p);
    return sum;
}

std::int64_t Confusion::total() const {
    return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

ClassFigures Confusion::figures() const {
    ClassFigures f;
    const std::int64_t all = total();
    std::int64_t right = 0;
    const auto classes = static_cast<double>(classes_);
    for (std::size_t c = 0; c < classes_; ++c) {
        std::int64_t truths = 0, predictions = 0;
        for (std::size_t other = 0; other < classes_; ++other) {
            truths += at(c, other);
            predictions += at(other, c);
        }
        const std::int64_t hits = at(c, c);
        right += hits;
        const double recall = ratio(hits, truths), precision = ratio(hits, predictions);
        const double f1 = ratio(2 * hits, truths + predictions);
        const double share = all > 0 ? static_cast<double>(truths) / static_cast<double>(all) : 0;
        f.f1Weighted += share * f1;
        f.precisionWeighted += share * precision;
        f.recallWeighted += share * recall;
        f.f1Macro += f1 / classes;
        f.sensitivity += recall / classes;
        f.macroPrecision += precision / classes;
        f.specificity += ratio(all - truths - predictions + hits, all - truths) / classes;
    }
    f.accuracy = ratio(right, all);
    return f;
}

}  // namespace filigree::analysis
