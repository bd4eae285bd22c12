// SPDX-License-Identifier: Apache-2.0
#include "methods/hard_attention_gates/hard_attention_gates.h"

#include "methods/hard_attention_gates/gated_training.h"

namespace filigree::methods::hard_attention_gates {
namespace {

std::unique_ptr<train::Experiment> create(const config::Config& config, const Environment& environment) {
    return std::make_unique<GatedTraining>(config, environment.seed, environment.dataFolders);
}

}  // namespace

const Method method{
    "hard_attention_gates",
    "Hard-attention gates",
    "A learnt weight on every channel, trained by a pass of its own, says which features matter; polyp size "
    "from endoscopic pictures, for research, not for diagnosis.",
    "Roffo et al., Feature Selection Gates with Gradient Routing for Endoscopic Image Computing, MICCAI "
    "2024, "
    "arXiv 2407.04400",
    gatedSchema,
    create,
};

}  // namespace filigree::methods::hard_attention_gates
