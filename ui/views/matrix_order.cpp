// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/matrix_order.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "base/error.h"

namespace filigree::ui {
namespace {

constexpr std::array<std::string_view, 4> names{"index", "degree", "cluster", "first-seen"};
constexpr std::int64_t mostVisits = 200'000'000;
constexpr int mostSteps = 200;
constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();

std::vector<std::uint32_t> inOrder(std::size_t count) {
    std::vector<std::uint32_t> all(count);
    std::iota(all.begin(), all.end(), 0U);
    return all;
}

/// Ascending key; equal ones as they were.
std::vector<std::uint32_t> sortedBy(const std::vector<double>& keys) {
    std::vector<std::uint32_t> order = inOrder(keys.size());
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return keys[a] < keys[b]; });
    return order;
}

std::vector<std::uint32_t> byDegree(const std::vector<std::uint32_t>& degrees) {
    std::vector<double> keys(degrees.size());
    std::transform(degrees.begin(), degrees.end(), keys.begin(), [](std::uint32_t d) { return -double(d); });
    return sortedBy(keys);
}

/// By mean age, the oldest first; rows (columns) without connections last.
std::vector<std::uint32_t> byAge(const Connectivity& pattern, bool ofRows) {
    if (pattern.age.empty())
        throw Error(ErrorKind::Data, "nothing tells when connections were seen first",
                    "layer \"" + pattern.layer + "\"", "order by index, degree or cluster");
    const auto count = static_cast<std::size_t>(ofRows ? pattern.rows : pattern.columns);
    std::vector<double> sum(count, 0), known(count, 0);
    for (std::int64_t row = 0; row < pattern.rows; ++row)
        for (std::uint32_t e = pattern.rowStart[static_cast<std::size_t>(row)];
             e < pattern.rowStart[static_cast<std::size_t>(row) + 1]; ++e) {
            if (!std::isfinite(pattern.age[e])) continue;
            const std::size_t at = ofRows ? static_cast<std::size_t>(row) : pattern.column[e];
            sum[at] += static_cast<double>(pattern.age[e]);
            known[at] += 1;
        }
    std::vector<double> keys(count, std::numeric_limits<double>::max());
    for (std::size_t i = 0; i < count; ++i)
        if (known[i] > 0) keys[i] = -sum[i] / known[i];
    return sortedBy(keys);
}

/// The pattern scaled by the roots of its degrees, as an operator.
class NormalisedPattern {
  public:
    explicit NormalisedPattern(const Connectivity& pattern)
        : pattern_(pattern), rowScale_(scales(pattern.inDegree)), columnScale_(scales(pattern.outDegree)) {}

    /// y = A x and x = A' y.
    void toRows(const std::vector<double>& x, std::vector<double>& y) const {
        for (std::size_t r = 0; r < rowScale_.size(); ++r) {
            double sum = 0;
            for (std::uint32_t e = pattern_.rowStart[r]; e < pattern_.rowStart[r + 1]; ++e)
                sum += columnScale_[pattern_.column[e]] * x[pattern_.column[e]];
            y[r] = sum * rowScale_[r];
        }
    }
    void toColumns(const std::vector<double>& y, std::vector<double>& x) const {
        std::fill(x.begin(), x.end(), 0.0);
        for (std::size_t r = 0; r < rowScale_.size(); ++r) {
            const double scaled = y[r] * rowScale_[r];
            for (std::uint32_t e = pattern_.rowStart[r]; e < pattern_.rowStart[r + 1]; ++e)
                x[pattern_.column[e]] += scaled;
        }
        for (std::size_t c = 0; c < x.size(); ++c) x[c] *= columnScale_[c];
    }
    const std::vector<double>& rowScale() const { return rowScale_; }
    const std::vector<double>& columnScale() const { return columnScale_; }

  private:
    static std::vector<double> scales(const std::vector<std::uint32_t>& degrees) {
        std::vector<double> result(degrees.size(), 0);
        for (std::size_t i = 0; i < degrees.size(); ++i)
            if (degrees[i] > 0) result[i] = 1 / std::sqrt(static_cast<double>(degrees[i]));
        return result;
    }

    const Connectivity& pattern_;
    std::vector<double> rowScale_;
    std::vector<double> columnScale_;
};

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Takes the share of unit vector `unit` out of `vector`.
void takeOut(const std::vector<double>& unit, std::vector<double>& vector) {
    const double share = dot(unit, vector);
    for (std::size_t i = 0; i < vector.size(); ++i) vector[i] -= share * unit[i];
}

/// False if nothing is left of it.
bool normalise(std::vector<double>& vector) {
    const double length = std::sqrt(dot(vector, vector));
    if (length < 1e-12) return false;
    for (double& value : vector) value /= length;
    return true;
}

}  // namespace

std::string_view nameOf(MatrixOrder order) {
    return names[static_cast<std::size_t>(order)];
}

MatrixOrder parseMatrixOrder(std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
        throw Error(ErrorKind::Usage, "a matrix cannot be ordered by \"" + std::string(name) + "\"", "",
                    "say index, degree, cluster or first-seen");
    return static_cast<MatrixOrder>(found - names.begin());
}

MatrixPlaces clusterOrder(const Connectivity& pattern) {
    const NormalisedPattern matrix(pattern);
    const auto rows = static_cast<std::size_t>(pattern.rows);
    const auto columns = static_cast<std::size_t>(pattern.columns);
    // The first singular vector is known: the roots of the degrees.
    std::vector<double> first(columns, 0);
    for (std::size_t c = 0; c < columns; ++c) first[c] = std::sqrt(static_cast<double>(pattern.outDegree[c]));
    normalise(first);
    std::vector<double> x(columns), y(rows);
    // A start without any symmetry of the pattern: the fractional parts of multiples of the golden ratio.
    for (std::size_t c = 0; c < columns; ++c)
        x[c] = pattern.outDegree[c] > 0
                   ? std::fmod(0.6180339887498949 * static_cast<double>(c + 1), 1.0) - 0.5
                   : 0;
    takeOut(first, x);
    bool found = normalise(x);
    const std::int64_t visits = std::max<std::int64_t>(1, 2 * pattern.connections());
    const int steps = static_cast<int>(std::clamp<std::int64_t>(mostVisits / visits, 5, mostSteps));
    for (int step = 0; found && step < steps; ++step) {
        const std::vector<double> before = x;
        matrix.toRows(x, y);
        matrix.toColumns(y, x);
        takeOut(first, x);
        found = normalise(x);
        if (std::abs(dot(before, x)) > 1 - 1e-12) break;
    }
    std::vector<double> rowKeys(rows, std::numeric_limits<double>::max());
    std::vector<double> columnKeys(columns, std::numeric_limits<double>::max());
    if (found) matrix.toRows(x, y);
    for (std::size_t r = 0; r < rows; ++r)
        if (pattern.inDegree[r] > 0) rowKeys[r] = found ? y[r] * matrix.rowScale()[r] : 0;
    for (std::size_t c = 0; c < columns; ++c)
        if (pattern.outDegree[c] > 0) columnKeys[c] = found ? x[c] * matrix.columnScale()[c] : 0;
    return {sortedBy(rowKeys), sortedBy(columnKeys)};
}

MatrixPlaces placesBy(const Connectivity& pattern, MatrixOrder rows, MatrixOrder columns) {
    MatrixPlaces clusters;
    if (rows == MatrixOrder::Cluster || columns == MatrixOrder::Cluster) clusters = clusterOrder(pattern);
    const auto one = [&](MatrixOrder order, bool ofRows) {
        switch (order) {
            case MatrixOrder::Degree:
                return byDegree(ofRows ? pattern.inDegree : pattern.outDegree);
            case MatrixOrder::Cluster:
                return ofRows ? clusters.rows : clusters.columns;
            case MatrixOrder::FirstSeen:
                return byAge(pattern, ofRows);
            case MatrixOrder::Index:
                break;
        }
        return inOrder(static_cast<std::size_t>(ofRows ? pattern.rows : pattern.columns));
    };
    return {one(rows, true), one(columns, false)};
}

Connectivity reordered(const Connectivity& pattern, const MatrixPlaces& places) {
    const auto rows = static_cast<std::size_t>(pattern.rows);
    const auto columns = static_cast<std::size_t>(pattern.columns);
    const auto checked = [](std::vector<std::uint32_t> order, std::size_t count) {
        if (order.empty()) order = inOrder(count);
        std::vector<std::uint8_t> seen(count, 0);
        bool good = order.size() == count;
        for (std::size_t i = 0; good && i < count; ++i) good = order[i] < count && seen[order[i]]++ == 0;
        if (!good) throw Error(ErrorKind::Usage, "an order of rows or columns names one twice or none");
        return order;
    };
    const std::vector<std::uint32_t> rowOrder = checked(places.rows, rows);
    const std::vector<std::uint32_t> columnOrder = checked(places.columns, columns);
    std::vector<std::uint32_t> newRow(rows, nobody), newColumn(columns, nobody);
    for (std::size_t i = 0; i < rows; ++i) newRow[rowOrder[i]] = static_cast<std::uint32_t>(i);
    for (std::size_t i = 0; i < columns; ++i) newColumn[columnOrder[i]] = static_cast<std::uint32_t>(i);

    Connectivity result = pattern;
    result.rowIds.resize(rows);
    result.columnIds.resize(columns);
    for (std::size_t i = 0; i < rows; ++i) {
        result.rowIds[i] = static_cast<std::uint32_t>(pattern.rowId(rowOrder[i]));
        result.inDegree[i] = pattern.inDegree[rowOrder[i]];
    }
    for (std::size_t i = 0; i < columns; ++i) {
        result.columnIds[i] = static_cast<std::uint32_t>(pattern.columnId(columnOrder[i]));
        result.outDegree[i] = pattern.outDegree[columnOrder[i]];
    }
    std::vector<std::uint32_t> source(pattern.column.size());  // connection of the old pattern
    std::size_t at = 0;
    for (std::size_t i = 0; i < rows; ++i) {
        const std::size_t start = at;
        result.rowStart[i] = static_cast<std::uint32_t>(start);
        for (std::uint32_t e = pattern.rowStart[rowOrder[i]]; e < pattern.rowStart[rowOrder[i] + 1]; ++e)
            source[at++] = e;
        std::sort(source.begin() + static_cast<std::ptrdiff_t>(start),
                  source.begin() + static_cast<std::ptrdiff_t>(at), [&](std::uint32_t a, std::uint32_t b) {
                      return newColumn[pattern.column[a]] < newColumn[pattern.column[b]];
                  });
    }
    for (std::size_t e = 0; e < source.size(); ++e) result.column[e] = newColumn[pattern.column[source[e]]];
    const auto permute = [&](auto& to, const auto& from) {
        for (std::size_t e = 0; e < from.size(); ++e) to[e] = from[source[e]];
    };
    permute(result.weight, pattern.weight);
    permute(result.age, pattern.age);
    permute(result.activity, pattern.activity);
    permute(result.grown, pattern.grown);
    permute(result.side, pattern.side);
    for (std::uint32_t& flat : result.dropped)
        flat = newRow[flat / columns] * static_cast<std::uint32_t>(columns) + newColumn[flat % columns];
    std::sort(result.dropped.begin(), result.dropped.end());
    return result;
}

std::vector<std::uint32_t> between(const std::vector<std::uint32_t>& from,
                                   const std::vector<std::uint32_t>& to, double share) {
    std::vector<double> keys(from.size(), 0);
    for (std::size_t i = 0; i < from.size(); ++i) keys[from[i]] += (1 - share) * static_cast<double>(i);
    for (std::size_t i = 0; i < to.size(); ++i) keys[to[i]] += share * static_cast<double>(i);
    return sortedBy(keys);
}

}  // namespace filigree::ui
