// SPDX-License-Identifier: Apache-2.0
#include "sparse/structure.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"

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
    const auto seen = weight.activity().positions();
    const auto roundsSeen = weight.activity().counts();
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

}  // namespace filigree::sparse
