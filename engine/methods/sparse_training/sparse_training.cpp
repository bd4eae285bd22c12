// SPDX-License-Identifier: Apache-2.0
#include "methods/sparse_training/sparse_training.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "methods/sparse_training/algorithms.h"
#include "train/supervised.h"
#include "train/supervised_schema.h"

namespace filigree::methods::sparse_training {
namespace {

const config::Schema& schema() {
    static const config::Schema whole = [] {
        config::Schema s;
        s.merge(train::supervisedSchema());
        std::vector<std::string> names;
        for (const Algorithm& algorithm : algorithms()) names.emplace_back(algorithm.name);
        s.group("sparsity", "Which algorithm, how many connections there are, and where they start.");
        s.choice("algorithm", "rigl", std::move(names), "The algorithm; see the help page of this method.");
        s.merge(train::patternSchema());
        s.merge(train::rewireScheduleSchema());
        addAlgorithmGroups(s);
        return s;
    }();
    return whole;
}

std::unique_ptr<train::Experiment> create(const config::Config& config, const Environment& environment) {
    const std::string& name = config.text("sparsity.algorithm");
    const auto all = algorithms();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Algorithm& a) { return a.name == name; });
    if (config.text("sparsity.pattern") == "fan_in" && !found->keepsFanIn)
        throw Error(ErrorKind::Usage,
                    "the algorithm \"" + name + "\" chooses connections without regard to their outputs",
                    "sparsity.pattern", "choose static, set, rigl, unfired or mest, or pattern = \"single\"");
    if (config.text("prune.unit") == "unit" && !found->prunesUnits)
        throw Error(ErrorKind::Usage, "the algorithm \"" + name + "\" chooses single connections",
                    "prune.unit",
                    "choose gmp, magnitude, imp, lrr or fine_tuning, or leave it at \"connection\"");
    if (environment.device && !found->usesDevice)
        throw Error(ErrorKind::Device, "the algorithm \"" + name + "\" computes on the CPU alone",
                    "run.device", "leave the device out, or choose another sparsity.algorithm");
    if (environment.device && config.text("rewire.grown") != "zero")
        throw Error(ErrorKind::Device, "grown connections start at 0 on a device", "rewire.grown",
                    "leave it at \"zero\", or compute on the CPU");
    return std::make_unique<train::Supervised>(config, environment.seed, environment.dataFolders,
                                               found->create(config), environment.device);
}

}  // namespace

const Method method{
    "sparse_training",
    "Sparse training",
    "Twenty-odd published ways to train a sparse network, from SET and RigL to lottery tickets, on one "
    "update.",
    "Papers of each algorithm: see the help page",
    schema,
    create,
    true,
};

}  // namespace filigree::methods::sparse_training
