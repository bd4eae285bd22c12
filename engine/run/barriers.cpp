// SPDX-License-Identifier: Apache-2.0
#include "run/barriers.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "run/landscape.h"
#include "train/checkpoint.h"

namespace filigree::run {
namespace {

using nlohmann::json;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// Which column a figure has; a new one is added.
std::size_t figureOf(Barriers& barriers, const std::string& name) {
    for (std::size_t f = 0; f < barriers.figures.size(); ++f)
        if (barriers.figures[f] == name) return f;
    const std::size_t count = barriers.networks.size();
    barriers.figures.push_back(name);
    barriers.values.emplace_back(count * count, unknown);
    barriers.places.emplace_back(count * count, unknown);
    for (std::size_t i = 0; i < count; ++i)
        barriers.values.back()[i * count + i] = barriers.places.back()[i * count + i] = 0;
    return barriers.figures.size() - 1;
}

void takeLine(Barriers& barriers, std::size_t a, std::size_t b, const record::Surface& line) {
    const json results = json::parse(line.results).value("barrier", json::object());
    const std::size_t count = barriers.networks.size();
    for (const auto& [name, found] : results.items()) {
        const std::size_t figure = figureOf(barriers, name);
        std::vector<double>& values = barriers.values[figure];
        values[a * count + b] = values[b * count + a] = found["linear"].get<double>();
        const auto where = found["where"].get<double>();
        barriers.places[figure][a * count + b] = where;
        barriers.places[figure][b * count + a] = 1 - where;
    }
}

}  // namespace

std::string Barriers::csv() const {
    std::string text = "a,b";
    for (const std::string& figure : figures) text += ',' + figure;
    text += '\n';
    for (std::size_t a = 0; a < networks.size(); ++a)
        for (std::size_t b = a + 1; b < networks.size(); ++b) {
            text += networks[a] + ',' + networks[b];
            for (std::size_t f = 0; f < figures.size(); ++f)
                text += ',' + (std::isnan(at(f, a, b)) ? std::string() : fmt::format("{}", at(f, a, b)));
            text += '\n';
        }
    return text;
}

std::string writeBarriers(const Barriers& barriers, const BarriersRequest& request) {
    const std::size_t count = barriers.networks.size();
    const auto matricesOf = [&](const std::vector<std::vector<double>>& values) {
        json matrices = json::object();
        for (std::size_t f = 0; f < barriers.figures.size(); ++f) {
            json rows = json::array();
            for (std::size_t a = 0; a < count; ++a) {
                json row = json::array();
                // JSON has no word for a number that is not there but null, which is what NaN becomes.
                for (std::size_t b = 0; b < count; ++b) row.push_back(values[f][a * count + b]);
                rows.push_back(std::move(row));
            }
            matrices[barriers.figures[f]] = std::move(rows);
        }
        return matrices;
    };
    return json{{"networks", barriers.networks},
                {"resolution", request.resolution},
                {"samples", request.samples},
                {"split", request.data},
                {"barriers", matricesOf(barriers.values)},
                {"places", matricesOf(barriers.places)},
                {"complete", barriers.complete}}
        .dump();
}

BarriersResult computeBarriers(store::Store& store, const BarriersRequest& request,
                               const std::function<void(const BarriersProgress&)>& progress,
                               const analysis::StopCheck& stop) {
    const std::size_t count = request.networks.size();
    if (count < 2)
        throw Error(ErrorKind::Usage, "a barrier lies between two networks", {},
                    "name two or more: RUN or RUN@STEP");
    BarriersResult result;
    Barriers& barriers = result.barriers;
    // What is not known yet is named as it was asked for.
    barriers.networks = request.networks;
    const std::size_t pairs = count * (count - 1) / 2;
    std::size_t done = 0;
    for (std::size_t a = 0; a < count; ++a)
        for (std::size_t b = a + 1; b < count; ++b) {
            LandscapeRequest line;
            line.networks = {request.networks[a], request.networks[b]};
            line.along = Along::Networks;
            line.dimensions = 1;
            line.resolution = request.resolution;
            line.samples = request.samples;
            line.data = request.data;
            line.dataFolders = request.dataFolders;
            const LandscapeResult found = computeLandscape(store, line, {}, stop);
            result.computed += found.computed;
            result.found += found.found;
            barriers.networks[a] = found.surface.points[0].label;
            barriers.networks[b] = found.surface.points[1].label;
            if (done == 0) result.place = found.place;
            if (!found.complete) return result;
            takeLine(barriers, a, b, found.surface);
            ++done;
            barriers.complete = done == pairs;
            if (b + 1 == count) {
                // All are named after the first row.
                json recipe{{"networks", barriers.networks},
                            {"resolution", request.resolution},
                            {"samples", request.samples},
                            {"split", request.data}};
                const std::string words = recipe.dump();
                result.tag = "barriers/" + train::sha256(words.data(), words.size()).substr(0, 8);
                store::add(store, result.place, record::Text{result.tag, writeBarriers(barriers, request)});
            }
            if (progress) progress({barriers.networks[a] + " to " + barriers.networks[b], done, pairs});
        }
    return result;
}

}  // namespace filigree::run
