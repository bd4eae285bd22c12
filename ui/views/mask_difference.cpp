// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/mask_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>

#include "base/error.h"
#include "ui/views/matrix_order.h"

namespace filigree::ui {
namespace {

constexpr std::size_t mostOptimal = 1024;
constexpr std::int64_t mostRows = 8192;
constexpr std::int64_t mostPairs = 2'000'000'000;

void requireSameSize(const Connectivity& a, const Connectivity& b) {
    if (a.rows == b.rows && a.columns == b.columns) return;
    throw Error(ErrorKind::Usage, "the two layers differ in size", "layer \"" + a.layer + "\"",
                fmt::format("{} x {} against {} x {}: choose a run of the same architecture", a.rows,
                            a.columns, b.rows, b.columns));
}

/// overlap[i * n + j]: connections that row i of A and row j of B have in common.
std::vector<std::int32_t> overlaps(const Connectivity& a, const Connectivity& b) {
    const auto n = static_cast<std::size_t>(a.rows);
    // Of every column, the rows of B that it is connected to.
    std::vector<std::uint32_t> start(static_cast<std::size_t>(b.columns) + 1, 0);
    std::partial_sum(b.outDegree.begin(), b.outDegree.end(), start.begin() + 1);
    std::vector<std::uint32_t> rowsOf(b.column.size()), next(start.begin(), start.end() - 1);
    for (std::size_t r = 0; r < n; ++r)
        for (std::uint32_t e = b.rowStart[r]; e < b.rowStart[r + 1]; ++e)
            rowsOf[next[b.column[e]]++] = static_cast<std::uint32_t>(r);
    std::int64_t pairs = 0;
    for (std::size_t c = 0; c < a.outDegree.size(); ++c)
        pairs += static_cast<std::int64_t>(a.outDegree[c]) * b.outDegree[c];
    if (a.rows > mostRows || pairs > mostPairs)
        throw Error(ErrorKind::Usage, "the layer is too large for matching its neurons",
                    fmt::format("layer \"{}\", {} neurons", a.layer, a.rows), "compare without matching");
    std::vector<std::int32_t> overlap(n * n, 0);
    for (std::size_t i = 0; i < n; ++i)
        for (std::uint32_t e = a.rowStart[i]; e < a.rowStart[i + 1]; ++e)
            for (std::uint32_t k = start[a.column[e]]; k < start[a.column[e] + 1]; ++k)
                ++overlap[i * n + rowsOf[k]];
    return overlap;
}

/// Of every row i the column j, so that the sum of cost[i * n + j] is least: a row after the other is
/// assigned along the cheapest path that moves earlier ones.
std::vector<std::uint32_t> leastCost(const std::vector<double>& cost, std::size_t n) {
    constexpr double never = std::numeric_limits<double>::max();
    // Index 0 stands for "not assigned": rows and columns count from 1 here.
    std::vector<double> rowPrice(n + 1, 0), columnPrice(n + 1, 0);
    std::vector<std::size_t> rowOf(n + 1, 0), from(n + 1, 0);
    for (std::size_t row = 1; row <= n; ++row) {
        rowOf[0] = row;
        std::vector<double> least(n + 1, never);
        std::vector<std::uint8_t> done(n + 1, 0);
        std::size_t column = 0;
        do {
            done[column] = 1;
            const std::size_t i = rowOf[column];
            double step = never;
            std::size_t best = 0;
            for (std::size_t j = 1; j <= n; ++j) {
                if (done[j]) continue;
                const double reduced = cost[(i - 1) * n + j - 1] - rowPrice[i] - columnPrice[j];
                if (reduced < least[j]) {
                    least[j] = reduced;
                    from[j] = column;
                }
                if (least[j] < step) {
                    step = least[j];
                    best = j;
                }
            }
            for (std::size_t j = 0; j <= n; ++j) {
                if (done[j]) {
                    rowPrice[rowOf[j]] += step;
                    columnPrice[j] -= step;
                } else {
                    least[j] -= step;
                }
            }
            column = best;
        } while (rowOf[column] != 0);
        while (column != 0) {
            rowOf[column] = rowOf[from[column]];
            column = from[column];
        }
    }
    std::vector<std::uint32_t> match(n);
    for (std::size_t j = 1; j <= n; ++j) match[rowOf[j] - 1] = static_cast<std::uint32_t>(j - 1);
    return match;
}

/// The largest overlaps first.
std::vector<std::uint32_t> greedy(const std::vector<std::int32_t>& overlap, std::size_t n) {
    struct Pair {
        std::int32_t overlap;
        std::uint32_t i, j;
    };
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            if (overlap[i * n + j] > 0)
                pairs.push_back(
                    {overlap[i * n + j], static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(j)});
    std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
        if (a.overlap != b.overlap) return a.overlap > b.overlap;
        if ((a.i == a.j) != (b.i == b.j)) return a.i == a.j;
        return a.i != b.i ? a.i < b.i : a.j < b.j;
    });
    constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    std::vector<std::uint32_t> match(n, none);
    std::vector<std::uint8_t> taken(n, 0);
    for (const Pair& pair : pairs)
        if (match[pair.i] == none && !taken[pair.j]) {
            match[pair.i] = pair.j;
            taken[pair.j] = 1;
        }
    // Those that have nothing in common with anybody left: the same number, or the next free one.
    for (std::uint32_t i = 0; i < n; ++i)
        if (match[i] == none && !taken[i]) {
            match[i] = i;
            taken[i] = 1;
        }
    std::uint32_t free = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
        if (match[i] != none) continue;
        while (taken[free]) ++free;
        match[i] = free;
        taken[free] = 1;
    }
    return match;
}

/// The pattern with the same number of connections in every column, at random rows: what is left of it if
/// neurons mean nothing. Always the same for the same pattern.
Connectivity shuffledRows(const Connectivity& pattern) {
    std::mt19937_64 random(1);
    const auto rows = static_cast<std::uint32_t>(pattern.rows);
    std::vector<std::uint32_t> order(rows);
    std::iota(order.begin(), order.end(), 0U);
    record::Mask mask{pattern.layer, pattern.rows, pattern.columns, pattern.kernel, {}};
    mask.active.reserve(pattern.column.size());
    for (std::size_t column = 0; column < pattern.outDegree.size(); ++column)
        for (std::uint32_t i = 0; i < pattern.outDegree[column]; ++i) {
            std::swap(order[i], order[i + random() % (rows - i)]);
            mask.active.push_back(static_cast<std::uint32_t>(order[i] * pattern.outDegree.size() + column));
        }
    std::sort(mask.active.begin(), mask.active.end());
    return makeConnectivity(mask, pattern.step);
}

Connectivity patternAt(const store::Reader& reader, std::int64_t run, const std::string& layer,
                       std::int64_t step) {
    const auto mask = reader.mask(run, layer, step);
    if (!mask)
        throw Error(ErrorKind::Usage,
                    fmt::format("run {} has no pattern of layer {} at step {}", run, layer, step), "",
                    "choose a later step");
    return makeConnectivity(mask->record, mask->step);
}

}  // namespace

Connectivity difference(const Connectivity& a, const Connectivity& b, std::int64_t runOfB, bool otherRun) {
    requireSameSize(a, b);
    Connectivity result;
    result.layer = a.layer;
    result.rows = a.rows;
    result.columns = a.columns;
    result.kernel = a.kernel;
    result.step = a.step;
    result.weightStep = a.weightStep;
    result.pixels = a.pixels;
    result.rowStart.assign(static_cast<std::size_t>(a.rows) + 1, 0);
    result.inDegree.assign(static_cast<std::size_t>(a.rows), 0);
    result.outDegree.assign(static_cast<std::size_t>(a.columns), 0);
    Comparison against{runOfB, b.step, otherRun};
    std::vector<std::uint32_t> source;  // connection of A, or none
    constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    for (std::size_t row = 0; row < static_cast<std::size_t>(a.rows); ++row) {
        std::uint32_t i = a.rowStart[row], j = b.rowStart[row];
        const std::uint32_t endOfA = a.rowStart[row + 1], endOfB = b.rowStart[row + 1];
        while (i < endOfA || j < endOfB) {
            const bool inA = i < endOfA && (j >= endOfB || a.column[i] <= b.column[j]);
            const bool inB = j < endOfB && (i >= endOfA || b.column[j] <= a.column[i]);
            const std::uint32_t column = inA ? a.column[i] : b.column[j];
            result.column.push_back(column);
            result.side.push_back(inA && inB ? Connectivity::Both
                                  : inA      ? Connectivity::OnlyA
                                             : Connectivity::OnlyB);
            ++(inA && inB ? against.both : inA ? against.onlyA : against.onlyB);
            ++result.inDegree[row];
            ++result.outDegree[column];
            source.push_back(inA ? i : none);
            i += inA ? 1 : 0;
            j += inB ? 1 : 0;
        }
        result.rowStart[row + 1] = static_cast<std::uint32_t>(result.column.size());
    }
    const auto take = [&](std::vector<float>& to, const std::vector<float>& from) {
        if (from.empty()) return;
        to.assign(source.size(), std::numeric_limits<float>::quiet_NaN());
        for (std::size_t e = 0; e < source.size(); ++e)
            if (source[e] != none) to[e] = from[source[e]];
    };
    take(result.weight, a.weight);
    take(result.age, a.age);
    take(result.activity, a.activity);
    const double p = a.density(), q = b.density();
    against.chance = p + q > 0 ? p * q / (p + q - p * q) : 1;
    result.against = against;
    return result;
}

NeuronMatching matchRows(const Connectivity& a, const Connectivity& b) {
    requireSameSize(a, b);
    const std::vector<std::int32_t> overlap = overlaps(a, b);
    const auto n = static_cast<std::size_t>(a.rows);
    NeuronMatching result;
    result.optimal = n <= mostOptimal;
    if (result.optimal) {
        // A little for the same number: n of them weigh less than one connection.
        std::vector<double> cost(n * n);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j)
                cost[i * n + j] = -static_cast<double>(overlap[i * n + j]) - (i == j ? 0.5 / double(n) : 0);
        result.rowOfB = leastCost(cost, n);
    } else {
        result.rowOfB = greedy(overlap, n);
    }
    for (std::size_t i = 0; i < n; ++i) result.overlap += overlap[i * n + result.rowOfB[i]];
    return result;
}

Connectivity withInputs(const Connectivity& b, const std::vector<std::uint32_t>& rowOfB) {
    const auto neurons = static_cast<std::int64_t>(rowOfB.size());
    if (neurons == 0 || b.columns % neurons != 0)
        throw Error(ErrorKind::Usage, "the neurons before a layer do not fit its columns",
                    "layer \"" + b.layer + "\"");
    const auto places = static_cast<std::uint32_t>(b.columns / neurons);
    MatrixPlaces order;
    for (const std::uint32_t neuron : rowOfB)
        for (std::uint32_t place = 0; place < places; ++place)
            order.columns.push_back(neuron * places + place);
    Connectivity result = reordered(b, order);
    result.rowIds.clear();
    result.columnIds.clear();
    return result;
}

Connectivity compare(const store::Reader& reader, std::int64_t runOfA, const Connectivity& a,
                     const Against& against) {
    findLayer(reader, against.run, a.layer);
    const std::int64_t step = against.step.value_or(a.step);
    Connectivity b = patternAt(reader, against.run, a.layer, step);
    const std::int64_t stepOfB = b.step;
    requireSameSize(a, b);
    bool optimal = true;
    std::optional<double> chance;
    if (against.match) {
        const auto layers = reader.maskLayers(runOfA);
        std::vector<std::uint32_t> before;
        for (std::size_t l = 0; l < layers.size(); ++l) {
            const std::string& name = layers[l].layer;
            const bool shown = name == a.layer;
            Connectivity one = shown ? b : patternAt(reader, against.run, name, step);
            const Connectivity other = shown ? a : patternAt(reader, runOfA, name, a.step);
            requireSameSize(other, one);
            const auto neurons = static_cast<std::int64_t>(before.size());
            if (neurons > 0 && one.columns % neurons == 0) one = withInputs(one, before);
            if (l + 1 < layers.size()) {
                const NeuronMatching found = matchRows(other, one);
                optimal = optimal && found.optimal;
                if (shown) {
                    const std::int64_t both = matchRows(other, shuffledRows(one)).overlap;
                    const std::int64_t either = other.connections() + one.connections() - both;
                    chance = either > 0 ? static_cast<double>(both) / static_cast<double>(either) : 1;
                }
                one = reordered(one, {found.rowOfB, {}});
                before = found.rowOfB;
            }
            if (!shown) continue;
            b = std::move(one);
            break;
        }
    }
    Connectivity result = difference(a, b, against.run, against.run != runOfA);
    result.against->step = stepOfB;
    result.against->matched = against.match;
    result.against->optimallyMatched = optimal;
    if (chance) result.against->chance = *chance;
    return result;
}

}  // namespace filigree::ui
