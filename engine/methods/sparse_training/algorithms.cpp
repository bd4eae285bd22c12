// SPDX-License-Identifier: Apache-2.0
#include "methods/sparse_training/algorithms.h"

#include <array>

#include "train/drop_and_grow.h"

namespace filigree::methods::sparse_training {
namespace {

Created createStatic(const config::Config&) {
    return std::make_unique<train::SparseAlgorithm>();
}

/// As published it drops the smallest positive and the largest negative weights, as later code the smallest
/// |w|.
class Set final : public train::DropAndGrow {
  public:
    explicit Set(const config::Config& config) : DropAndGrow(config, sparse::randomGrowth(), false) {
        if (config.text("set.drop") == "signed") options_.drop = sparse::DropRule::SignedMagnitude;
    }
};

Created createSet(const config::Config& config) {
    return std::make_unique<Set>(config);
}

Created createRigl(const config::Config& config) {
    return std::make_unique<train::DropAndGrow>(config, sparse::gradientGrowth(), true);
}

Created createUnfired(const config::Config& config) {
    return std::make_unique<train::DropAndGrow>(config, sparse::unfiredGrowth(), false);
}

}  // namespace

std::span<const Algorithm> algorithms() {
    static constexpr std::array table{
        Algorithm{"static", "random connections that never change", "-", createStatic, true, true},
        Algorithm{"set", "drop the smallest weights, grow at random", "Mocanu et al. 2018", createSet, true,
                  true},
        Algorithm{"rigl", "drop the smallest weights, grow the largest gradients", "Evci et al., ICML 2020",
                  createRigl, true, true},
        Algorithm{"unfired", "as SET, growing connections that never were before any others",
                  "Liu et al., ICML 2021", createUnfired, true, true},
        Algorithm{"snfs", "grow the largest momentum, moving connections to layers that have more of it",
                  "Dettmers and Zettlemoyer 2019", createSnfs},
        Algorithm{"dsr", "drop below one threshold for all layers, grow at random where most survived",
                  "Mostafa and Wang, ICML 2019", createDsr, false, true},
        Algorithm{"deepr", "connections of fixed sign that random walk away are replaced, at every step",
                  "Bellec et al., ICLR 2018", createDeepR},
        Algorithm{"soft_deepr", "as DeepR, with as many connections as cross zero",
                  "Bellec et al., ICLR 2018", createSoftDeepR},
        Algorithm{"mest", "drop the smallest |w| + lambda |g|, grow at random", "Yuan et al., NeurIPS 2021",
                  createMest, true, true},
        Algorithm{"mest_soft", "as MEST, growing one round before dropping", "Yuan et al., NeurIPS 2021",
                  createMestSoft, false, true},
        Algorithm{"top_kast", "multiply by the largest weights, update some more", "Jayakumar et al. 2020",
                  createTopKast},
        Algorithm{"granet", "prune along a cubic, dropping and growing by gradient on the way",
                  "Liu et al., NeurIPS 2021", createGranet, false, true},
        Algorithm{"gmp", "prune the smallest weights along a cubic", "Zhu and Gupta 2017", createGmp, false,
                  true, true},
        Algorithm{"magnitude", "prune the smallest weights once, train on", "-", createMagnitude, false, true,
                  true},
        Algorithm{"dpf", "as GMP, but pruned weights are still trained and may come back",
                  "Lin et al., ICLR 2020", createDpf},
        Algorithm{"imp", "train, prune, rewind the weights, and again", "Frankle and Carbin, ICLR 2019",
                  createImp, false, true, true},
        Algorithm{"lrr", "train, prune, rewind the learning rate, and again", "Renda et al., ICLR 2020",
                  createLrr, false, true, true},
        Algorithm{"fine_tuning", "train, prune, train on at the last learning rate, and again", "-",
                  createFineTuning, false, true, true},
        Algorithm{"str", "weights shrink by a learned threshold per layer", "Kusupati et al., ICML 2020",
                  createStr},
        Algorithm{"snip", "before training keep the largest |w dL/dw|", "Lee et al., ICLR 2019", createSnip,
                  false, true},
        Algorithm{"grasp", "before training keep what preserves the flow of gradients",
                  "Wang et al., ICLR 2020", createGrasp, false, true},
        Algorithm{"synflow", "before training keep the largest flow, in many small prunings, without data",
                  "Tanaka et al., NeurIPS 2020", createSynflow, false, true},
        Algorithm{"initial_magnitude", "before training keep the largest |w|", "-", createInitialMagnitude,
                  false, true},
        Algorithm{"sr_ste", "the N largest of every M inputs, the others decaying", "Zhou et al., ICLR 2021",
                  createSrSte},
        Algorithm{"asp", "prune to N of every M inputs once, train on", "Mishra et al. 2021", createAsp},
    };
    return table;
}

void addAlgorithmGroups(config::Schema& s) {
    s.group("prune", "From dense to sparse: when, how much at a time, by what threshold.");
    s.choice("scope", "global", {"global", "uniform", "erk"},
             "One threshold for all layers, every layer to the same density, or to its ERK density.");
    s.choice(
        "unit", "connection", {"connection", "unit"},
        "What goes: single connections, or units of hidden layers (channels) with all their incoming and "
        "outgoing ones, sparsity.density being the share of units that stays (gmp, magnitude, imp, lrr, "
        "fine_tuning).");
    s.choice(
        "unit_score", "norm", {"norm", "scale"},
        "Units with the smallest L2 norm of their incoming weights go first, or with the smallest |scale| "
        "of their batch norm.");
    s.boolean(
        "shuffle", false,
        "Control: as many connections in each layer as were chosen, at random places (before training).");
    s.choice(
        "control", "none", {"none", "reinitialize", "shuffle", "invert"},
        "Control: after the last pruning other initial weights, as many connections in each layer at random "
        "places, or the smallest weights of each layer instead of the largest (imp).");
    s.real("start", 0.1, "Share of the run after which the ramp starts (gmp, dpf, granet).")
        .atLeast(0)
        .atMost(1);
    s.real("end", 0.5, "Share of the run at which the ramp reaches the density (gmp, dpf, granet).")
        .above(0)
        .atMost(1);
    s.integer("interval_steps", 40, "Steps between prunings (gmp, dpf).").range(1, 100000000).unit("steps");
    s.real("moment", 0.5, "Share of the run after which everything is pruned at once (magnitude, asp).")
        .above(0)
        .below(1);
    s.integer("rounds", 5, "Prunings, each followed by training (imp, lrr, fine_tuning).")
        .range(1, 1000)
        .unit("rounds");
    s.real("rewind_epochs", 0,
           "Where weights (imp) or learning rate (lrr) are rewound to; fine_tuning trains as long.")
        .atLeast(0)
        .unit("epochs");
    s.integer("saliency_samples", 512, "Training samples that decide (snip, grasp).")
        .range(1, 1000000)
        .unit("samples");
    s.boolean("balanced", false, "As many of these samples of each class, as published (grasp).");
    s.real("temperature", 200, "Divides the logits (grasp).").above(0);
    s.integer("iterations", 100, "Prunings before training (synflow).").range(1, 100000);

    s.group("set", "SET.");
    s.choice("drop", "magnitude", {"magnitude", "signed"},
             "Smallest |w| first, or half of each sign as published.");

    s.group("granet", "GraNet.");
    s.real("initial_density", 0.5, "Density to begin with; 1: dense.").above(0).atMost(1);
    s.real("last_layer_density", 0,
           "The last layer is not pruned below it; 0.2 in the published uniform variant at 80 % and above.")
        .atLeast(0)
        .atMost(1);

    s.group("snfs", "SNFS.");
    s.choice(
        "growth", "layer", {"layer", "units"},
        "The largest |momentum| of a layer, or of each of its units, which share the growth by their mean "
        "|momentum|.");
    s.choice(
        "redistribution", "momentum", {"momentum", "magnitude", "nonzeros", "none"},
        "What a layer's share of the grown connections goes by: mean |momentum|, mean |w|, its number of "
        "connections, or nothing.");
    s.integer("momentum_window", 0,
              "Steps before a round in which the dense momentum is summed up, from 0 on; 0: every step, as "
              "published. After K steps it lacks beta^K of what came before: 0.1 % at K = 66, beta = 0.9.")
        .range(0, 100000000)
        .unit("steps");
    s.choice(
        "momentum_bits", "32", {"32", "8"},
        "Bits of the dense momentum of each position; 8: with one scale per 128 and stochastic rounding.");

    s.group("dsr", "DSR.");
    s.real("dropped_share", 0.01, "Share of all connections that a round should drop.").above(0).below(1);
    s.real("tolerance", 0.1, "Relative error of it that leaves the threshold alone.").above(0).below(1);
    s.real("threshold", 0.001, "Threshold of |w| in the first round; doubled or halved after each.").above(0);

    s.group("deepr", "DeepR.");
    s.real("l1", 1e-4, "Pull of every connection towards zero, times the learning rate.").atLeast(0);
    s.real("temperature", 1e-7, "Of the random walk at the start; falls linearly to 0.").atLeast(0);
    s.integer("interval_steps", 1, "Steps between rounds, each of which walks as many steps; 1 as published.")
        .range(1, 100000000)
        .unit("steps");

    s.real(
         "minimum", 0,
         "The lowest theta of a dormant position; 0: -(1 - D) T / (D l1), which without gradients keeps the "
         "share D = sparsity.density connected (soft_deepr).")
        .atMost(0);

    s.group("mest", "MEST.");
    s.real("lambda", 0.01, "Weight of |g| in the drop score |w| + lambda |g|.").atLeast(0);

    s.group("top_kast", "Top-KAST.");
    s.real("backward_density", 0.2, "Share of all weights that are updated; at least the density.")
        .above(0)
        .atMost(1);
    s.integer("interval_steps", 10, "Steps between choices of both sets.").range(1, 100000000).unit("steps");
    s.real("penalty", 1e-4, "Decay of updated weights, divided by the density for those not multiplied by.")
        .atLeast(0);

    s.group("str", "STR. Its density is a result: sparsity.density says only which layers take part.");
    s.real("initial", -5, "Initial s; the threshold is 1 / (1 + exp(-s)).").range(-1000, 10);

    s.group("n_of_m", "N:M patterns. The density is N / M whatever sparsity.density says.");
    s.integer("n", 2, "Weights kept of each group.").range(1, 64);
    s.integer("m", 4, "Consecutive inputs or input channels of a group.").range(2, 64);
    s.real("decay", 2e-4, "Decay of the weights that are not multiplied by (sr_ste).").atLeast(0);
}

}  // namespace filigree::methods::sparse_training
