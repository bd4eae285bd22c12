// SPDX-License-Identifier: Apache-2.0
#include "train/sparse_algorithm.h"

#include "train/dynamic_sparsity.h"

namespace filigree::train {

nn::Topologies SparseAlgorithm::initial(const Beginning& beginning) const {
    return randomTopologies(plannedConnections(beginning.config, beginning.layers), beginning.seed);
}

void SparseAlgorithm::attach(DynamicSparsity&, nn::Module&) {}

bool SparseAlgorithm::roundDue(std::int64_t) const {
    return false;
}

bool SparseAlgorithm::wantsDenseGradient(std::int64_t) const {
    return false;
}

std::int64_t SparseAlgorithm::gradientSamples(std::int64_t) const {
    return 1;
}

bool SparseAlgorithm::replacesUpdate(std::int64_t) const {
    return false;
}

void SparseAlgorithm::beforeUpdate(SparseStep&) {}

void SparseAlgorithm::afterUpdate(SparseStep&) {}

SparseAlgorithm::Used SparseAlgorithm::used(const sparse::SparseWeight& weight, std::size_t) const {
    return {weight.topology().edges(), weight.topology().edges()};
}

void SparseAlgorithm::save(Checkpoint&) const {}

void SparseAlgorithm::load(const Checkpoint&) {}

bool SparseAlgorithm::set(std::string_view, double) {
    return false;
}

}  // namespace filigree::train
