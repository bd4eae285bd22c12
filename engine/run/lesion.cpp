// SPDX-License-Identifier: Apache-2.0
#include "run/lesion.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "analysis/lesion.h"
#include "base/error.h"

namespace filigree::run {
namespace {

using nlohmann::json;

constexpr std::int64_t batchSize = 500;

std::vector<std::uint32_t> flatPlaces(const Cut& cut, const analysis::SavedLayer& layer) {
    const std::int64_t width = layer.shape.elements() / layer.shape[0];
    std::vector<std::uint32_t> positions;
    for (const auto& [row, column] : cut.places) {
        if (row < 0 || row >= layer.shape[0] || column < 0 || column >= width)
            throw Error(ErrorKind::Usage,
                        "the layer has no place " + std::to_string(row) + ":" + std::to_string(column),
                        std::to_string(layer.shape[0]) + " rows of " + std::to_string(width),
                        "rows and columns count from 0");
        positions.push_back(static_cast<std::uint32_t>(row * width + column));
    }
    return positions;
}

json sideJson(const analysis::ClassEvaluation& evaluation) {
    const analysis::Evaluation all = evaluation.overall();
    json classes = json::array();
    for (std::size_t c = 0; c < evaluation.count.size(); ++c)
        classes.push_back({{"samples", evaluation.count[c]},
                           {"correct", evaluation.correct[c]},
                           {"loss", evaluation.loss[c]}});
    return {{"loss", all.loss}, {"accuracy", all.accuracy}, {"classes", std::move(classes)}};
}

}  // namespace

LesionBench::LesionBench(const store::Store& store, const std::string& network, std::int64_t samples,
                         const data::SearchPath& folders)
    : stored_(store, {network}, folders) {
    const data::Dataset& test = stored_.data("test");
    samples_ = analysis::takeSamples(test, samples, batchSize, 0);
    classNames_ = test.classNames;
    const StoredNetwork& one = stored_.first();
    network_ = stored_.make(analysis::unionOf(std::span(&one.weights, 1)));
    network_->setRunning(one.weights);
    point_ = analysis::pointOf(one.weights, network_->layout());
    network_->moveTo(point_);
    intact_ = network_->evaluateClasses(samples_, analysis::Statistics::Running);
}

LesionResult LesionBench::apply(const Cut& cut) {
    const auto start = std::chrono::steady_clock::now();
    const auto& sparse = stored_.first().weights.sparse;
    std::string names;
    for (const auto& [name, layer] : sparse) names += (names.empty() ? "" : ", ") + name;
    if (sparse.empty())
        throw Error(ErrorKind::Usage, "the network is dense: it has no list of connections", {},
                    "choose a run with sparsity.density below 1");
    if (!cut.places.empty() && (cut.layers.size() != 1 || !cut.where.empty()))
        throw Error(ErrorKind::Usage, "a list of connections belongs to one layer, without a query", {},
                    "name one layer: " + names);
    for (const std::string& name : cut.layers)
        if (!sparse.contains(name))
            throw Error(ErrorKind::Usage, "no sparse layer is called \"" + name + "\"", {},
                        "the sparse layers are " + names);
    LesionResult result;
    analysis::Point point = point_;
    for (const auto& [name, layer] : sparse) {
        if (!cut.layers.empty() && std::find(cut.layers.begin(), cut.layers.end(), name) == cut.layers.end())
            continue;
        const std::vector<std::size_t> chosen = cut.places.empty()
                                                    ? analysis::select(layer, cut.where)
                                                    : analysis::connectionsAt(layer, flatPlaces(cut, layer));
        analysis::removeConnections(network_->layout(), name, layer, chosen, point);
        LesionLayer one{name,
                        static_cast<std::int64_t>(chosen.size()),
                        static_cast<std::int64_t>(layer.positions.size()),
                        {}};
        for (const std::size_t c : chosen) one.positions.push_back(layer.positions[c]);
        result.layers.push_back(std::move(one));
    }
    network_->moveTo(point);
    result.intact = intact_;
    result.cut = network_->evaluateClasses(samples_, analysis::Statistics::Running);
    network_->moveTo(point_);
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
}

std::string toJson(const LesionBench& bench, const Cut& cut, const LesionResult& result, bool positions) {
    json layers = json::array();
    for (const LesionLayer& layer : result.layers) {
        json one{{"layer", layer.layer}, {"removed", layer.removed}, {"connections", layer.connections}};
        if (positions) one["positions"] = layer.positions;
        layers.push_back(std::move(one));
    }
    return json{{"run", bench.subject().run},
                {"step", bench.subject().step()},
                {"where", cut.where},
                {"layers", std::move(layers)},
                {"split", "test"},
                {"samples", bench.samples()},
                {"class_names", bench.classNames()},
                {"batch_norm", "statistics of training"},
                {"intact", sideJson(result.intact)},
                {"cut", sideJson(result.cut)},
                {"seconds", result.seconds}}
        .dump();
}

void saveLesion(store::Store& store, const LesionBench& bench, const Cut& cut, const LesionResult& result,
                const std::string& name) {
    store::add(store, bench.subject().place(),
               record::Text{"lesion/" + name, toJson(bench, cut, result, true)});
}

}  // namespace filigree::run
