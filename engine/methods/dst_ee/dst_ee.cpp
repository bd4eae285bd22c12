// SPDX-License-Identifier: Apache-2.0
#include "methods/dst_ee/dst_ee.h"

#include "train/supervised.h"
#include "train/supervised_schema.h"

namespace filigree::methods::dst_ee {
namespace {

const config::Schema& schema() {
    static const config::Schema whole = [] {
        config::Schema s;
        s.merge(train::supervisedSchema());
        s.merge(train::sparsitySchema());
        return s;
    }();
    return whole;
}

std::unique_ptr<train::Experiment> create(const config::Config& config, const Environment& environment) {
    return std::make_unique<train::Supervised>(config, environment.seed, environment.dataFolders,
                                               environment.device);
}

}  // namespace

const Method method{
    "dst_ee",
    "DST-EE",
    "Sparse from the first step to the last; connections grow where the gradient is large or where none has "
    "been for long.",
    "Huang et al., Dynamic Sparse Training via Balancing the Exploration-Exploitation Trade-off, DAC 2023, "
    "arXiv 2211.16667",
    schema,
    create,
    true,
};

}  // namespace filigree::methods::dst_ee
