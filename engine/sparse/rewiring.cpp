// SPDX-License-Identifier: Apache-2.0
#include "sparse/rewiring.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "sparse/top_k.h"

namespace filigree::sparse {
namespace {

/// The k positions of largest score(position, rounds active), a pair compared in order, among the candidates;
/// ascending.
template <typename Score>
std::vector<std::uint32_t> growLargest(const Round& round, std::int64_t count, Score&& score) {
    const auto seen = round.weight.activity().positions();
    const auto rounds = round.weight.activity().counts();
    TopK best(count);
    std::size_t next = 0;  // both lists ascend: one walk looks up every counter
    round.candidates.forEach([&](std::uint32_t position) {
        while (next < seen.size() && seen[next] < position) ++next;
        const bool ever = next < seen.size() && seen[next] == position;
        const auto [first, second] = score(position, ever ? rounds[next] : std::uint16_t{0});
        best.offer(position, first, second);
    });
    std::vector<std::uint32_t> grown;
    for (const TopK::Entry& entry : best.take()) grown.push_back(entry.position);
    return grown;
}

double meanGradient(const Round& round) {
    double sum = 0;
    round.candidates.forEach([&](std::uint32_t p) { sum += std::abs(round.gradient[p]); });
    return round.candidates.count() > 0 ? sum / static_cast<double>(round.candidates.count()) : 0;
}

/// Edges to drop, ascending.
std::vector<std::uint32_t> chooseDropped(const SparseWeight& weight, std::int64_t count, DropRule rule,
                                         const DenseGradient& gradient) {
    const std::vector<double> w = weight.values().value().toDoubles();
    std::vector<std::uint32_t> edges;
    const auto take = [&](TopK lowest) {
        for (const TopK::Entry& entry : lowest.take()) edges.push_back(entry.position);
    };
    const auto edge = [](std::size_t e) { return static_cast<std::uint32_t>(e); };
    if (rule == DropRule::SignedMagnitude) {
        const auto positives = std::count_if(w.begin(), w.end(), [](double x) { return x >= 0; });
        const auto negatives = static_cast<std::int64_t>(w.size()) - positives;
        // Where one sign has too few connections the other gives the rest.
        std::int64_t fromPositive = std::min<std::int64_t>((count + 1) / 2, positives);
        fromPositive = std::max(fromPositive, count - negatives);
        TopK smallestPositive(fromPositive);
        TopK largestNegative(count - fromPositive);
        for (std::size_t e = 0; e < w.size(); ++e)
            (w[e] >= 0 ? smallestPositive : largestNegative).offer(edge(e), -std::abs(w[e]));
        take(std::move(smallestPositive));
        take(std::move(largestNegative));
        std::sort(edges.begin(), edges.end());
        return edges;
    }
    TopK lowest(count);
    const std::vector<std::uint32_t> positions =
        rule == DropRule::Taylor ? weight.topology().positions() : std::vector<std::uint32_t>();
    for (std::size_t e = 0; e < w.size(); ++e) {
        const double product = rule == DropRule::Taylor ? w[e] * gradient[positions[e]] : 0;
        lowest.offer(edge(e), rule == DropRule::Taylor ? -product * product : -std::abs(w[e]));
    }
    take(std::move(lowest));
    return edges;
}

void measureGradients(const Round& round, const GrowthRule& rule, const std::vector<std::uint32_t>& grown,
                      RoundStatistics& statistics) {
    if (!round.gradient) return;
    TopK top(static_cast<std::int64_t>(grown.size()));
    double largest = 0;
    double bonus = 0;
    const auto seen = round.weight.activity().positions();
    const auto rounds = round.weight.activity().counts();
    std::size_t next = 0;
    const GrowthRule::Bonus explore = rule.bonus ? rule.bonus(round) : GrowthRule::Bonus();
    round.candidates.forEach([&](std::uint32_t position) {
        const double magnitude = std::abs(round.gradient[position]);
        top.offer(position, magnitude);
        largest = std::max(largest, magnitude);
        if (!explore) return;
        while (next < seen.size() && seen[next] < position) ++next;
        const bool ever = next < seen.size() && seen[next] == position;
        bonus += explore(ever ? rounds[next] : std::uint16_t{0});
    });
    const auto k = static_cast<double>(grown.size());
    double grownSum = 0;
    for (const std::uint32_t position : grown) grownSum += std::abs(round.gradient[position]);
    double topSum = 0;
    for (const TopK::Entry& entry : top.take()) topSum += entry.score;
    statistics.meanGrownGradient = grownSum / k;
    statistics.meanTopGradient = topSum / k;
    statistics.maximumGradient = largest;
    if (rule.bonus) statistics.meanBonus = bonus / static_cast<double>(round.candidates.count());
}

}  // namespace

DenseGradient::DenseGradient(const Tensor& gradient) : gradient_(gradient.contiguous()) {
    if (gradient_.dtype() == DType::F32)
        single_ = std::as_const(gradient_).data<float>();
    else
        double_ = std::as_const(gradient_).data<double>();
}

std::vector<std::uint32_t> Candidates::sample(std::int64_t chosen, RandomStream& random) const {
    std::vector<std::uint32_t> result;
    result.reserve(static_cast<std::size_t>(chosen));
    // The r-th candidate lies r plus the number of excluded positions before it from the start; both lists
    // ascend.
    std::size_t passed = 0;
    for (const std::int64_t rank : random.sample(count(), chosen)) {
        while (passed < excluded_.size() && excluded_[passed] <= rank + static_cast<std::int64_t>(passed))
            ++passed;
        result.push_back(static_cast<std::uint32_t>(rank + static_cast<std::int64_t>(passed)));
    }
    return result;
}

GrowthRule randomGrowth() {
    return {
        "random",
        false,
        [](const Round& round, std::int64_t count) { return round.candidates.sample(count, round.random); },
        {}};
}

GrowthRule gradientGrowth() {
    return {"gradient",
            true,
            [](const Round& round, std::int64_t count) {
                return growLargest(round, count, [&](std::uint32_t p, std::uint16_t) {
                    return std::pair(std::abs(round.gradient[p]), 0.0);
                });
            },
            {}};
}

GrowthRule acquisitionGrowth(double c, double eps, bool normalize) {
    if (std::isinf(c))
        return {"coverage",
                true,
                [](const Round& round, std::int64_t count) {
                    return growLargest(round, count, [&](std::uint32_t p, std::uint16_t rounds) {
                        return std::pair(-static_cast<double>(rounds), std::abs(round.gradient[p]));
                    });
                },
                {}};
    const auto bonus = [=](const Round& round) -> GrowthRule::Bonus {
        const double scale =
            (normalize ? meanGradient(round) : 1) * c * std::log(static_cast<double>(round.step));
        return [=](std::uint16_t rounds) { return scale / (static_cast<double>(rounds) + eps); };
    };
    return {"acquisition", true,
            [=](const Round& round, std::int64_t count) {
                const GrowthRule::Bonus explore = bonus(round);
                return growLargest(round, count, [&](std::uint32_t p, std::uint16_t rounds) {
                    return std::pair(std::abs(round.gradient[p]) + explore(rounds), 0.0);
                });
            },
            bonus};
}

GrowthRule unfiredGrowth() {
    return {"unfired",
            false,
            [](const Round& round, std::int64_t count) {
                return growLargest(round, count, [&](std::uint32_t, std::uint16_t rounds) {
                    return std::pair(round.random.uniform() + (rounds == 0 ? 1 : 0), 0.0);
                });
            },
            {}};
}

RoundPlan planRound(const SparseWeight& weight, const GrowthRule& rule, const RoundOptions& options,
                    const DenseGradient& gradient, std::int64_t step, RandomStream& random) {
    if ((rule.usesDenseGradient || options.drop == DropRule::Taylor) && !gradient)
        throw Error(ErrorKind::Run, "this round needs the dense gradient", "layer '" + weight.name() + "'");
    const Topology& topology = weight.topology();
    const std::vector<std::uint32_t> active = topology.positions();
    const std::int64_t inactive = topology.size() - topology.edges();
    auto count =
        static_cast<std::int64_t>(std::floor(options.dropFraction * static_cast<double>(topology.edges())));
    // A full layer has nothing to choose: dropping there would only reset weights.
    if (options.regrow == RegrowPolicy::Forbid || inactive == 0) count = std::min(count, inactive);

    RoundPlan plan;
    std::vector<std::uint32_t> kept = active;
    double magnitude = 0;
    double age = 0;
    const std::vector<double> w = weight.values().value().toDoubles();
    for (const std::uint32_t edge : chooseDropped(weight, count, options.drop, gradient)) {
        plan.dropped.push_back(active[edge]);
        magnitude += std::abs(w[edge]);
        age += weight.round() - weight.birthRounds()[edge];
    }
    kept.clear();
    std::set_difference(active.begin(), active.end(), plan.dropped.begin(), plan.dropped.end(),
                        std::back_inserter(kept));

    const Candidates candidates(topology.size(), options.regrow == RegrowPolicy::Forbid ? active : kept);
    const Round round{weight, gradient, candidates, step, random};
    plan.grown = rule.grow(round, count);
    std::set_intersection(plan.dropped.begin(), plan.dropped.end(), plan.grown.begin(), plan.grown.end(),
                          std::back_inserter(plan.regrown));
    std::vector<std::uint32_t> next;
    next.reserve(active.size());
    std::merge(kept.begin(), kept.end(), plan.grown.begin(), plan.grown.end(), std::back_inserter(next));
    plan.next = Topology(topology.rows(), topology.columns(), next);

    RoundStatistics& statistics = plan.statistics;
    statistics.dropped = count;
    if (count == 0) return plan;
    const auto k = static_cast<double>(count);
    const auto fresh = std::count_if(plan.grown.begin(), plan.grown.end(),
                                     [&](std::uint32_t p) { return weight.activity().at(p) == 0; });
    statistics.regrowShare = static_cast<double>(plan.regrown.size()) / k;
    statistics.newShare = static_cast<double>(fresh) / k;
    statistics.meanDroppedMagnitude = magnitude / k;
    statistics.meanDroppedAge = age / k;
    measureGradients(round, rule, plan.grown, statistics);
    return plan;
}

std::vector<std::int64_t> applyRound(SparseWeight& weight, RoundPlan plan, RegrowPolicy regrow) {
    if (regrow == RegrowPolicy::Keep) plan.regrown.clear();
    return weight.rewire(std::move(plan.next), plan.regrown);
}

}  // namespace filigree::sparse
