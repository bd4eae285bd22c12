// SPDX-License-Identifier: Apache-2.0
#include "run/sharpness.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "run/stored_network.h"

namespace filigree::run {
namespace {

using nlohmann::json;

void check(const SharpnessRequest& request) {
    if (request.samples < 0 || request.samples == 1 || request.top < 0 || request.powerIterations < 2 ||
        request.traceProbes < 0 || request.lanczosSteps < 0 || request.densityProbes < 1)
        throw Error(ErrorKind::Usage, "these numbers of samples, steps or probes are not possible");
}

record::Matrix densityRecord(const analysis::Density& density) {
    record::Matrix matrix{"hessian/density",
                          {static_cast<std::int64_t>(density.at.size()), 2},
                          {"place", "eigenvalue, density"},
                          {}};
    for (std::size_t i = 0; i < density.at.size(); ++i) {
        matrix.values.push_back(static_cast<float>(density.at[i]));
        matrix.values.push_back(static_cast<float>(density.value[i]));
    }
    return matrix;
}

}  // namespace

Sharpness computeSharpness(store::Store& store, const SharpnessRequest& request,
                           const std::function<void(const std::string&, int)>& progress,
                           const analysis::StopCheck& stop) {
    const auto start = std::chrono::steady_clock::now();
    check(request);
    StoredNetworks stored(store, {request.network}, request.dataFolders);
    const StoredNetwork& subject = stored.first();
    const DType type = request.single ? DType::F32 : DType::F64;
    const auto precision = request.single ? analysis::Precision::Single : analysis::Precision::Double;
    const auto network = stored.make(analysis::unionOf(std::span(&subject.weights, 1)), type);
    const analysis::Samples samples = analysis::takeSamples(
        stored.data("train"), request.samples,
        std::max<std::int64_t>(2, stored.config().integer("train.batch_size")), request.seed, type);
    const analysis::Point point = analysis::pointOf(subject.weights, network->layout());

    Sharpness result;
    result.place = subject.place();
    result.parameters = point.size();
    result.batchNorm = network->hasBatchNorm();
    std::string what = "gradient";
    int gradients = 0;
    const auto gradient = [&](const analysis::Point& at, analysis::Point& out) {
        network->moveTo(at);
        out.resize(at.size());
        result.loss = network->gradient(samples, analysis::Statistics::Batch, out);
        ++gradients;
        if (progress) progress(what, gradients / 2);
    };
    analysis::Point here;
    gradient(point, here);
    const double loss = result.loss;
    result.gradientNorm = analysis::norm(here);

    // A unit without inputs and with a bias of 0 sits on the kink of its rectifier for every sample: any step
    // would switch it on. Parameters whose gradient is exactly 0 have a row of zeros in the Hessian (with the
    // derivative 0 at the kink that the gradient has) and are held where they are.
    std::vector<std::size_t> free;
    for (std::size_t i = 0; i < here.size(); ++i)
        if (here[i] < 0 || here[i] > 0) free.push_back(i);
    if (free.empty())
        throw Error(ErrorKind::Usage, "the loss does not depend on any parameter here", {},
                    "analyse a network that can still learn, or more samples");
    result.heldParameters = point.size() - free.size();
    analysis::Point origin(free.size());
    for (std::size_t i = 0; i < free.size(); ++i) origin[i] = point[free[i]];
    analysis::Point whole = point, slope;
    const auto freeGradient = [&](const analysis::Point& at, analysis::Point& out) {
        for (std::size_t i = 0; i < free.size(); ++i) whole[free[i]] = at[i];
        gradient(whole, slope);
        out.resize(free.size());
        for (std::size_t i = 0; i < free.size(); ++i) out[i] = slope[free[i]];
    };
    result.differenceError = analysis::differenceError(freeGradient, origin, precision, request.seed);
    const analysis::SymmetricOperator matrix = analysis::hessian(freeGradient, origin, precision);
    const auto halted = [&] { return stop && stop(); };
    std::vector<analysis::Lanczos> probes;
    for (int probe = 0; request.lanczosSteps > 0 && probe < request.densityProbes && !halted(); ++probe) {
        what = "spectrum, probe " + std::to_string(probe + 1);
        probes.push_back(analysis::lanczos(
            matrix, analysis::randomUnit(free.size(), request.seed, 1000 + static_cast<std::uint64_t>(probe)),
            request.lanczosSteps, stop));
    }
    if (!probes.empty()) {
        result.density = analysis::spectralDensity(probes);
        result.ritz = probes.front().ritz;
        result.least = result.ritz.front();
        result.greatest = result.ritz.back();
        for (const analysis::Lanczos& probe : probes) {
            result.least = std::min(result.least, probe.ritz.front());
            result.greatest = std::max(result.greatest, probe.ritz.back());
        }
    }
    what = "trace";
    if (request.traceProbes > 0 && !halted())
        result.trace = analysis::hutchinsonTrace(matrix, request.traceProbes, 1e-3, request.seed, stop);
    what = "eigenvalues";
    if (request.top > 0 && !halted())
        result.top = analysis::powerIteration(matrix, request.top,
                                              {request.powerIterations, 1e-3, request.seed}, stop);
    for (analysis::Eigenpair& pair : result.top) pair.vector = {};
    result.loss = loss;
    result.stopped = halted();
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    store::add(store, result.place, record::Text{"hessian/summary", toJson(result)});
    if (!result.density.at.empty()) store::add(store, result.place, densityRecord(result.density));
    return result;
}

std::string toJson(const Sharpness& sharpness) {
    json top = json::array();
    for (const analysis::Eigenpair& pair : sharpness.top)
        top.push_back(
            {{"value", pair.value}, {"iterations", pair.iterations}, {"converged", pair.converged}});
    json object{{"run", sharpness.place.run},
                {"step", sharpness.place.step},
                {"parameters", sharpness.parameters},
                {"held_parameters", sharpness.heldParameters},
                {"loss", sharpness.loss},
                {"gradient_norm", sharpness.gradientNorm},
                {"difference_error", sharpness.differenceError},
                {"batch_norm", sharpness.batchNorm ? "statistics of each batch, differentiated" : "none"},
                {"eigenvalues", std::move(top)},
                {"stopped", sharpness.stopped},
                {"seconds", sharpness.seconds}};
    if (sharpness.trace.probes > 0)
        object["trace"] = {{"mean", sharpness.trace.mean},
                           {"standard_error", sharpness.trace.standardError},
                           {"probes", sharpness.trace.probes}};
    if (!sharpness.ritz.empty()) {
        object["least"] = sharpness.least;
        object["greatest"] = sharpness.greatest;
        object["ritz"] = sharpness.ritz;
        object["sigma"] = sharpness.density.sigma;
    }
    return object.dump();
}

}  // namespace filigree::run
