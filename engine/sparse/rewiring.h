// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "sparse/sparse_weight.h"

/// The one drop/grow update that all dynamic sparse training shares. A round drops the k active connections
/// of lowest drop score and grows as many others: the k that a growth rule prefers. A method is its growth
/// rule, and for some a drop score or budgets of its own.
namespace filigree::sparse {

/// Which active connections go first. Ties: the lowest position.
enum class DropRule {
    Magnitude,        ///< smallest |w|
    SignedMagnitude,  ///< half of them the smallest positive, half the largest negative (SET)
    Taylor,           ///< smallest (w g)^2, g the gradient at the connection
};

/// What becomes of a position that is dropped and grown again in the same round.
enum class RegrowPolicy {
    Reset,   ///< it starts anew: weight 0, no optimiser state
    Keep,    ///< it keeps weight and optimiser state (as RigL's code does)
    Forbid,  ///< it cannot be chosen
};

/// d loss / d W at all positions of a layer, read as doubles; undefined (false) for rules that do not ask for
/// it.
class DenseGradient {
  public:
    DenseGradient() = default;
    explicit DenseGradient(const Tensor& gradient);
    explicit operator bool() const { return gradient_.defined(); }
    double operator[](std::uint32_t position) const {
        return single_ ? static_cast<double>(single_[position]) : double_[position];
    }

    /// All of it if it is of type f32, else empty.
    std::span<const float> single() const {
        return single_ ? std::span<const float>(single_, static_cast<std::size_t>(gradient_.elements()))
                       : std::span<const float>();
    }

  private:
    Tensor gradient_;
    const float* single_ = nullptr;
    const double* double_ = nullptr;
};

/// The positions that may grow: those inactive after the drop (without the dropped ones where regrowing is
/// forbidden).
class Candidates {
  public:
    /// `excluded`: ascending positions of a layer with `size` positions.
    Candidates(std::int64_t size, std::vector<std::uint32_t> excluded)
        : size_(size), excluded_(std::move(excluded)) {}

    std::int64_t count() const { return size_ - static_cast<std::int64_t>(excluded_.size()); }
    /// Calls body(position) in ascending order.
    template <typename Body>
    void forEach(Body&& body) const {
        std::uint32_t position = 0;
        for (const std::uint32_t stop : excluded_) {
            for (; position < stop; ++position) body(position);
            position = stop + 1;
        }
        for (; position < size_; ++position) body(position);
    }
    /// Looks up ascending positions in one walk.
    class Walk {
      public:
        explicit Walk(const Candidates& candidates) : excluded_(candidates.excluded_) {}
        bool holds(std::uint32_t position) {
            while (next_ < excluded_.size() && excluded_[next_] < position) ++next_;
            return next_ == excluded_.size() || excluded_[next_] != position;
        }

      private:
        std::span<const std::uint32_t> excluded_;
        std::size_t next_ = 0;
    };
    /// `chosen` of them, every subset equally likely, ascending.
    std::vector<std::uint32_t> sample(std::int64_t chosen, RandomStream& random) const;

  private:
    std::int64_t size_;
    std::vector<std::uint32_t> excluded_;
};

/// What a growth rule may look at.
struct Round {
    const SparseWeight& weight;
    const Activity::Listed& history;  ///< the weight's activity, unpacked
    const DenseGradient& gradient;
    const Candidates& candidates;
    std::int64_t step;  ///< global optimiser step t, >= 1
    RandomStream& random;
};

/// How connections are grown: `grow(round, k)` returns k different candidates, ascending.
struct GrowthRule {
    std::string name;
    bool usesDenseGradient = false;
    std::function<std::vector<std::uint32_t>(const Round&, std::int64_t count)> grow;
    /// The exploration term of the rule's score in this round as a function of the rounds a position has been
    /// active, for rules that have one (recorded, and drawn beside |G|).
    using Bonus = std::function<double(std::uint16_t rounds)>;
    std::function<Bonus(const Round&)> bonus;
    /// The rule as a device knows it: largest |G| + (bonus + bonusPerGradient mean |G|) / (N + eps) at a
    /// step. Rules without it choose on the host.
    struct Exploration {
        double bonus = 0, bonusPerGradient = 0, eps = 1;
        bool fewestFirst = false;  ///< fewest N first instead, of equals the largest |G|
    };
    std::function<Exploration(std::int64_t step)> exploration{};
    /// For rules that grow the largest |G| + c ln(t) / (N + eps): what it takes to choose again with another
    /// c. c = 0: by |G| alone, c = infinity: fewest rounds first.
    struct Acquisition {
        double c = 0;
        double eps = 1;
        bool normalize = false;  ///< c is multiplied by the mean |G| over the candidates
    };
    std::optional<Acquisition> acquisition{};
};

/// Uniformly random (SET, Mocanu et al. 2018).
GrowthRule randomGrowth();
/// Largest |G| (RigL, Evci et al. 2020).
GrowthRule gradientGrowth();
/// Largest |G| within each output unit (row), the k shared among the units in proportion to the mean |G| over
/// all positions of their rows, none beyond its free ones (redistribution.h rounds). SNFS calls it growth by
/// neurons (Dettmers and Zettlemoyer 2019; its code rounds each share down, grows nothing where that leaves
/// less than 10, and so grows fewer than it drops).
GrowthRule unitGradientGrowth();
/// Largest |G| + c ln(t) / (N + eps), N = rounds the position has been active (DST-EE, Huang et al., DAC
/// 2023). c = infinity: fewest rounds first, |G| among equals ("coverage first"). With `normalize`, c is
/// multiplied by the mean |G| over the candidates of the layer, so that it has no unit.
GrowthRule acquisitionGrowth(double c, double eps, bool normalize = false);
/// Random, never-active positions first (random_unfired of the ITOP code): score u + [N = 0].
GrowthRule unfiredGrowth();

struct RoundOptions {
    double dropFraction = 0;  ///< f; k = floor(f edges)
    DropRule drop = DropRule::Magnitude;
    RegrowPolicy regrow = RegrowPolicy::Reset;
    /// For methods that move connections between layers: numbers to drop and to grow instead of k. No more is
    /// dropped than there is, or grown than there are candidates.
    std::optional<std::int64_t> drops{};
    std::optional<std::int64_t> grows{};
    /// One score per edge, the lowest dropped first (ties: the lowest position), instead of `drop`.
    std::vector<double> dropScores{};
};

/// Drop score of MEST: |w| + lambda |g|, g the gradient at the connections (Yuan et al., NeurIPS 2021).
std::vector<double> mestScores(std::span<const double> w, std::span<const double> g, double lambda);

/// Figures of one round of one layer. A figure that a rule does not define is NaN.
struct RoundStatistics {
    std::int64_t dropped = 0;         ///< k, connections dropped
    std::int64_t grown = 0;           ///< connections grown; k too unless the budget of the layer changes
    double regrowShare = 0;           ///< share of the grown that were dropped in this round
    double newShare = 0;              ///< share of the grown that were never active before
    double meanDroppedMagnitude = 0;  ///< mean |w|
    double meanDroppedAge = 0;        ///< in rounds
    double meanGrownGradient = undefined;  ///< mean |G| over the grown
    double meanTopGradient = undefined;    ///< mean |G| over the k candidates of largest |G|
    double maximumGradient = undefined;    ///< largest |G| of a candidate
    double meanBonus = undefined;          ///< over the candidates
    double exploitRatio() const { return meanGrownGradient / meanTopGradient; }
    static constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
};

/// The outcome of a round before it is applied. Positions ascending.
struct RoundPlan {
    std::vector<std::uint32_t> dropped;
    std::vector<std::uint32_t> grown;
    std::vector<std::uint32_t> regrown;  ///< in both
    Topology next;
    RoundStatistics statistics;
};

/// Decides one round. `gradient` is needed by rules that use it and by DropRule::Taylor.
/// A layer without inactive positions is left alone (k = 0) unless told how many to drop; where regrowing is
/// forbidden, k is at most their number. Throws Error (Run) if a needed gradient is missing.
RoundPlan planRound(const SparseWeight& weight, const GrowthRule& rule, const RoundOptions& options,
                    const DenseGradient& gradient, std::int64_t step, RandomStream& random);

/// The positions that a round could not grow, ascending: those that stay connected, and where regrowing is
/// forbidden those that it dropped. `active`: the connections before the round.
std::vector<std::uint32_t> excludedFromGrowth(const std::vector<std::uint32_t>& active,
                                              const std::vector<std::uint32_t>& dropped, RegrowPolicy regrow);

/// Applies a plan. Returns for each edge its old edge or -1 (new), for optimisers.
std::vector<std::int64_t> applyRound(SparseWeight& weight, RoundPlan plan, RegrowPolicy regrow);

/// Whether a device can choose: rules with `exploration` that drop by magnitude and grow as many.
bool canRoundOnDevice(const GrowthRule& rule, const RoundOptions& options);

/// planRound and applyRound in one for a weight that lies on a device that can choose: the choice is made
/// there, the pattern, the values and the optimiser's `states` (all that it keeps for the weight) change
/// there in place, and what happened is told. `gradient` is the dense one, on the device. plan.next is empty:
/// the weight has it.
struct DeviceRound {
    RoundPlan plan;
    std::vector<std::int64_t> sources;  ///< as applyRound returns them
};
DeviceRound roundOnDevice(SparseWeight& weight, const GrowthRule& rule, const RoundOptions& options,
                          const Tensor& gradient, std::int64_t step, std::vector<Tensor> states);

}  // namespace filigree::sparse
