// SPDX-License-Identifier: Apache-2.0
#include "sparse/rewiring.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <span>
#include <utility>

#include "backend/device_kernels.h"
#include "base/error.h"
#include "sparse/redistribution.h"
#include "sparse/top_k.h"

namespace filigree::sparse {
namespace {

/// The k positions of largest score(position, rounds active), a pair compared in order, among the candidates;
/// ascending.
template <typename Score>
std::vector<std::uint32_t> growLargest(const Round& round, std::int64_t count, Score&& score) {
    TopK best(count);
    Activity::Listed::Walk rounds(round.history);
    round.candidates.forEach([&](std::uint32_t position) {
        const auto [first, second] = score(position, rounds.at(position));
        best.offer(position, first, second);
    });
    std::vector<std::uint32_t> grown;
    for (const TopK::Entry& entry : best.take()) grown.push_back(entry.position);
    return grown;
}

/// A magnitude that the k-th largest of |gradient| probably exceeds, from a sample, with a good margin; 0
/// where the sample is too small to tell.
float guessThreshold(std::span<const float> gradient, std::int64_t count) {
    constexpr std::size_t samples = 4096;
    if (gradient.size() < 4 * samples) return 0;
    const std::size_t step = gradient.size() / samples;
    std::vector<float> magnitudes;
    for (std::size_t i = step / 2; i < gradient.size(); i += step)
        magnitudes.push_back(std::abs(gradient[i]));
    const double rank = static_cast<double>(count) * static_cast<double>(magnitudes.size()) /
                        static_cast<double>(gradient.size());
    const auto safe = static_cast<std::size_t>(rank + 4 * std::sqrt(rank) + 16);
    if (safe >= magnitudes.size()) return 0;
    std::nth_element(magnitudes.begin(), magnitudes.begin() + static_cast<std::ptrdiff_t>(safe),
                     magnitudes.end(), std::greater<>());
    return magnitudes[safe];
}

/// Calls body(position) for all positions with |gradient| >= threshold, ascending. Most blocks have none and
/// are left after a few vector comparisons.
template <typename Body>
void forEachAbove(std::span<const float> gradient, float threshold, Body&& body) {
    constexpr std::size_t block = 16;
    std::size_t i = 0;
    for (; i + block <= gradient.size(); i += block) {
        int above = 0;
        for (std::size_t lane = 0; lane < block; ++lane) above += std::abs(gradient[i + lane]) >= threshold;
        if (above == 0) continue;
        for (std::size_t lane = 0; lane < block; ++lane)
            if (std::abs(gradient[i + lane]) >= threshold) body(static_cast<std::uint32_t>(i + lane));
    }
    for (; i < gradient.size(); ++i)
        if (std::abs(gradient[i]) >= threshold) body(static_cast<std::uint32_t>(i));
}

/// growLargest for a score |G| + bonus(rounds) whose bonus is largest for positions that were never active:
/// positions whose |G| is too small even with that bonus are passed over in blocks. The same result.
template <typename Bonus>
std::vector<TopK::Entry> largestWithBonus(const Round& round, std::int64_t count, Bonus&& bonus) {
    const std::span<const float> gradient = round.gradient.single();
    const double fresh = bonus(std::uint16_t{0});
    const double most = std::max(fresh, 0.0);  // also where a bonus is negative and rises with the rounds
    for (float threshold = guessThreshold(gradient, count);; threshold = 0) {
        TopK best(count);
        std::int64_t certain = 0;
        const double cut = static_cast<double>(threshold) + most;
        Candidates::Walk candidates(round.candidates);
        Activity::Listed::Walk history(round.history);
        const auto offer = [&](std::uint32_t position) {
            if (!candidates.holds(position)) return;
            const std::uint16_t rounds = history.at(position);
            const double score = std::abs(round.gradient[position]) + (rounds > 0 ? bonus(rounds) : fresh);
            certain += score > cut;
            best.offer(position, score);
        };
        if (!gradient.empty())
            forEachAbove(gradient, threshold, offer);
        else
            round.candidates.forEach(offer);
        // What was passed over scores `cut` at most: enough others must score more.
        if (certain >= count || threshold == 0) return best.take();
    }
}

std::vector<std::uint32_t> positionsOf(const std::vector<TopK::Entry>& entries) {
    std::vector<std::uint32_t> positions;
    positions.reserve(entries.size());
    for (const TopK::Entry& entry : entries) positions.push_back(entry.position);
    return positions;
}

double meanGradient(const Round& round) {
    double sum = 0;
    round.candidates.forEach([&](std::uint32_t p) { sum += std::abs(round.gradient[p]); });
    return round.candidates.count() > 0 ? sum / static_cast<double>(round.candidates.count()) : 0;
}

/// The `count` edges of smallest |w|, ascending; equal ones from the first on.
std::vector<std::uint32_t> smallestMagnitudes(const std::vector<double>& w, std::int64_t count) {
    std::vector<std::uint32_t> edges;
    if (count == 0) return edges;
    std::vector<double> magnitudes(w.size());
    std::transform(w.begin(), w.end(), magnitudes.begin(), [](double x) { return std::abs(x); });
    const auto last = magnitudes.begin() + static_cast<std::ptrdiff_t>(count) - 1;
    std::nth_element(magnitudes.begin(), last, magnitudes.end());
    const double limit = *last;
    std::int64_t equal = count - std::count_if(magnitudes.begin(), last, [&](double x) { return x < limit; });
    edges.reserve(static_cast<std::size_t>(count));
    for (std::size_t e = 0; e < w.size(); ++e) {
        const double magnitude = std::abs(w[e]);
        if (magnitude < limit || (magnitude == limit && equal-- > 0))
            edges.push_back(static_cast<std::uint32_t>(e));
    }
    return edges;
}

/// Edges to drop, ascending.
std::vector<std::uint32_t> chooseDropped(const SparseWeight& weight, std::int64_t count,
                                         const RoundOptions& options, const DenseGradient& gradient) {
    const std::vector<double> w = weight.values().value().toDoubles();
    const DropRule rule = options.drop;
    std::vector<std::uint32_t> edges;
    const auto take = [&](TopK lowest) {
        for (const TopK::Entry& entry : lowest.take()) edges.push_back(entry.position);
    };
    const auto edge = [](std::size_t e) { return static_cast<std::uint32_t>(e); };
    if (!options.dropScores.empty()) {
        TopK lowest(count);
        for (std::size_t e = 0; e < w.size(); ++e) lowest.offer(edge(e), -options.dropScores[e]);
        take(std::move(lowest));
        return edges;
    }
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
    if (rule == DropRule::Magnitude) return smallestMagnitudes(w, count);
    TopK lowest(count);
    const std::vector<std::uint32_t> positions = weight.topology().positions();
    for (std::size_t e = 0; e < w.size(); ++e) {
        const double product = w[e] * gradient[positions[e]];
        lowest.offer(edge(e), -product * product);
    }
    take(std::move(lowest));
    return edges;
}

double meanBonus(const Activity::Listed& history, const Candidates& all, const GrowthRule::Bonus& explore) {
    // Positions that were never active share one bonus.
    Candidates::Walk candidates(all);
    double bonus = 0;
    std::int64_t known = 0;
    for (std::size_t i = 0; i < history.positions.size(); ++i) {
        if (!candidates.holds(history.positions[i])) continue;
        bonus += explore(history.counts[i]);
        ++known;
    }
    bonus += static_cast<double>(all.count() - known) * explore(0);
    return bonus / static_cast<double>(all.count());
}

/// Share of the grown positions that were never active before.
double shareOfNew(const Activity::Listed& history, const std::vector<std::uint32_t>& grown) {
    std::int64_t fresh = 0;
    Activity::Listed::Walk rounds(history);
    for (const std::uint32_t position : grown) fresh += rounds.at(position) == 0;
    return static_cast<double>(fresh) / static_cast<double>(grown.size());
}

/// How many connections a round drops.
std::int64_t countMoved(const Topology& topology, const RoundOptions& options) {
    if (options.drops) return std::min(*options.drops, topology.edges());
    const std::int64_t inactive = topology.size() - topology.edges();
    const auto count =
        static_cast<std::int64_t>(std::floor(options.dropFraction * static_cast<double>(topology.edges())));
    // A full layer has nothing to choose: dropping there would only reset weights.
    return options.regrow == RegrowPolicy::Forbid || inactive == 0 ? std::min(count, inactive) : count;
}

void measureGradients(const Round& round, const GrowthRule& rule, const std::vector<std::uint32_t>& grown,
                      RoundStatistics& statistics) {
    if (!round.gradient) return;
    const auto k = static_cast<double>(grown.size());
    double grownSum = 0;
    for (const std::uint32_t position : grown) grownSum += std::abs(round.gradient[position]);
    double topSum = 0;
    double largest = 0;
    const auto count = static_cast<std::int64_t>(grown.size());
    for (const TopK::Entry& entry : largestWithBonus(round, count, [](std::uint16_t) { return 0.0; })) {
        topSum += entry.score;
        largest = std::max(largest, entry.score);
    }
    statistics.meanGrownGradient = grownSum / k;
    statistics.meanTopGradient = topSum / k;
    statistics.maximumGradient = largest;
    if (rule.bonus) statistics.meanBonus = meanBonus(round.history, round.candidates, rule.bonus(round));
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
                return positionsOf(largestWithBonus(round, count, [](std::uint16_t) { return 0.0; }));
            },
            {},
            [](std::int64_t) { return GrowthRule::Exploration{}; },
            GrowthRule::Acquisition{}};
}

GrowthRule unitGradientGrowth() {
    return {
        "unit gradient",
        true,
        [](const Round& round, std::int64_t count) {
            const std::int64_t columns = round.weight.topology().columns();
            const auto rows = static_cast<std::size_t>(round.weight.topology().rows());
            std::vector<double> shares(rows, 0);
            std::vector<std::int64_t> room(rows, 0);
            const std::int64_t size = round.weight.topology().size();
            for (std::int64_t p = 0; p < size; ++p)
                shares[static_cast<std::size_t>(p / columns)] +=
                    std::abs(round.gradient[static_cast<std::uint32_t>(p)]);
            round.candidates.forEach([&](std::uint32_t p) { ++room[static_cast<std::size_t>(p / columns)]; });
            const std::vector<std::int64_t> parts = apportion(count, shares, room);
            std::vector<std::uint32_t> grown;
            std::size_t unit = 0;
            TopK best(parts[0]);
            const auto finishUnit = [&] {
                for (const TopK::Entry& entry : best.take()) grown.push_back(entry.position);
            };
            round.candidates.forEach([&](std::uint32_t p) {
                for (const auto row = static_cast<std::size_t>(p / columns); unit < row;) {
                    finishUnit();
                    best = TopK(parts[++unit]);
                }
                best.offer(p, std::abs(round.gradient[p]));
            });
            finishUnit();
            return grown;
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
                {},
                [](std::int64_t) { return GrowthRule::Exploration{.fewestFirst = true}; },
                GrowthRule::Acquisition{c, eps, false}};
    const auto bonus = [=](const Round& round) -> GrowthRule::Bonus {
        const double scale =
            (normalize ? meanGradient(round) : 1) * c * std::log(static_cast<double>(round.step));
        return [=](std::uint16_t rounds) { return scale / (static_cast<double>(rounds) + eps); };
    };
    return {"acquisition",
            true,
            [=](const Round& round, std::int64_t count) {
                const GrowthRule::Bonus explore = bonus(round);
                return positionsOf(largestWithBonus(round, count, explore));
            },
            bonus,
            [=](std::int64_t step) {
                const double scale = c * std::log(static_cast<double>(step));
                return normalize ? GrowthRule::Exploration{.bonusPerGradient = scale, .eps = eps}
                                 : GrowthRule::Exploration{.bonus = scale, .eps = eps};
            },
            GrowthRule::Acquisition{c, eps, normalize}};
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

std::vector<double> mestScores(std::span<const double> w, std::span<const double> g, double lambda) {
    std::vector<double> scores(w.size());
    for (std::size_t i = 0; i < w.size(); ++i) scores[i] = std::abs(w[i]) + lambda * std::abs(g[i]);
    return scores;
}

RoundPlan planRound(const SparseWeight& weight, const GrowthRule& rule, const RoundOptions& options,
                    const DenseGradient& gradient, std::int64_t step, RandomStream& random) {
    if ((rule.usesDenseGradient || options.drop == DropRule::Taylor) && !gradient)
        throw Error(ErrorKind::Run, "this round needs the dense gradient", "layer '" + weight.name() + "'");
    const Topology& topology = weight.topology();
    const std::vector<std::uint32_t> active = topology.positions();
    const std::int64_t count = countMoved(topology, options);
    if (!options.dropScores.empty() &&
        static_cast<std::int64_t>(options.dropScores.size()) != topology.edges())
        throw Error(ErrorKind::Run, "there is not one drop score for each connection",
                    "layer '" + weight.name() + "'");

    RoundPlan plan;
    std::vector<std::uint32_t> kept = active;
    double magnitude = 0;
    double age = 0;
    const std::vector<double> w = weight.values().value().toDoubles();
    for (const std::uint32_t edge : chooseDropped(weight, count, options, gradient)) {
        plan.dropped.push_back(active[edge]);
        magnitude += std::abs(w[edge]);
        age += weight.round() - weight.birthRounds()[edge];
    }
    kept.clear();
    std::set_difference(active.begin(), active.end(), plan.dropped.begin(), plan.dropped.end(),
                        std::back_inserter(kept));

    const Candidates candidates(topology.size(), excludedFromGrowth(active, plan.dropped, options.regrow));
    const Activity::Listed history = weight.activity().listed();
    const Round round{weight, history, gradient, candidates, step, random};
    const std::int64_t grows = std::min(options.grows.value_or(count), candidates.count());
    plan.grown = rule.grow(round, grows);
    std::set_intersection(plan.dropped.begin(), plan.dropped.end(), plan.grown.begin(), plan.grown.end(),
                          std::back_inserter(plan.regrown));
    std::vector<std::uint32_t> next;
    next.reserve(active.size());
    std::merge(kept.begin(), kept.end(), plan.grown.begin(), plan.grown.end(), std::back_inserter(next));
    plan.next = Topology(topology.rows(), topology.columns(), next);

    RoundStatistics& statistics = plan.statistics;
    statistics.dropped = count;
    statistics.grown = grows;
    if (count > 0) {
        statistics.meanDroppedMagnitude = magnitude / static_cast<double>(count);
        statistics.meanDroppedAge = age / static_cast<double>(count);
    }
    if (grows == 0) return plan;
    const auto k = static_cast<double>(grows);
    statistics.regrowShare = static_cast<double>(plan.regrown.size()) / k;
    statistics.newShare = shareOfNew(history, plan.grown);
    measureGradients(round, rule, plan.grown, statistics);
    return plan;
}

std::vector<std::uint32_t> excludedFromGrowth(const std::vector<std::uint32_t>& active,
                                              const std::vector<std::uint32_t>& dropped,
                                              RegrowPolicy regrow) {
    if (regrow == RegrowPolicy::Forbid) return active;
    std::vector<std::uint32_t> kept;
    kept.reserve(active.size());
    std::set_difference(active.begin(), active.end(), dropped.begin(), dropped.end(),
                        std::back_inserter(kept));
    return kept;
}

std::vector<std::int64_t> applyRound(SparseWeight& weight, RoundPlan plan, RegrowPolicy regrow) {
    if (regrow == RegrowPolicy::Keep) plan.regrown.clear();
    return weight.rewire(std::move(plan.next), plan.regrown);
}

bool canRoundOnDevice(const GrowthRule& rule, const RoundOptions& options) {
    return rule.exploration && options.drop != DropRule::SignedMagnitude && options.dropScores.empty() &&
           !options.drops && !options.grows;
}

DeviceRound roundOnDevice(SparseWeight& weight, const GrowthRule& rule, const RoundOptions& options,
                          const Tensor& gradient, std::int64_t step, std::vector<Tensor> states) {
    const std::shared_ptr<const Topology> before = weight.sharedTopology();
    backend::DeviceKernels* const device = backend::kernelsOf(weight.values().value());
    if (!device || !canRoundOnDevice(rule, options))
        throw Error(ErrorKind::Run, "this round cannot be done by a device", "layer '" + weight.name() + "'");
    DeviceRound round;
    RoundStatistics& statistics = round.plan.statistics;
    statistics.dropped = statistics.grown = countMoved(*before, options);
    if (statistics.dropped == 0) {
        // The device does not count this round: it takes the counts from the host the next time.
        round.sources = edgeSources(*before, *before);
        before->copies().device.reset();
        weight.adopt(*before, round.sources);
        return round;
    }
    const GrowthRule::Exploration exploration = rule.exploration(step);
    const Activity::Listed history = weight.activity().listed();
    backend::EdgeRound told = device->rewire({.pattern = before->pattern(),
                                              .moved = statistics.dropped,
                                              .keepsRegrown = options.regrow == RegrowPolicy::Keep,
                                              .forbidsRegrown = options.regrow == RegrowPolicy::Forbid,
                                              .bonus = exploration.bonus,
                                              .eps = exploration.eps,
                                              .bonusPerGradient = exploration.bonusPerGradient,
                                              .fewestRoundsFirst = exploration.fewestFirst,
                                              .dropsByGradient = options.drop == DropRule::Taylor,
                                              .gradient = gradient,
                                              .values = weight.values().value(),
                                              .states = std::move(states),
                                              .seen = history.positions,
                                              .rounds = history.counts});

    const std::vector<std::uint32_t> active = before->positions();
    double age = 0;
    for (const std::uint32_t edge : told.dropped) {
        round.plan.dropped.push_back(active[edge]);
        age += weight.round() - weight.birthRounds()[edge];
    }
    std::vector<std::uint32_t> kept;
    std::set_difference(active.begin(), active.end(), round.plan.dropped.begin(), round.plan.dropped.end(),
                        std::back_inserter(kept));
    std::set_difference(told.positions.begin(), told.positions.end(), kept.begin(), kept.end(),
                        std::back_inserter(round.plan.grown));
    std::set_intersection(round.plan.dropped.begin(), round.plan.dropped.end(), round.plan.grown.begin(),
                          round.plan.grown.end(), std::back_inserter(round.plan.regrown));
    const auto k = static_cast<double>(statistics.dropped);
    statistics.regrowShare = static_cast<double>(round.plan.regrown.size()) / k;
    statistics.newShare = shareOfNew(history, round.plan.grown);
    statistics.meanDroppedMagnitude = told.droppedMagnitude / k;
    statistics.meanDroppedAge = age / k;
    statistics.meanGrownGradient = told.grownGradient / k;
    statistics.meanTopGradient = told.topGradient / k;
    statistics.maximumGradient = told.largestGradient;
    if (rule.bonus) {
        const Candidates candidates(before->size(),
                                    options.regrow == RegrowPolicy::Forbid ? active : std::move(kept));
        statistics.meanBonus = meanBonus(history, candidates, [&](std::uint16_t rounds) {
            return told.bonus / (static_cast<double>(rounds) + exploration.eps);
        });
    }

    Topology next(before->rows(), before->columns(), told.positions);
    next.copies().device = std::move(told.pattern);
    round.sources = std::move(told.source);
    weight.adopt(std::move(next), round.sources);
    return round;
}

}  // namespace filigree::sparse
