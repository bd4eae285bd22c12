// SPDX-License-Identifier: Apache-2.0
#include "methods/sparse_model_soups/sparse_model_soups.h"

#include "data/corruption.h"
#include "methods/sparse_model_soups/retraining.h"
#include "methods/sparse_model_soups/soup_experiment.h"
#include "train/supervised.h"
#include "train/supervised_schema.h"

namespace filigree::methods::sparse_model_soups {
namespace {

void addSoupGroup(config::Schema& s) {
    s.group("soup", "Phases of pruning, parallel retraining and averaging.");
    s.choice("part", "whole", {"whole", "training"},
             "The whole procedure, or one training of it (which the whole queues by itself).");
    s.text("start", "",
           "One training: SHA-256 of the weights that it starts from; empty: the seed's, dense.");
    s.integer("part_begin", 0, "One training: epochs of the whole course of the learning rate before it.")
        .range(-1000000, 1000000);
    s.integer("part_epochs", 0, "One training: its epochs; 0: those of [train].").range(0, 1000000);
    s.real("hidden_density", 1,
           "One training: density that is multiplied by, of weights that are all trained.")
        .above(0)
        .atMost(1);
    s.real("swa_from", 1,
           "One training: share of its epochs after which weights are averaged and the rate stays; 1: never.")
        .above(0)
        .atMost(1);
    s.integer("phases", 3, "Phases n of pruning, retraining and averaging.").range(1, 1000);
    s.choice(
        "ladder", "geometric", {"geometric", "cubic"},
        "Densities of the phases: the same share of the remaining weights goes each time, or the cubic law "
        "of gradual pruning.");
    s.integer("members", 3, "Copies m that are retrained and averaged in each phase; 1: plain IMP.")
        .range(1, 1000);
    s.integer("retrain_epochs", 5, "Length k of each retraining.").range(1, 1000000).unit("epochs");
    s.choice("vary", "seed", {"seed", "weight_decay", "epochs", "lr"}, "What differs between copies.");
    s.reals("values", {}, "The value of each copy, unless the seed differs.").atLeast(0);
    s.choice(
        "schedule", "llr", {"llr", "allr", "slr", "clr", "ft", "lrw", "continued"},
        "Retraining: from the largest rate linearly to 0, from less the less pruning took away, the dense "
        "training's schedule in less steps, half a cosine, its smallest rate, its last rates again, or one "
        "linear course over the dense training and all phases.");
    s.choice("pruned", "removed", {"removed", "hidden"},
             "Pruned weights go, or are hidden: trained by the gradient of what is left, they may come back "
             "at the "
             "next pruning (DPF).");
    s.choice("selector", "global", {"global", "uniform", "random"},
             "One threshold of |w| over all layers, one in each, or whichever weights.");
    s.choice("merge", "uniform", {"uniform", "greedy", "learned"}, "Which average goes on.");
    s.boolean("learned", false, "Also the average whose weights are learned on the validation samples.");
    s.integer("learned_steps", 30, "Steps of AdamW on its weights.").range(1, 10000);
    s.real("learned_rate", 0.1, "Learning rate of these.").above(0);
    s.integer("validation_samples", 500, "Last training samples, kept apart for the greedy choice.")
        .range(1, 1000000000);
    s.choice(
        "recalibration", "cumulative", {"cumulative", "exponential", "none"},
        "How statistics of batch norm are computed anew: mean over batches, moving average, or not at all.");
    s.real("recalibration_share", 1, "Share of the training batches that they are computed from.")
        .above(0)
        .atMost(1);
    std::vector<std::string> corruptions = data::corruptionNames();
    corruptions.insert(corruptions.begin(), "none");
    s.choice("corruption", "gaussian_noise", corruptions, "Test images out of distribution.");
    s.integer("severity", 3, "How much of it.").range(1, 5);
    s.real("corruption_strength", 0, "In the corruption's own unit; 0: as the severity says.").atLeast(0);
    s.boolean("baselines", true, "Also IMP, and IMP that retrains m times as long.");
    s.boolean("swa", false,
              "Also IMP that retrains m times as long and averages its own weights over the last quarter.");
    s.boolean("reprune", false,
              "Also the average of m networks that are pruned apart from each other, pruned again.");
    s.boolean("dense_soup", false, "Also the average of m copies retrained without pruning.");
    s.integer("barrier_points", 1, "Places between each two copies at which the loss is computed; 0: none.")
        .range(0, 100);
    s.integer("jobs", 0, "Trainings at a time; 0: as many as there are processors.").range(0, 1024);
}

const config::Schema& schema() {
    static const config::Schema whole = [] {
        config::Schema s;
        s.merge(train::supervisedSchema());
        s.merge(train::patternSchema());
        addSoupGroup(s);
        s.setDefault("data.name", std::string("fashion-mnist"));
        s.setDefault("model.hidden", std::vector<std::int64_t>{300, 100});
        s.setDefault("model.batch_norm", true);
        s.setDefault("train.batch_size", std::int64_t{64});
        s.setDefault("optimizer.lr", 0.1);
        s.setDefault("optimizer.nesterov", true);
        s.setDefault("optimizer.schedule", std::string("linear"));
        s.setDefault("sparsity.density", 0.02);
        return s;
    }();
    return whole;
}

std::unique_ptr<train::Experiment> create(const config::Config& config, const Environment& environment) {
    if (config.text("soup.part") == "training")
        return std::make_unique<train::Supervised>(
            config, environment.seed, environment.dataFolders,
            std::make_unique<Retraining>(config, WeightsFolder(environment.weightsFolder)));
    return std::make_unique<SoupExperiment>(config, environment);
}

}  // namespace

const Method method{
    "sparse_model_soups",
    "Sparse Model Soups",
    "Prune, retrain several copies side by side, average them, and prune the average: one mask, one network.",
    "Zimmer, Spiegel, Pokutta, Sparse Model Soups: A Recipe for Improved Pruning via Model Averaging, ICLR "
    "2024, "
    "arXiv 2306.16788",
    schema,
    create,
};

}  // namespace filigree::methods::sparse_model_soups
