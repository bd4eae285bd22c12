// SPDX-License-Identifier: Apache-2.0
#include "sparse/structure.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.h"
#include "base/parallel.h"

namespace filigree::sparse {
namespace {

std::int64_t columnsOf(const Shape& layer) {
    return layer.elements() / layer[0];
}

/// The tile of a position.
class Tiling {
  public:
    Tiling(const Shape& layer, const BlockShape& block)
        : columns_(columnsOf(layer)), block_(block), tileColumns_(columns_ / block.columns) {
        if (!block.fits(layer))
            throw Error(
                ErrorKind::Run, "the tiles do not cover the layer",
                layer.text() + " by " + std::to_string(block.rows) + " x " + std::to_string(block.columns));
    }
    std::uint32_t tileOf(std::uint32_t position) const {
        const std::int64_t row = position / columns_;
        const std::int64_t column = position % columns_;
        return static_cast<std::uint32_t>(row / block_.rows * tileColumns_ + column / block_.columns);
    }
    std::int64_t tileColumns() const { return tileColumns_; }

  private:
    std::int64_t columns_;
    BlockShape block_;
    std::int64_t tileColumns_;
};

Shape tileShape(const Shape& layer, const BlockShape& block) {
    return {layer[0] / block.rows, columnsOf(layer) / block.columns};
}

/// Magnitudes of floating-point numbers are ordered as their bits are.
std::int32_t magnitudeBits(float value) {
    return std::bit_cast<std::int32_t>(value) & std::numeric_limits<std::int32_t>::max();
}
std::int64_t magnitudeBits(double value) {
    return std::bit_cast<std::int64_t>(value) & std::numeric_limits<std::int64_t>::max();
}

/// Where the values of neighbouring groups lie: element i of group l at i * element + l * lane.
struct GroupStrides {
    std::int64_t element, lane;
};
/// The same as a constant, for groups that follow each other.
template <int M>
struct Consecutive {
    static constexpr std::int64_t element = 1, lane = M;
};
constexpr int mostLanes = 32;

/// The masks of some groups of M values, at most mostLanes: a value stays if fewer than n others are larger,
/// or equal and later. Without branches and in loops over groups, which compilers turn into vectors: what
/// chooses at every step must not cost more than the step.
template <int M, typename T, typename Strides>
void maskGroups(const T* values, T* mask, const Strides& strides, int lanes, int n) {
    using Bits = decltype(magnitudeBits(T{}));
    Bits size[M][mostLanes] = {};
    Bits larger[M][mostLanes] = {};
    for (int l = 0; l < lanes; ++l)
        for (int i = 0; i < M; ++i)
            size[i][l] = magnitudeBits(values[i * strides.element + l * strides.lane]);
    for (int i = 0; i < M; ++i)
        for (int j = i + 1; j < M; ++j)
            for (int l = 0; l < mostLanes; ++l) {
                const Bits earlierWins = size[i][l] > size[j][l] ? 1 : 0;
                larger[i][l] += 1 - earlierWins;
                larger[j][l] += earlierWins;
            }
    for (int l = 0; l < lanes; ++l)
        for (int i = 0; i < M; ++i)
            mask[i * strides.element + l * strides.lane] = larger[i][l] < n ? T{1} : T{0};
}

/// The same for any M, group by group.
template <typename T>
void maskAnyGroups(const T* values, T* mask, const GroupStrides& strides, int lanes, int n, int m) {
    for (int l = 0; l < lanes; ++l)
        for (int i = 0; i < m; ++i) {
            const auto at = [&](int k) { return k * strides.element + l * strides.lane; };
            const auto size = magnitudeBits(values[at(i)]);
            int larger = 0;
            for (int j = 0; j < m; ++j) {
                const auto other = magnitudeBits(values[at(j)]);
                larger += (j > i ? other >= size : other > size) ? 1 : 0;
            }
            mask[at(i)] = larger < n ? T{1} : T{0};
        }
}

}  // namespace

bool BlockShape::fits(const Shape& layer) const {
    return rows >= 1 && columns >= 1 && layer[0] % rows == 0 && columnsOf(layer) % columns == 0;
}

ScoredLayer blockScores(const ScoredLayer& layer, const BlockShape& block) {
    const Tiling tiling(layer.shape, block);
    std::vector<double> sums(static_cast<std::size_t>(layer.shape.elements() / block.area()), 0.0);
    std::vector<std::int64_t> members(sums.size(), 0);
    for (std::size_t i = 0; i < layer.positions.size(); ++i) {
        const std::uint32_t tile = tiling.tileOf(layer.positions[i]);
        sums[tile] += layer.scores[i];
        ++members[tile];
    }
    ScoredLayer tiles{tileShape(layer.shape, block), {}, {}};
    for (std::uint32_t tile = 0; tile < sums.size(); ++tile) {
        if (members[tile] == 0) continue;
        if (members[tile] != block.area())
            throw Error(ErrorKind::Run, "a tile of a block-sparse layer is there in part",
                        layer.shape.text() + ", tile " + std::to_string(tile));
        tiles.positions.push_back(tile);
        tiles.scores.push_back(sums[tile]);
    }
    return tiles;
}

std::vector<std::uint32_t> expandBlocks(const Shape& layer, const BlockShape& block,
                                        std::span<const std::uint32_t> tiles) {
    const Tiling tiling(layer, block);
    const std::int64_t columns = columnsOf(layer);
    std::vector<std::uint32_t> positions;
    positions.reserve(tiles.size() * static_cast<std::size_t>(block.area()));
    for (const std::uint32_t tile : tiles) {
        const std::int64_t top = tile / tiling.tileColumns() * block.rows;
        const std::int64_t left = tile % tiling.tileColumns() * block.columns;
        for (std::int64_t row = top; row < top + block.rows; ++row)
            for (std::int64_t column = left; column < left + block.columns; ++column)
                positions.push_back(static_cast<std::uint32_t>(row * columns + column));
    }
    std::sort(positions.begin(), positions.end());
    return positions;
}

RoundPlan planBlockRound(const SparseWeight& weight, const BlockShape& block, const GrowthRule& rule,
                         const RoundOptions& options, const DenseGradient& gradient, std::int64_t step,
                         RandomStream& random) {
    const Shape& shape = weight.denseShape();
    const Tiling tiling(shape, block);
    const Shape tileLayer = tileShape(shape, block);
    const ScoredLayer tiles = blockScores(magnitudes(weight), block);
    SparseWeight coarse(weight.name(), tileLayer, Topology(tileLayer[0], tileLayer[1], tiles.positions),
                        DType::F64);

    // Every connection of a tile has the same history: that of any will do.
    std::vector<std::uint16_t> rounds(static_cast<std::size_t>(coarse.topology().size()), 0);
    const auto [seen, roundsSeen] = weight.activity().listed();
    for (std::size_t i = 0; i < seen.size(); ++i) rounds[tiling.tileOf(seen[i])] = roundsSeen[i];
    std::vector<std::uint32_t> seenTiles;
    std::vector<std::uint16_t> counts;
    for (std::uint32_t tile = 0; tile < rounds.size(); ++tile) {
        if (rounds[tile] == 0) continue;
        seenTiles.push_back(tile);
        counts.push_back(rounds[tile]);
    }
    std::vector<std::int32_t> births(tiles.positions.size(), 0);
    const std::vector<std::uint32_t> active = weight.topology().positions();
    for (std::size_t e = 0; e < active.size(); ++e)
        births[static_cast<std::size_t>(*coarse.topology().edgeAt(tiling.tileOf(active[e])))] =
            weight.birthRounds()[e];
    const auto count = static_cast<std::int64_t>(tiles.positions.size());
    coarse.restore(coarse.topology(), Tensor::from(tiles.scores, {count}), Activity(seenTiles, counts),
                   births, weight.round());

    DenseGradient coarseGradient;
    if (gradient) {
        Tensor sums = Tensor::zeros(tileLayer, DType::F64);
        double* const sum = sums.data<double>();
        for (std::uint32_t position = 0; position < shape.elements(); ++position)
            sum[tiling.tileOf(position)] += std::abs(gradient[position]);
        coarseGradient = DenseGradient(sums);
    }
    RoundOptions coarseOptions = options;
    if (options.drops) coarseOptions.drops = *options.drops / block.area();
    if (options.grows) coarseOptions.grows = *options.grows / block.area();
    if (!options.dropScores.empty())
        coarseOptions.dropScores = blockScores({shape, active, options.dropScores}, block).scores;

    RoundPlan plan = planRound(coarse, rule, coarseOptions, coarseGradient, step, random);
    for (std::vector<std::uint32_t>* list : {&plan.dropped, &plan.grown, &plan.regrown})
        *list = expandBlocks(shape, block, *list);
    const std::vector<std::uint32_t> next = expandBlocks(shape, block, plan.next.positions());
    plan.next = survivorTopology(shape, next);
    plan.statistics.dropped *= block.area();
    plan.statistics.grown *= block.area();
    return plan;
}

namespace {

/// Adds one row's figures to those of the rows before it: means are weighted by what they are over.
void addRow(RoundStatistics& total, const RoundStatistics& row, std::int64_t rowsBefore) {
    const auto mean = [](double& sum, double value, std::int64_t before, std::int64_t count) {
        if (count == 0) return;
        const auto weight = static_cast<double>(count) / static_cast<double>(before + count);
        sum = before == 0 ? value : sum + weight * (value - sum);
    };
    mean(total.meanDroppedMagnitude, row.meanDroppedMagnitude, total.dropped, row.dropped);
    mean(total.meanDroppedAge, row.meanDroppedAge, total.dropped, row.dropped);
    mean(total.regrowShare, row.regrowShare, total.grown, row.grown);
    mean(total.newShare, row.newShare, total.grown, row.grown);
    mean(total.meanGrownGradient, row.meanGrownGradient, total.grown, row.grown);
    mean(total.meanTopGradient, row.meanTopGradient, total.grown, row.grown);
    if (row.grown > 0) {
        mean(total.meanBonus, row.meanBonus, rowsBefore, 1);
        total.maximumGradient = std::fmax(total.maximumGradient, row.maximumGradient);
    }
    total.dropped += row.dropped;
    total.grown += row.grown;
}

}  // namespace

RoundPlan planFanInRound(const SparseWeight& weight, const GrowthRule& rule, const RoundOptions& options,
                         const DenseGradient& gradient, std::int64_t step, RandomStream& random) {
    if (options.drops || options.grows)
        throw Error(ErrorKind::Run, "a fixed fan-in leaves no choice of how many connections a layer moves",
                    "layer '" + weight.name() + "'");
    const Topology& topology = weight.topology();
    const std::int64_t width = topology.columns();
    const std::vector<std::uint32_t> active = topology.positions();
    const std::vector<double> values = weight.values().value().toDoubles();
    const auto [seen, rounds] = weight.activity().listed();
    RoundPlan plan;
    std::vector<std::uint32_t> next;
    next.reserve(active.size());
    std::size_t edge = 0, known = 0;
    for (std::int64_t row = 0; row < topology.rows(); ++row) {
        const auto first = static_cast<std::uint32_t>(row * width);
        const auto end = edge + static_cast<std::size_t>(topology.inDegree(row));
        const auto local = [&](auto from, auto to) {
            std::vector<std::uint32_t> positions;
            for (; from != to; ++from) positions.push_back(*from - first);
            return positions;
        };
        const auto at = [](auto& list, std::size_t i) {
            return list.begin() + static_cast<std::ptrdiff_t>(i);
        };
        const std::size_t knownFirst = known;
        while (known < seen.size() && seen[known] < first + width) ++known;
        SparseWeight unit(weight.name(), {1, width},
                          Topology(1, width, local(at(active, edge), at(active, end))), DType::F64);
        unit.restore(
            unit.topology(),
            Tensor::from(std::vector<double>(at(values, edge), at(values, end)), {unit.topology().edges()}),
            Activity(local(at(seen, knownFirst), at(seen, known)),
                     std::vector<std::uint16_t>(at(rounds, knownFirst), at(rounds, known))),
            std::vector<std::int32_t>(at(weight.birthRounds(), edge), at(weight.birthRounds(), end)),
            weight.round());
        Tensor slopes;
        if (gradient) {
            slopes = Tensor::empty({1, width}, DType::F64);
            for (std::int64_t i = 0; i < width; ++i)
                slopes.data<double>()[i] = gradient[first + static_cast<std::uint32_t>(i)];
        }
        RoundOptions own = options;
        if (!options.dropScores.empty())
            own.dropScores.assign(at(options.dropScores, edge), at(options.dropScores, end));
        const RoundPlan part =
            planRound(unit, rule, own, gradient ? DenseGradient(slopes) : DenseGradient(), step, random);
        for (const auto& [from, to] : {std::pair(&part.dropped, &plan.dropped),
                                       {&part.grown, &plan.grown},
                                       {&part.regrown, &plan.regrown}})
            for (const std::uint32_t position : *from) to->push_back(first + position);
        for (const std::uint32_t position : part.next.positions()) next.push_back(first + position);
        addRow(plan.statistics, part.statistics, row);
        edge = end;
    }
    plan.next = Topology(topology.rows(), width, next);
    return plan;
}

bool NOfM::fits(const Shape& layer) const {
    return layer[1] % m == 0;
}

std::vector<std::uint32_t> keepNOfM(const ScoredLayer& layer, const NOfM& pattern) {
    const Shape& shape = layer.shape;
    if (!pattern.fits(shape) || static_cast<std::int64_t>(layer.positions.size()) != shape.elements())
        throw Error(ErrorKind::Run, "an N:M pattern needs a full layer whose inputs are a multiple of M",
                    shape.text() + " by " + std::to_string(pattern.n) + ":" + std::to_string(pattern.m));
    // Inputs that follow each other lie a kernel apart in the matrix.
    const std::int64_t columns = columnsOf(shape);
    const std::int64_t kernel = columns / shape[1];
    std::vector<std::uint32_t> kept;
    kept.reserve(layer.positions.size() * static_cast<std::size_t>(pattern.n) /
                 static_cast<std::size_t>(pattern.m));
    std::vector<std::uint32_t> best(static_cast<std::size_t>(pattern.n));
    for (std::int64_t row = 0; row < shape[0]; ++row)
        for (std::int64_t first = 0; first < shape[1]; first += pattern.m)
            for (std::int64_t place = 0; place < kernel; ++place) {
                // The best so far, descending; a later one goes before its equals.
                std::size_t held = 0;
                for (std::int64_t i = 0; i < pattern.m; ++i) {
                    const auto candidate =
                        static_cast<std::uint32_t>(row * columns + (first + i) * kernel + place);
                    std::size_t at = held;
                    while (at > 0 && layer.scores[candidate] >= layer.scores[best[at - 1]]) --at;
                    if (at == best.size()) continue;
                    held = std::min(held + 1, best.size());
                    for (std::size_t k = held - 1; k > at; --k) best[k] = best[k - 1];
                    best[at] = candidate;
                }
                std::sort(best.begin(), best.end());
                kept.insert(kept.end(), best.begin(), best.end());
            }
    if (kernel > 1) std::sort(kept.begin(), kept.end());  // else groups follow each other
    return kept;
}

Tensor maskNOfM(const SparseWeight& weight, const NOfM& pattern) {
    const Shape& shape = weight.denseShape();
    if (!pattern.fits(shape) || weight.topology().edges() != shape.elements())
        throw Error(ErrorKind::Run, "an N:M pattern needs a full layer whose inputs are a multiple of M",
                    shape.text() + " by " + std::to_string(pattern.n) + ":" + std::to_string(pattern.m));
    const Tensor values = weight.values().value().contiguous();
    Tensor mask = Tensor::empty(values.shape(), values.dtype());
    const std::int64_t columns = columnsOf(shape), kernel = columns / shape[1];
    const auto n = static_cast<int>(pattern.n), m = static_cast<int>(pattern.m);
    dispatchFloating(values.dtype(), "N:M mask", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = values.data<T>();
        T* const to = mask.data<T>();
        // Neighbouring groups of a linear layer follow each other; those of a convolution are interleaved.
        const std::int64_t group = kernel * m;
        const GroupStrides strides{kernel, kernel == 1 ? m : 1};
        parallelFor(0, shape[0], std::max<std::int64_t>(1, 100000 / columns),
                    [&](std::int64_t first, std::int64_t last) {
                        const std::int64_t end = last * columns;
                        const std::int64_t together = kernel == 1 ? mostLanes : 1;
                        for (std::int64_t at = first * columns; at < end; at += together * group)
                            for (std::int64_t place = 0; place < kernel; place += mostLanes) {
                                const auto lanes = static_cast<int>(
                                    kernel == 1 ? std::min(together, (end - at) / group)
                                                : std::min<std::int64_t>(mostLanes, kernel - place));
                                const T* const w = from + at + place;
                                T* const out = to + at + place;
                                if (m == 4 && kernel == 1 && lanes == mostLanes)
                                    maskGroups<4>(w, out, Consecutive<4>(), mostLanes, n);
                                else if (m == 8 && kernel == 1 && lanes == mostLanes)
                                    maskGroups<8>(w, out, Consecutive<8>(), mostLanes, n);
                                else if (m == 4)
                                    maskGroups<4>(w, out, strides, lanes, n);
                                else if (m == 8)
                                    maskGroups<8>(w, out, strides, lanes, n);
                                else
                                    maskAnyGroups(w, out, strides, lanes, n, m);
                            }
                    });
    });
    return mask;
}

}  // namespace filigree::sparse
