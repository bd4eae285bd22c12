// SPDX-License-Identifier: Apache-2.0
#include "train/supervised_schema.h"

#include "data/catalogue.h"

namespace filigree::train {
namespace {

std::vector<std::string> dataNames() {
    std::vector<std::string> names;
    for (const data::DatasetInfo& info : data::catalogue()) names.emplace_back(info.name);
    return names;
}

}  // namespace

const config::Schema& supervisedSchema() {
    static const config::Schema schema = [] {
        config::Schema s;
        s.group("data", "What the network learns from.");
        s.choice("name", "digits", dataNames(), "Data set; see `filigree data list`.");
        s.integer("train_limit", 0, "Use only the first so many training samples; 0 uses all.").atLeast(0);
        s.integer("test_limit", 0, "Use only the first so many test samples; 0 uses all.").atLeast(0);
        s.integer("pad_crop", 0, "Augmentation: shift training images by up to so many pixels.")
            .range(0, 16)
            .unit("pixels");
        s.boolean("flip", false, "Augmentation: mirror training images left-right at random.");
        s.integer("planted_seed", 101, "Planted sets only: seed of the teacher.").atLeast(0);
        s.real("trap_scale", 3, "Planted-trap only: factor on the irrelevant inputs 16 to 63.").above(0);

        s.group("model", "The network.");
        s.choice("kind", "mlp", {"mlp", "cnn", "resnet"},
                 "Fully connected, convolutions with batch norm and pooling, or a residual network.");
        s.integers("hidden", {512, 256}, "Sizes of the hidden layers (mlp).").range(1, 65536).unit("units");
        s.boolean("batch_norm", false,
                  "Batch norm in place of the bias after each hidden layer (mlp); cnn and resnet have it.");
        s.integers("channels", {32, 64, 64}, "Channels of the convolution blocks (cnn).")
            .range(1, 4096)
            .unit("channels");
        s.integer("cnn_hidden", 128, "Size of the hidden layer after the convolutions (cnn); 0: none.")
            .range(0, 65536)
            .unit("units");
        s.integers("blocks", {2, 2, 2, 2}, "Basic blocks of each stage (resnet); the default is ResNet-18.")
            .range(1, 64)
            .unit("blocks");
        s.integer("base_channels", 64,
                  "Channels of the first stage (resnet); each further one has twice as many.")
            .range(1, 4096)
            .unit("channels");
        s.integers("block_channels", {0},
                   "Channels inside each block (resnet), one number a block; 0: as many as the block gives.")
            .range(0, 65536)
            .unit("channels");
        s.choice("activation", "relu", {"relu", "gelu", "silu", "tanh", "sigmoid", "softplus"},
                 "Non-linearity.");
        s.real("dropout", 0, "Probability that a hidden unit is left out in training.").atLeast(0).below(1);

        s.group("train", "How long, in what portions.");
        s.integer("epochs", 20, "Passes over the training data.").range(1, 1000000).unit("epochs");
        s.integer("max_steps", 0, "End after so many steps even if epochs are left; 0: no limit.")
            .atLeast(0)
            .unit("steps");
        s.integer("batch_size", 100, "Samples per step; an incomplete last batch of an epoch is left out.")
            .range(1, 65536)
            .unit("samples");
        s.real("evaluate_every", 1, "Time between evaluations on the test data.").above(0).unit("epochs");
        s.real("label_smoothing", 0, "Share of the target spread over all classes.").atLeast(0).below(1);
        s.real("clip_norm", 0, "Largest norm of all gradients together; 0: not clipped.").atLeast(0);
        s.real("clip_value", 0, "Largest absolute value of a gradient; 0: not clipped.").atLeast(0);

        s.group("average", "A mean of the weights that trails behind them, evaluated beside them.");
        s.choice("kind", "none", {"none", "ema", "swa"},
                 "None, exponential over all steps (EMA), or the plain mean at the ends of the last epochs "
                 "(stochastic weight averaging).");
        s.real("decay", 0.999,
               "Part of the average that a step leaves; at first less, (1 + t) / (10 + t) (ema).")
            .atLeast(0)
            .below(1);
        s.real("from", 0.75, "Share of the run after which epochs count (swa).").atLeast(0).below(1);
        s.real("calibration", 0.2,
               "Share of the training batches from which statistics of batch norm are computed for the "
               "average at an evaluation; at the end all.")
            .above(0)
            .atMost(1);
        s.boolean("apply", false, "The run ends with the average in place of the last weights.");

        s.group("optimizer", "How weights follow their gradients.");
        s.choice("kind", "sgd", {"sgd", "adam", "adamw"},
                 "SGD with momentum, Adam, or Adam with decoupled decay.");
        s.real("lr", 0.05, "Base learning rate.").above(0).schedulable();
        s.real("momentum", 0.9, "Momentum (sgd).").atLeast(0).below(1);
        s.boolean("nesterov", false, "Nesterov's momentum (sgd).");
        s.real("weight_decay", 5e-4, "L2 decay of weights; biases and norm parameters do not decay.")
            .atLeast(0);
        s.boolean("decoupled_decay", false, "Decay apart from the gradient (sgd, adam; adamw always does).");
        s.real("beta1", 0.9, "Decay of the first moment (adam).").atLeast(0).below(1);
        s.real("beta2", 0.999, "Decay of the second moment (adam).").atLeast(0).below(1);
        s.choice("schedule", "cosine", {"constant", "step", "cosine", "one_cycle", "linear"},
                 "Course of the learning rate.");
        s.real("warmup_share", 0, "Share of the run with a half-cosine rise at the start.")
            .atLeast(0)
            .below(1);
        s.real("minimum_share", 0, "Share of the base rate that a cycle ends with (cosine).")
            .atLeast(0)
            .atMost(1);
        s.real("warmup_epochs", 0, "Linear rise at the start (cosine).").atLeast(0).unit("epochs");
        s.real("restart_epochs", 0, "Length of the first cosine cycle; 0: one cycle over the whole run.")
            .atLeast(0)
            .unit("epochs");
        s.integer("restart_growth", 1, "Each cycle is so many times as long as the one before.").range(1, 16);
        s.reals("milestones", {0.5, 0.75},
                "Shares of the run after which the rate is multiplied by gamma (step).")
            .range(0, 1);
        s.real("gamma", 0.1, "Factor at each milestone (step).").above(0);

        s.group("record", "What is kept, how often.");
        s.integer("scalars_every", 20,
                  "Steps between records of training loss and accuracy, each the mean since the last.")
            .range(1, 1000000)
            .unit("steps");
        s.integer("masks_every", 1, "Rounds between records of the whole masks; 0: only first and last.")
            .atLeast(0)
            .unit("rounds");
        s.integer(
             "candidates_every", 0,
             "Rounds between records of what growth chose from: |G| and activity of every candidate, 3 to 4 "
             "bytes for each in every layer and round. 0: never.")
            .atLeast(0)
            .unit("rounds");
        s.real("weights_every", 5,
               "Time between records of every connection's weight and age; 0: only first and last.")
            .atLeast(0)
            .unit("epochs");
        return s;
    }();
    return schema;
}

const config::Schema& patternSchema() {
    static const config::Schema schema = [] {
        config::Schema s;
        s.group("sparsity", "How many connections there are and where they start.");
        s.real("density", 0.1, "Share of all connections that exist; 1 trains the dense network.")
            .above(0)
            .atMost(1);
        s.choice("distribution", "erk", {"uniform", "er", "erk"}, "How the density is shared among layers.");
        s.real("distribution_power", 1, "Power of the ratios between layers (er, erk); 0: uniform.")
            .atLeast(0);
        s.boolean("first_layer_dense", false, "Keep the first layer dense (not counted in the density).");
        s.boolean("last_layer_dense", false, "Keep the last layer dense (not counted in the density).");
        s.choice(
            "execution", "auto", {"auto", "sparse", "masked"},
            "Multiply over non-zeros, by masked dense products, or whichever is predicted to be faster.");
        s.choice("pattern", "single", {"single", "block", "fan_in"},
                 "Connections one by one, in tiles that exist as a whole, in layers that tiles cover, or one "
                 "by one "
                 "with as many for each output of a layer.");
        s.integer("block_rows", 4, "Outputs that a tile spans (block).").range(1, 1024).unit("units");
        s.integer("block_columns", 4, "Columns of the weight matrix that a tile spans (block).")
            .range(1, 1024)
            .unit("columns");
        return s;
    }();
    return schema;
}

const config::Schema& rewireScheduleSchema() {
    static const config::Schema schema = [] {
        config::Schema s;
        s.group("rewire", "How connections are dropped and grown during training.");
        s.real("drop_fraction", 0.3, "Share of a layer's connections dropped in the first round.")
            .atLeast(0)
            .atMost(1)
            .schedulable();
        s.choice("decay", "cosine", {"constant", "cosine", "power", "cosine_floor"},
                 "How the drop fraction falls.");
        s.real("power", 3, "Exponent q of the power decay.").above(0);
        s.integer("interval_steps", 40, "Steps between rounds.").range(1, 100000000).unit("steps");
        s.real("end", 0.75, "No rounds after this share of the run.").atLeast(0).atMost(1);
        s.choice("regrow", "reset", {"reset", "keep", "forbid"},
                 "What becomes of a connection dropped and grown again in one round.");
        s.choice(
            "grown", "zero", {"zero", "normal", "uniform", "initial", "gradient", "gradient_sign"},
            "What a grown connection starts at: 0, as the layer's weights are spread, as its position was "
            "initialised, or its gradient.");
        s.real("grown_divisor", 1, "Divides that.").above(0);
        s.integer("gradient_samples", 1, "Batches over which the dense gradient of a round is averaged.")
            .range(1, 1000)
            .unit("batches");
        return s;
    }();
    return schema;
}

const config::Schema& sparsitySchema() {
    static const config::Schema schema = [] {
        config::Schema s;
        s.merge(patternSchema());
        s.group("rewire", "How connections are dropped and grown during training.");
        s.choice("growth", "acquisition",
                 {"none", "random", "gradient", "acquisition", "coverage", "unfired"},
                 "None (static), random (SET), largest gradient (RigL), gradient plus exploration bonus "
                 "(DST-EE), fewest rounds first, or never-active first.");
        s.real(
             "c", 0.01,
             "Weight of exploration against exploitation in the acquisition score, in units of the gradient.")
            .atLeast(0)
            .schedulable();
        s.real("eps", 1, "Added to the count of active rounds in the acquisition score.").above(0);
        s.boolean("normalize", false,
                  "Multiply c by the layer's mean gradient magnitude, so that it has no unit.");
        s.choice(
            "drop", "magnitude", {"magnitude", "signed", "taylor"},
            "Smallest weights first, half of each sign (SET), or smallest squared weight times gradient.");
        s.boolean("update_replaces_step", true,
                  "A round takes the place of that step's update (RigL); else it follows it (ITOP).");
        s.merge(rewireScheduleSchema());
        return s;
    }();
    return schema;
}

}  // namespace filigree::train
