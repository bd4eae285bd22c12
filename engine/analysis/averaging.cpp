// SPDX-License-Identifier: Apache-2.0
#include "analysis/averaging.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/error.h"

namespace filigree::analysis {
namespace {

Error misfit(const std::string& name) {
    return {
        ErrorKind::Data, "the networks differ in '" + name + "'", {}, "average networks of one architecture"};
}

bool isStatistic(const std::string& name) {
    return name.ends_with("running_mean") || name.ends_with("running_var");
}

std::int64_t count(const Shape& shape) {
    return shape.elements();
}

/// Adds coefficient x values at the positions of `sum`, which holds them all.
void accumulate(SavedLayer& sum, const SavedLayer& layer, double coefficient) {
    std::size_t at = 0;
    for (std::size_t e = 0; e < layer.positions.size(); ++e) {
        while (sum.positions[at] != layer.positions[e]) ++at;
        sum.values[at] += coefficient * layer.values[e];
    }
}

SavedLayer emptyLayer(const SavedLayer& like, std::vector<std::uint32_t> positions) {
    const std::size_t edges = positions.size();
    return {like.shape, std::move(positions), std::vector<double>(edges, 0.0),
            std::vector<std::int64_t>(edges, 0), std::vector<std::int64_t>(edges, 0)};
}

/// Visits every value of two networks of one pattern or of any patterns (absent: 0), without statistics.
template <typename Visit>
void visitPairs(const SavedWeights& a, const SavedWeights& b, const Visit& visit) {
    for (const auto& [name, layer] : a.sparse) {
        const auto found = b.sparse.find(name);
        if (found == b.sparse.end() || !(found->second.shape == layer.shape)) throw misfit(name);
        const SavedLayer& other = found->second;
        std::size_t i = 0, j = 0;
        while (i < layer.positions.size() || j < other.positions.size()) {
            const bool first = j == other.positions.size() ||
                               (i < layer.positions.size() && layer.positions[i] <= other.positions[j]);
            const bool second = i == layer.positions.size() ||
                                (j < other.positions.size() && other.positions[j] <= layer.positions[i]);
            visit(first ? layer.values[i] : 0.0, second ? other.values[j] : 0.0);
            i += first;
            j += second;
        }
    }
    for (const auto& [name, tensor] : a.dense) {
        if (isStatistic(name)) continue;
        const auto found = b.dense.find(name);
        if (found == b.dense.end() || !(found->second.shape() == tensor.shape())) throw misfit(name);
        const std::vector<double> left = tensor.toDoubles(), right = found->second.toDoubles();
        for (std::size_t k = 0; k < left.size(); ++k) visit(left[k], right[k]);
    }
}

double distance(const SavedWeights& a, const SavedWeights& b) {
    double squares = 0;
    visitPairs(a, b, [&](double x, double y) { squares += (x - y) * (x - y); });
    return std::sqrt(squares);
}

double angle(const SavedWeights& a, const SavedWeights& b) {
    double product = 0, first = 0, second = 0;
    visitPairs(a, b, [&](double x, double y) {
        product += x * y;
        first += x * x;
        second += y * y;
    });
    if (first == 0 || second == 0) return 0;
    return std::acos(std::clamp(product / std::sqrt(first * second), -1.0, 1.0)) * 180 / std::numbers::pi;
}

}  // namespace

bool samePatterns(const SavedWeights& a, const SavedWeights& b) {
    return std::equal(a.sparse.begin(), a.sparse.end(), b.sparse.begin(), b.sparse.end(),
                      [](const auto& x, const auto& y) {
                          return x.first == y.first && x.second.shape == y.second.shape &&
                                 x.second.positions == y.second.positions;
                      });
}

SavedWeights combination(std::span<const SavedWeights> networks, std::span<const double> coefficients,
                         Patterns patterns) {
    if (networks.empty() || networks.size() != coefficients.size())
        throw Error(ErrorKind::Run, "an average needs networks and as many coefficients");
    const SavedWeights& first = networks.front();
    for (const SavedWeights& network : networks) {
        if (network.sparse.size() != first.sparse.size() || network.dense.size() != first.dense.size())
            throw misfit("the layers that are dense");
        if (patterns == Patterns::MustAgree && !samePatterns(network, first))
            throw Error(ErrorKind::Usage,
                        "the networks have different masks: their average is denser than they are", {},
                        "average candidates that were retrained from one pruned network, or force it");
    }
    SavedWeights result;
    for (const auto& [name, layer] : first.sparse) {
        std::vector<std::uint32_t> all = layer.positions;
        for (const SavedWeights& network : networks) {
            const auto found = network.sparse.find(name);
            if (found == network.sparse.end() || !(found->second.shape == layer.shape)) throw misfit(name);
            std::vector<std::uint32_t> merged;
            std::set_union(all.begin(), all.end(), found->second.positions.begin(),
                           found->second.positions.end(), std::back_inserter(merged));
            all = std::move(merged);
        }
        SavedLayer sum = emptyLayer(layer, std::move(all));
        for (std::size_t n = 0; n < networks.size(); ++n)
            accumulate(sum, networks[n].sparse.at(name), coefficients[n]);
        result.sparse.emplace(name, std::move(sum));
    }
    for (const auto& [name, tensor] : first.dense) {
        std::vector<double> sum(static_cast<std::size_t>(tensor.elements()), 0.0);
        for (std::size_t n = 0; n < networks.size(); ++n) {
            const auto found = networks[n].dense.find(name);
            if (found == networks[n].dense.end() || !(found->second.shape() == tensor.shape()))
                throw misfit(name);
            const std::vector<double> values = found->second.toDoubles();
            for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += coefficients[n] * values[i];
        }
        result.dense.emplace(name, Tensor::from(sum, tensor.shape()).to(tensor.dtype()));
    }
    return result;
}

SavedWeights average(std::span<const SavedWeights> networks, Patterns patterns) {
    const std::vector<double> equal(networks.size(), 1.0 / static_cast<double>(networks.size()));
    return combination(networks, equal, patterns);
}

double unionDensity(std::span<const SavedWeights> networks, const std::vector<nn::LayerWeight>& layers) {
    const nn::Topologies patterns = unionOf(networks);
    std::int64_t active = 0, all = 0;
    for (const nn::LayerWeight& layer : layers) {
        const auto found = patterns.find(layer.layer);
        active += found == patterns.end() ? count(layer.shape) : found->second.edges();
        all += count(layer.shape);
    }
    return static_cast<double>(active) / static_cast<double>(all);
}

double density(const SavedWeights& network, const std::vector<nn::LayerWeight>& layers) {
    return unionDensity({&network, 1}, layers);
}

Diversity diversity(std::span<const SavedWeights> networks) {
    Diversity result;
    if (networks.size() < 2) return result;
    double pairs = 0;
    for (std::size_t a = 0; a < networks.size(); ++a)
        for (std::size_t b = a + 1; b < networks.size(); ++b) {
            result.meanDistance += distance(networks[a], networks[b]);
            result.meanAngle += angle(networks[a], networks[b]);
            ++pairs;
        }
    result.meanDistance /= pairs;
    result.meanAngle /= pairs;
    const SavedWeights centre = average(networks, Patterns::Union);
    for (const SavedWeights& network : networks)
        result.barycentreDistance = std::max(result.barycentreDistance, distance(network, centre));
    return result;
}

double parameterNorm(const SavedWeights& network) {
    double squares = 0;
    visitPairs(network, network, [&](double x, double) { squares += x * x; });
    return std::sqrt(squares);
}

GreedySoup greedySoup(std::span<const double> scores,
                      const std::function<double(std::span<const std::size_t>)>& score, bool strictly) {
    GreedySoup soup;
    if (scores.empty()) return soup;
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    soup.accepted = {order.front()};
    soup.score = scores[order.front()];
    for (std::size_t i = 1; i < order.size(); ++i) {
        std::vector<std::size_t> tried = soup.accepted;
        tried.push_back(order[i]);
        const double value = score(tried);
        if (strictly ? value <= soup.score : value < soup.score) continue;
        soup.accepted = std::move(tried);
        soup.score = value;
    }
    return soup;
}

}  // namespace filigree::analysis
