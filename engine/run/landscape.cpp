// SPDX-License-Identifier: Apache-2.0
#include "run/landscape.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "analysis/grid.h"
#include "analysis/mode_connectivity.h"
#include "analysis/trajectory.h"
#include "base/error.h"
#include "base/parallel.h"
#include "run/stored_network.h"

namespace filigree::run {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

/// What stays in the caches: larger batches take half as long again.
constexpr std::int64_t batchSize = 125;
constexpr std::int64_t previewSamples = 100;
constexpr float unknown = std::numeric_limits<float>::quiet_NaN();
constexpr std::chrono::milliseconds betweenSaves{1000};

double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

const char* nameOf(Along along) {
    return along == Along::Random ? "random" : along == Along::Trajectory ? "trajectory" : "networks";
}

void check(const LandscapeRequest& request) {
    const auto require = [](bool holds, const char* what, const char* advice) {
        if (!holds) throw Error(ErrorKind::Usage, what, {}, advice);
    };
    const std::size_t named = request.networks.size();
    require(request.dimensions == 1 || request.dimensions == 2, "a landscape is a line or a plane",
            "give 1 or 2 dimensions");
    require(request.resolution >= 2 && request.resolution <= 1001, "that resolution is not possible",
            "choose 2 to 1001 places on each axis");
    require(request.samples >= 0 && request.samples != 1, "an evaluation needs samples",
            "choose at least 2, or 0 for all");
    if (request.along == Along::Networks)
        require(named == 2 || named == 3, "a line goes through two networks, a plane through three",
                "name two or three: RUN or RUN@STEP");
    else
        require(named == 1, "this landscape is that of one network", "name one: RUN or RUN@STEP");
    require(!request.outsideMask || request.along == Along::Random,
            "only random directions can leave the mask", "leave out the option");
    require(!request.range || request.range->first < request.range->second, "that range is empty",
            "give the smaller number first");
    require(request.data == "train" || request.data == "test" || request.data == "both",
            "no part of the data has that name", "say train, test or both");
}

/// A plane in the space of a network, and the networks on it.
struct Geometry {
    nn::Topologies topologies;
    analysis::Plane plane;
    std::vector<record::SurfacePoint> points;
    std::vector<analysis::Point> places;  ///< of `points`
    json results = json::object();
};

record::SurfacePoint marked(const std::string& label, std::int64_t step, const analysis::Projection& at) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    return {label, step, at.x, at.y, at.residual, none, none};
}

/// Patterns of the landscape's network: those of the networks together, or none (dense).
Geometry geometryOf(const store::Store& store, const StoredNetworks& stored,
                    const LandscapeRequest& request) {
    std::vector<StoredNetwork> networks =
        request.along == Along::Trajectory ? stored.trajectory(store) : stored.networks();
    std::vector<analysis::SavedWeights> weights;
    for (const StoredNetwork& network : networks) weights.push_back(network.weights);
    Geometry geometry;
    if (!request.outsideMask) geometry.topologies = analysis::unionOf(weights);
    const auto network = stored.make(geometry.topologies);
    const analysis::Layout& layout = network->layout();
    for (const analysis::SavedWeights& one : weights)
        geometry.places.push_back(analysis::pointOf(one, layout));

    switch (request.along) {
        case Along::Random:
            geometry.plane.origin = geometry.places.front();
            for (int k = 0; k < request.dimensions; ++k)
                geometry.plane.axes.push_back(
                    analysis::randomDirection(layout, geometry.plane.origin, request.seed,
                                              static_cast<std::uint64_t>(k), request.normalization));
            break;
        case Along::Trajectory: {
            analysis::Trajectory trajectory = analysis::principalPlane(layout, geometry.places);
            geometry.results["explained_variance"] = trajectory.explainedVariance;
            geometry.plane = std::move(trajectory.plane);
            if (request.dimensions == 1) geometry.plane.axes.pop_back();
            break;
        }
        case Along::Networks:
            geometry.plane =
                geometry.places.size() == 2
                    ? analysis::lineThrough(geometry.places[0], geometry.places[1])
                    : analysis::planeThrough(geometry.places[0], geometry.places[1], geometry.places[2]);
            break;
    }
    for (std::size_t i = 0; i < networks.size(); ++i)
        geometry.points.push_back(
            marked(request.along == Along::Trajectory ? "step " + std::to_string(networks[i].step())
                                                      : networks[i].label(),
                   networks[i].step(), analysis::project(geometry.plane, geometry.places[i])));
    return geometry;
}

/// From and to of an axis: as asked, or what is to be seen and 20 % of its larger side around it.
std::pair<double, double> rangeOf(const LandscapeRequest& request, const Geometry& geometry, bool vertical) {
    if (request.range) return *request.range;
    if (request.along == Along::Random) return {-1, 1};
    if (geometry.plane.axes.size() == 1 && request.along == Along::Networks) return {0, 1};
    constexpr double infinite = std::numeric_limits<double>::infinity();
    double least = infinite, greatest = -infinite, left = infinite, right = -infinite;
    for (const record::SurfacePoint& point : geometry.points) {
        least = std::min(least, vertical ? point.y : point.x);
        greatest = std::max(greatest, vertical ? point.y : point.x);
        left = std::min(left, vertical ? point.x : point.y);
        right = std::max(right, vertical ? point.x : point.y);
    }
    // The same on all sides, so that a flat path gets a plane too.
    const double room = std::max(0.2 * std::max(greatest - least, right - left), 1e-6);
    return {least - room, greatest + room};
}

json recipeOf(const StoredNetworks& stored, const LandscapeRequest& request, const Geometry& geometry,
              const record::Surface& surface, bool batchNorm) {
    json networks = json::array();
    for (const StoredNetwork& network : stored.networks())
        networks.push_back(
            {{"run", network.uuid}, {"step", network.step()}, {"digest", network.checkpoint.digest}});
    json recipe{{"directions", nameOf(request.along)},
                {"networks", std::move(networks)},
                {"subspace", request.outsideMask              ? "all positions"
                             : request.along == Along::Random ? "mask"
                                                              : "union of the masks"},
                {"biases_and_norms", request.along == Along::Networks ? "move" : "fixed"},
                {"x", {surface.x.front(), surface.x.back(), surface.x.size()}},
                {"data", config::toToml(stored.config().value("data.name"))},
                {"split", request.data},
                {"samples", request.samples},
                {"seed", request.seed},
                {"batch", batchSize},
                {"loss", "mean cross entropy"},
                {"batch_norm", !batchNorm ? "none"
                               : request.data == "train"
                                   ? "recomputed at each point: each batch by its own"
                                   : "recomputed at each point: training data each batch by its own, "
                                     "test data by those of the training samples"},
                {"precision", "single"}};
    if (surface.y.size() > 1) recipe["y"] = {surface.y.front(), surface.y.back(), surface.y.size()};
    if (request.along == Along::Random) recipe["normalization"] = analysis::nameOf(request.normalization);
    if (request.along == Along::Trajectory) recipe["checkpoints"] = geometry.points.size();
    return recipe;
}

/// Evaluates one place: two fields for each part of the data.
class FieldEvaluation {
  public:
    FieldEvaluation(StoredNetworks& stored, const LandscapeRequest& request, std::int64_t samples) {
        // Training samples also give the statistics for test data.
        train_ = analysis::takeSamples(stored.data("train"), samples, batchSize, request.seed);
        if (request.data != "train")
            test_ = analysis::takeSamples(stored.data("test"), samples, batchSize, request.seed);
        onTrain_ = request.data != "test";
    }

    std::int64_t samples() const { return std::max(train_.count, test_.count); }

    std::vector<std::string> fields() const {
        std::vector<std::string> names;
        if (onTrain_) names.insert(names.end(), {"train/loss", "train/acc"});
        if (test_.count > 0) names.insert(names.end(), {"test/loss", "test/acc"});
        return names;
    }

    void operator()(analysis::Network& network, std::span<float> out) const {
        std::size_t at = 0;
        const auto write = [&](const analysis::Evaluation& evaluation) {
            // NaN means "not computed"; a loss that is not a number is beyond all numbers.
            const bool finite = std::isfinite(evaluation.loss);
            out[at++] = finite ? static_cast<float>(evaluation.loss) : std::numeric_limits<float>::infinity();
            out[at++] = static_cast<float>(evaluation.accuracy);
        };
        if (onTrain_) write(network.evaluate(train_, analysis::Statistics::Recomputed));
        if (test_.count > 0) write(network.evaluate(test_, analysis::Statistics::Recomputed, &train_));
    }

  private:
    analysis::Samples train_;
    analysis::Samples test_;
    bool onTrain_ = true;
};

/// Takes over what an earlier computation of the same recipe left. A preview may lie behind it.
void takeOver(const store::Store& store, const store::RecordPlace& place, record::Surface& surface) {
    const auto kept = store::surfaceAt(store, place, surface.tag);
    if (!kept || kept->recipe != surface.recipe || kept->values.size() < surface.values.size()) return;
    std::copy_n(kept->values.begin(), surface.values.size(), surface.values.begin());
    if (kept->points.size() == surface.points.size())
        for (std::size_t i = 0; i < surface.points.size(); ++i) {
            surface.points[i].loss = kept->points[i].loss;
            surface.points[i].accuracy = kept->points[i].accuracy;
        }
}

/// What follows from a line between two networks, for each part of the data.
json barriersOf(const record::Surface& surface) {
    json result = json::object();
    for (std::size_t f = 0; f < surface.fields.size(); ++f) {
        std::vector<double> values;
        const bool accuracy = surface.fields[f].ends_with("/acc");
        for (std::size_t i = 0; i < surface.x.size(); ++i) {
            const double value = surface.values[f * surface.cells() + i];
            values.push_back(accuracy ? 1 - value : value);
        }
        const analysis::Barrier found = analysis::barrier(surface.x, values);
        const std::string& field = surface.fields[f];
        const std::string name = accuracy ? field.substr(0, field.size() - 3) + "error" : field;
        result[name] = {{"linear", found.linear}, {"midpoint", found.midpoint}, {"where", found.where}};
    }
    return result;
}

}  // namespace

LandscapeResult computeLandscape(store::Store& store, const LandscapeRequest& request,
                                 const std::function<void(const LandscapeProgress&)>& progress,
                                 const analysis::StopCheck& stop) {
    const Clock::time_point start = Clock::now();
    check(request);
    StoredNetworks stored(store, request.networks, request.dataFolders);
    const Geometry geometry = geometryOf(store, stored, request);
    const FieldEvaluation evaluation(stored, request, request.samples);

    std::vector<std::unique_ptr<analysis::Network>> networks;
    for (int i = 0; i < threadCount(); ++i) networks.push_back(stored.make(geometry.topologies));

    LandscapeResult result;
    result.place = stored.first().place();
    record::Surface& surface = result.surface;
    const auto axis = [&](bool vertical) {
        const auto [from, to] = rangeOf(request, geometry, vertical);
        return analysis::spaced(from, to, request.resolution);
    };
    surface.x = axis(false);
    surface.y = geometry.plane.axes.size() > 1 ? axis(true) : std::vector<double>{0};
    surface.fields = evaluation.fields();
    surface.points = geometry.points;
    surface.recipe = recipeOf(stored, request, geometry, surface, networks.front()->hasBatchNorm()).dump();
    surface.tag = std::string("landscape/") + nameOf(request.along) + "-" +
                  train::sha256(surface.recipe.data(), surface.recipe.size()).substr(0, 8);
    surface.results = geometry.results.dump();
    const std::size_t cells = surface.cells();
    surface.values.assign(surface.fields.size() * cells, unknown);
    takeOver(store, result.place, surface);

    const auto known = [&] {
        return static_cast<std::size_t>(
            std::count_if(surface.values.begin(), surface.values.begin() + static_cast<std::ptrdiff_t>(cells),
                          [](float value) { return !std::isnan(value); }));
    };
    result.found = known();
    bool stopped = false;
    const auto levels =
        analysis::refinement(static_cast<int>(surface.x.size()), static_cast<int>(surface.y.size()));
    const auto pictureIsThere = [&] {
        if (result.firstPictureSeconds <= 0) result.firstPictureSeconds = secondsSince(start);
    };

    // The coarsest grid with a few samples, kept as one more field until the real values are there.
    std::vector<float> preview;
    if (result.found == 0 && evaluation.samples() > 2 * previewSamples) {
        const FieldEvaluation few(stored, request, previewSamples);
        std::vector<float> values(surface.values.size(), unknown);
        const analysis::GridTask task{&geometry.plane, surface.x, surface.y, levels.front()};
        const std::size_t done = analysis::evaluateGrid(
            task, networks, static_cast<int>(surface.fields.size()), few, stop, values);
        preview.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(cells));
        if (done == levels.front().size()) pictureIsThere();
    }
    const auto save = [&] {
        record::Surface kept = surface;
        if (!preview.empty()) {
            kept.fields.push_back(previewField);
            kept.values.insert(kept.values.end(), preview.begin(), preview.end());
        }
        store::add(store, result.place, kept);
    };
    if (!preview.empty()) {
        save();
        if (progress) progress({0, cells, true});
    }
    for (const std::vector<std::size_t>& level : levels) {
        std::vector<std::size_t> waiting;
        for (const std::size_t index : level)
            if (std::isnan(surface.values[index])) waiting.push_back(index);
        while (!waiting.empty() && !stopped) {
            const Clock::time_point pause = Clock::now() + betweenSaves;
            analysis::GridTask task{&geometry.plane, surface.x, surface.y, waiting};
            const auto interrupted = [&] { return Clock::now() > pause || (stop && stop()); };
            result.computed += analysis::evaluateGrid(task, networks, static_cast<int>(surface.fields.size()),
                                                      evaluation, interrupted, surface.values);
            std::erase_if(waiting, [&](std::size_t index) { return !std::isnan(surface.values[index]); });
            if (waiting.empty()) preview.clear();
            save();
            stopped = stop && stop() && !waiting.empty();
            if (progress) progress({result.found + result.computed, cells, waiting.empty()});
        }
        if (stopped) break;
        pictureIsThere();
    }
    // The networks themselves: their true figures beside those of the plane.
    std::vector<float> fields(surface.fields.size());
    bool pointsLeft = false;
    for (std::size_t i = 0; i < surface.points.size(); ++i) {
        if (!std::isnan(surface.points[i].loss)) continue;
        pointsLeft = stopped || (stop && stop());
        if (pointsLeft) break;
        networks.front()->moveTo(geometry.places[i]);
        evaluation(*networks.front(), fields);
        surface.points[i].loss = fields[0];
        surface.points[i].accuracy = fields[1];
    }
    result.complete = !stopped && !pointsLeft && known() == cells;
    if (result.complete && request.along == Along::Networks && request.networks.size() == 2 &&
        surface.x.front() <= 0 && surface.x.front() >= 0 && surface.x.back() >= 1 && surface.x.back() <= 1) {
        json results = geometry.results;
        results["barrier"] = barriersOf(surface);
        surface.results = results.dump();
    }
    save();
    result.seconds = secondsSince(start);
    return result;
}

std::string csvOf(const record::Surface& surface) {
    std::string text = "x,y";
    for (const std::string& field : surface.fields) text += ',' + field;
    text += '\n';
    for (std::size_t i = 0; i < surface.cells(); ++i) {
        text += fmt::format("{},{}", surface.x[i % surface.x.size()], surface.y[i / surface.x.size()]);
        for (std::size_t f = 0; f < surface.fields.size(); ++f) {
            const float value = surface.values[f * surface.cells() + i];
            text += ',' + (std::isnan(value) ? std::string() : fmt::format("{}", value));
        }
        text += '\n';
    }
    return text;
}

}  // namespace filigree::run
