// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "config/config.h"
#include "train/sparse_algorithm.h"

namespace filigree::methods::sparse_training {

/// One algorithm of the zoo.
struct Algorithm {
    std::string_view name;     ///< the value of sparsity.algorithm
    std::string_view summary;  ///< what it does, in half a sentence
    std::string_view paper;
    std::unique_ptr<train::SparseAlgorithm> (*create)(const config::Config& config);
    bool keepsFanIn = false;   ///< its rounds drop and grow as many, so every output can keep its fan-in
    bool usesDevice = false;   ///< trains on a device too; the others read and write weights on the processor
    bool prunesUnits = false;  ///< can take whole units out (prune.unit)
};

std::span<const Algorithm> algorithms();

/// The keys of single algorithms: groups [prune], [mest], [dsr], …
void addAlgorithmGroups(config::Schema& schema);

using Created = std::unique_ptr<train::SparseAlgorithm>;

// sparse from the first step on
Created createSnfs(const config::Config& config);
Created createDsr(const config::Config& config);
Created createDeepR(const config::Config& config);
Created createSoftDeepR(const config::Config& config);
Created createMest(const config::Config& config);
Created createMestSoft(const config::Config& config);
Created createTopKast(const config::Config& config);
// from dense to sparse
Created createGranet(const config::Config& config);
Created createGmp(const config::Config& config);
Created createMagnitude(const config::Config& config);
Created createDpf(const config::Config& config);
Created createImp(const config::Config& config);
Created createLrr(const config::Config& config);
Created createFineTuning(const config::Config& config);
Created createStr(const config::Config& config);
// before training
Created createSnip(const config::Config& config);
Created createGrasp(const config::Config& config);
Created createSynflow(const config::Config& config);
Created createInitialMagnitude(const config::Config& config);
// N:M
Created createSrSte(const config::Config& config);
Created createAsp(const config::Config& config);

}  // namespace filigree::methods::sparse_training
