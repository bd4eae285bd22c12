// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/rewiring_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>

#include "ui/views/connectivity.h"

namespace filigree::ui {
namespace {

constexpr std::size_t mostCohorts = 512;
constexpr std::size_t mostCompared = 64;
constexpr std::size_t mostSnapshots = 256;

/// `count` of the numbers 0 … size - 1, evenly spread, the first and the last among them.
std::vector<std::size_t> spread(std::size_t size, std::size_t count) {
    count = std::min(size, count);
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(count < 2 ? 0 : i * (size - 1) / (count - 1));
    return chosen;
}

/// Every position that a layer ever used, ascending; its place in here is its number.
std::vector<std::uint32_t> everUsed(const LayerMoves& moves) {
    std::vector<std::uint32_t> used = moves.start;
    for (const LayerMoves::Round& round : moves.rounds)
        used.insert(used.end(), round.grown.begin(), round.grown.end());
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    return used;
}

constexpr std::int32_t absent = -1;

/// The pattern while it is played: when each connection was born, and how far it is from two others.
class Player {
  public:
    /// `last`: for each position whether the last pattern has it.
    explicit Player(std::vector<std::uint8_t> last)
        : awayFromLast(std::count(last.begin(), last.end(), 1)),
          birth_(last.size(), absent),
          seen_(last.size(), 0),
          first_(last.size(), 0),
          last_(std::move(last)) {}

    const std::vector<std::int32_t>& birth() const { return birth_; }
    std::vector<std::uint8_t> present() const {
        std::vector<std::uint8_t> there(birth_.size());
        std::transform(birth_.begin(), birth_.end(), there.begin(),
                       [](std::int32_t born) { return static_cast<std::uint8_t>(born != absent); });
        return there;
    }

    /// Whether it was not there already.
    bool grow(std::size_t position, std::int32_t round) {
        if (birth_[position] != absent) return false;
        birth_[position] = round;
        if (!seen_[position]) ++explored;
        seen_[position] = 1;
        ++connections;
        awayFromFirst += first_[position] ? -1 : 1;
        awayFromLast += last_[position] ? -1 : 1;
        return true;
    }
    /// Whether it was there.
    bool drop(std::size_t position) {
        if (birth_[position] == absent) return false;
        birth_[position] = absent;
        --connections;
        awayFromFirst += first_[position] ? 1 : -1;
        awayFromLast += last_[position] ? 1 : -1;
        return true;
    }
    /// As it is now, it is the first pattern.
    void setFirst() {
        first_ = present();
        awayFromFirst = 0;
    }

    std::int64_t connections = 0;
    std::int64_t explored = 0;
    std::int64_t awayFromFirst = 0;
    std::int64_t awayFromLast = 0;

  private:
    std::vector<std::int32_t> birth_;
    std::vector<std::uint8_t> seen_, first_, last_;
};

double shareElsewhere(std::int64_t differing, std::int64_t a, std::int64_t b) {
    return a + b > 0 ? static_cast<double>(differing) / static_cast<double>(a + b) : 0;
}

/// Numbers of the moved positions, over all layers.
struct Moves {
    std::vector<std::size_t> dropped, grown;
};

std::vector<float> similarities(const std::vector<std::vector<std::uint64_t>>& patterns) {
    const std::size_t count = patterns.size();
    const auto common = [&](std::size_t a, std::size_t b) {
        std::int64_t bits = 0;
        for (std::size_t w = 0; w < patterns[a].size(); ++w)
            bits += std::popcount(patterns[a][w] & patterns[b][w]);
        return bits;
    };
    std::vector<std::int64_t> sizes;
    for (std::size_t a = 0; a < count; ++a) sizes.push_back(common(a, a));
    std::vector<float> table(count * count, 1);
    for (std::size_t a = 0; a < count; ++a)
        for (std::size_t b = 0; b < a; ++b) {
            const std::int64_t both = common(a, b);
            const std::int64_t either = sizes[a] + sizes[b] - both;
            if (either == 0) continue;
            table[a * count + b] = table[b * count + a] =
                static_cast<float>(static_cast<double>(both) / static_cast<double>(either));
        }
    return table;
}

}  // namespace

double RewiringHistory::exploration(std::size_t round) const {
    return positions > 0 ? static_cast<double>(rounds[round].explored) / static_cast<double>(positions) : 0;
}

double RewiringHistory::churn(std::size_t round) const {
    if (round == 0 || rounds[round - 1].connections == 0) return 0;
    const RewiringRound& at = rounds[round];
    return static_cast<double>(at.dropped + at.grown - 2 * at.regrown) / 2 /
           static_cast<double>(rounds[round - 1].connections);
}

double RewiringHistory::survival(std::size_t cohort, std::size_t later) const {
    // A cohort of several rounds is complete at the last of them.
    const std::size_t complete = cohort == 0 ? 0 : birthOf(cohort) + roundsPerCohort - 1;
    if (complete + later >= rounds.size() || alive[cohort][complete] == 0)
        return std::numeric_limits<double>::quiet_NaN();
    return static_cast<double>(alive[cohort][complete + later]) /
           static_cast<double>(alive[cohort][complete]);
}

std::size_t RewiringHistory::roundAt(std::int64_t step) const {
    const auto later =
        std::upper_bound(rounds.begin(), rounds.end(), step,
                         [](std::int64_t wanted, const RewiringRound& round) { return wanted < round.step; });
    return later == rounds.begin() ? 0 : static_cast<std::size_t>(later - rounds.begin() - 1);
}

std::string RewiringHistory::csv() const {
    std::string text =
        "round,step,connections,dropped,grown,regrown,churn,exploration,to_first,to_previous,to_last\n";
    for (std::size_t r = 0; r < rounds.size(); ++r) {
        const RewiringRound& at = rounds[r];
        text += fmt::format("{},{},{},{},{},{},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g}\n", r, at.step,
                            at.connections, at.dropped, at.grown, at.regrown, churn(r), exploration(r),
                            at.toFirst, at.toPrevious, at.toLast);
    }
    return text;
}

RewiringHistory replay(const std::vector<LayerMoves>& layers) {
    RewiringHistory history;
    if (layers.empty()) return history;
    std::vector<std::size_t> start;
    std::map<std::int64_t, Moves> bySteps;
    std::size_t size = 0;
    std::int64_t startStep = layers.front().startStep;
    for (const LayerMoves& layer : layers) {
        const std::vector<std::uint32_t> used = everUsed(layer);
        const auto add = [&](const std::vector<std::uint32_t>& from, std::vector<std::size_t>& to) {
            for (const std::uint32_t flat : from) {
                const auto found = std::lower_bound(used.begin(), used.end(), flat);
                if (found != used.end() && *found == flat)
                    to.push_back(size + static_cast<std::size_t>(found - used.begin()));
            }
        };
        add(layer.start, start);
        for (const LayerMoves::Round& round : layer.rounds) {
            add(round.dropped, bySteps[round.step].dropped);
            add(round.grown, bySteps[round.step].grown);
        }
        size += used.size();
        history.positions += layer.positions;
        startStep = std::min(startStep, layer.startStep);
    }

    // The last pattern first: the distance to it is asked for all along.
    Player ahead(std::vector<std::uint8_t>(size, 0));
    for (const std::size_t position : start) ahead.grow(position, 0);
    for (const auto& [step, moves] : bySteps) {
        for (const std::size_t position : moves.dropped) ahead.drop(position);
        for (const std::size_t position : moves.grown) ahead.grow(position, 0);
    }
    Player player(ahead.present());
    for (const std::size_t position : start) player.grow(position, 0);
    player.setFirst();
    const std::int64_t startConnections = player.connections;

    const std::size_t count = bySteps.size() + 1;
    history.roundsPerCohort = (count - 1 + mostCohorts - 1) / mostCohorts;
    history.roundsPerCohort = std::max<std::size_t>(1, history.roundsPerCohort);
    history.alive.assign(history.cohortOf(count - 1) + 1, std::vector<std::int64_t>(count, 0));
    history.compared = spread(count, mostCompared);
    std::vector<std::vector<std::uint64_t>> patterns;
    std::vector<std::int64_t> living(history.alive.size(), 0);
    living[0] = player.connections;

    const auto note = [&](RewiringRound round) {
        const std::size_t r = history.rounds.size();
        round.connections = player.connections;
        round.explored = player.explored;
        round.toFirst = shareElsewhere(player.awayFromFirst, startConnections, player.connections);
        round.toLast = shareElsewhere(player.awayFromLast, ahead.connections, player.connections);
        for (std::size_t c = 0; c < living.size(); ++c) history.alive[c][r] = living[c];
        if (std::binary_search(history.compared.begin(), history.compared.end(), r)) {
            std::vector<std::uint64_t> bits((size + 63) / 64, 0);
            for (std::size_t i = 0; i < size; ++i)
                if (player.birth()[i] != absent) bits[i / 64] |= std::uint64_t{1} << (i % 64);
            patterns.push_back(std::move(bits));
        }
        history.rounds.push_back(round);
    };
    note({.step = startStep});
    std::int32_t number = 0;
    for (auto& [step, moves] : bySteps) {
        ++number;
        RewiringRound round{.step = step};
        const std::int64_t before = player.connections;
        std::vector<std::size_t> dropped;
        for (const std::size_t position : moves.dropped) {
            const std::int32_t born = player.birth()[position];
            if (!player.drop(position)) continue;
            --living[history.cohortOf(static_cast<std::size_t>(born))];
            dropped.push_back(position);
        }
        std::sort(dropped.begin(), dropped.end());
        for (const std::size_t position : moves.grown) {
            if (!player.grow(position, number)) continue;
            ++living[history.cohortOf(static_cast<std::size_t>(number))];
            ++round.grown;
            round.regrown += std::binary_search(dropped.begin(), dropped.end(), position);
        }
        round.dropped = static_cast<std::int64_t>(dropped.size());
        round.toPrevious =
            shareElsewhere(round.dropped + round.grown - 2 * round.regrown, before, player.connections);
        note(round);
    }
    history.jaccard = similarities(patterns);
    return history;
}

LayerMoves readMoves(const store::Reader& reader, std::int64_t run, const store::MaskLayer& layer) {
    LayerMoves moves;
    moves.layer = layer.layer;
    moves.positions = layer.rows * layer.columns;
    auto frames = reader.maskSteps(run, layer.layer);
    if (frames.empty()) return moves;
    const auto first = reader.mask(run, layer.layer, frames.front().step);
    if (!first) return moves;
    moves.startStep = first->step;
    moves.start = first->record.active;
    // A round at the step of the first snapshot is in that snapshot already.
    for (auto& round : reader.rewirings(run, layer.layer, first->step + 1))
        moves.rounds.push_back({round.step, std::move(round.record.dropped), std::move(round.record.grown)});
    if (!moves.rounds.empty()) return moves;
    std::erase_if(frames, [&](const store::MaskFrameInfo& frame) {
        return frame.step != first->step && frame.added + frame.removed == 0;
    });
    std::vector<std::uint32_t> before = moves.start;
    for (const std::size_t f : spread(frames.size(), mostSnapshots)) {
        const auto mask = reader.mask(run, layer.layer, frames[f].step);
        if (!mask || mask->step == first->step) continue;
        LayerMoves::Round round{mask->step, {}, {}};
        const std::vector<std::uint32_t>& now = mask->record.active;
        std::set_difference(before.begin(), before.end(), now.begin(), now.end(),
                            std::back_inserter(round.dropped));
        std::set_difference(now.begin(), now.end(), before.begin(), before.end(),
                            std::back_inserter(round.grown));
        if (!round.dropped.empty() || !round.grown.empty()) moves.rounds.push_back(std::move(round));
        before = now;
    }
    return moves;
}

Rewiring loadRewiring(const store::Reader& reader, std::int64_t run, std::string_view layer) {
    Rewiring rewiring;
    rewiring.run = run;
    rewiring.runName = reader.run(run).name;
    if (rewiring.runName.empty()) rewiring.runName = "run " + std::to_string(run);
    rewiring.layer = layer;
    findLayer(reader, run, layer);  // says what is wrong, if anything
    std::vector<LayerMoves> moves;
    for (const store::MaskLayer& each : reader.maskLayers(run)) {
        rewiring.layers.push_back(each.layer);
        if (layer.empty() || layer == each.layer) moves.push_back(readMoves(reader, run, each));
    }
    rewiring.history = replay(moves);
    return rewiring;
}

}  // namespace filigree::ui
