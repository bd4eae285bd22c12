// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "analysis/spectrum.h"
#include "data/search_path.h"
#include "store/added_records.h"
#include "store/store.h"

namespace filigree::run {

struct SharpnessRequest {
    std::string network;         ///< RUN or RUN@STEP
    std::int64_t samples = 500;  ///< of the training data; 0: all
    int top = 3;                 ///< eigenvalues by power iteration; 0: none
    int powerIterations = 100;   ///< at most, for each
    int traceProbes = 20;        ///< at most; 0: no trace
    int lanczosSteps = 50;       ///< 0: no density
    int densityProbes = 2;
    bool single = false;  ///< single precision: faster, products with an error of percents
    std::uint64_t seed = 0;
    data::SearchPath dataFolders;
};

struct Sharpness {
    store::RecordPlace place;
    std::size_t parameters = 0;
    std::size_t heldParameters = 0;  ///< of these: with a gradient of exactly 0, left out
    double loss = 0;
    double gradientNorm = 0;
    double differenceError = 0;            ///< relative, of a product; see analysis::differenceError
    std::vector<analysis::Eigenpair> top;  ///< without their vectors
    analysis::TraceEstimate trace;
    std::vector<double> ritz;  ///< of the first probe, ascending
    double least = 0;          ///< over all probes
    double greatest = 0;
    analysis::Density density;
    bool batchNorm = false;
    bool stopped = false;  ///< by the stop check: what is there is right but not all
    double seconds = 0;
};

/// Hessian of the mean cross entropy over the active weights and dense parameters, at a stored network.
/// Products by central differences of gradients; batch norm with the statistics of each batch of the size
/// that training used, which are differentiated too, as in training. Kept in the store as the text
/// "hessian/summary" and the matrix "hessian/density" (n x 2).
///
/// `progress` is told what is being computed and the number of products so far.
Sharpness computeSharpness(store::Store& store, const SharpnessRequest& request,
                           const std::function<void(const std::string& what, int products)>& progress = {},
                           const analysis::StopCheck& stop = {});

/// The summary as it is stored and printed.
std::string toJson(const Sharpness& sharpness);

}  // namespace filigree::run
