// SPDX-License-Identifier: Apache-2.0
#include "config/schema.h"
#include "methods/hard_attention_gates/gated_training.h"

namespace filigree::methods::hard_attention_gates {

const config::Schema& gatedSchema() {
    static const config::Schema schema = [] {
        config::Schema s;
        s.group("data", "What the network learns.");
        s.choice("task", "decoys", {"decoys", "sizing", "pictures", "cifar100"},
                 "Find 8 of 128 inputs that matter; tell the size of a polyp from computed colonoscopy "
                 "pictures or from your own (for research, not for diagnosis); name CIFAR-100's objects.");
        s.choice(
            "target", "size", {"size", "binary", "triclass"},
            "Learn the size in mm, or directly whether a polyp is large, or which of three classes it has "
            "(sizing, pictures).");
        s.integer("image_size", 48, "Height and width of pictures; computed ones are computed so large.")
            .range(8, 1024)
            .unit("pixels");
        s.text("table", "", "CSV that names your pictures: unique_id, frame_path, gt in mm, … (pictures).");
        s.integer("training_polyps", 48,
                  "How many of the 210 computed polyps train; 100 others test (sizing).")
            .range(4, mostTrainingPolyps)
            .unit("polyps");
        s.integer("fold", 0, "Which of six folds by polyp is for test; the next one is kept out (pictures).")
            .range(0, 5);
        s.integer("frames_per_polyp", 40,
                  "An epoch draws at most so many frames of each polyp (or pictures of each class).")
            .range(1, 100000)
            .unit("frames");
        s.integer("test_frames_per_polyp", 300, "Tested are at most so many frames of each polyp (pictures).")
            .range(1, 100000)
            .unit("frames");
        s.boolean("metric_depth", false, "Depth as mm / 30 instead of relative to the picture (stream dpt).");

        s.group("model", "The network (all tasks but decoys).");
        s.choice("network", "small", {"small", "resnet18", "efficientnet_b0", "vit_tiny"},
                 "A residual network of three blocks, the backbones of the paper, or its transformer.");
        s.choice(
            "streams", "loc_depth",
            {"loc_depth", "loc", "rgb", "dpt", "whole", "rgb+loc", "rgb+dpt", "loc+dpt", "rgb+loc+dpt",
             "rgb+loc_depth"},
            "What the network sees: the polyp in its place (loc), the crop around it (rgb), the depth of "
            "that crop (dpt), loc with its depth, or the whole picture; joined by +: a branch for each.");
        s.integer("width", 0, "Channels of the first stage or of a token; 0: 8, 64, 32 or 192 by network.")
            .range(0, 4096)
            .unit("channels");
        s.integer("hidden", 0, "Units of the head's hidden layer; 0: 32 for small, else 128.")
            .range(0, 65536)
            .unit("units");
        s.real("dropout", 0, "Share of features dropped in front of the head.").atLeast(0).below(1);
        s.integer("patch", 16, "Side of a patch (vit_tiny).").range(1, 1024).unit("pixels");
        s.integer("depth", 12, "Blocks (vit_tiny).").range(1, 1000).unit("blocks");
        s.integer("heads", 3, "Heads of the attention (vit_tiny).").range(1, 256).unit("heads");

        s.text("pretrained", "",
               "safetensors file with weights to start from: torchvision's names (resnet18) or timm's "
               "(vit_tiny).");

        s.text(
            "pruned", "",
            "safetensors file of a pruned network to go on with, as filigree analyze prune --save writes it; "
            "the other settings must be those of its run.");

        s.group("augment", "Random changes of training pictures.");
        s.real("rotation", 0, "Rotate by an angle in [-rotation, rotation].").range(0, 180).unit("degrees");
        s.boolean("flip", false, "Mirror left-right and upside down, each with probability 1/2.");
        s.real("jitter", 0,
               "Brightness, contrast and saturation change by factors in [1 - jitter, 1 + jitter].")
            .range(0, 1);
        s.real("hue", 0, "Hue shifts by up to so many turns.").range(0, 0.5).unit("turns");
        s.real("noise", 0, "Standard deviation of normal noise, on pixels of 0 to 1.").range(0, 1);

        s.group("gate", "The learnt weight of every channel.");
        s.choice("routing", "clean", {"plain", "joint", "code", "clean", "heldout"},
                 "No gates; gates in the main optimiser; a pass of their own whose gradients stay (as in the "
                 "published code), are cleared, or come from data that the weights do not see.");
        s.real("lr", 0.02, "Learning rate of the gates.").above(0).schedulable();
        s.boolean("follow_schedule", false, "The gates' rate falls as that of the weights does.");
        s.real("clip", 8, "Largest norm of all gradients in the gates' pass; 0: not clipped.").atLeast(0);
        s.choice("start", "xavier", {"xavier", "he", "half"}, "How gates start; half: all at 1/2.");
        s.boolean("hidden", false, "Gate the hidden units too (decoys).");
        s.boolean("frozen", false,
                  "Extension: gates are there but stay where they started (control; with routing plain).");
        s.real("temperature", 1, "Extension: scores are sigmoid(w / temperature).").above(0);
        s.real("l1", 0,
               "Extension: this times the sum of all scores is added to the loss of the gates' pass.")
            .atLeast(0)
            .schedulable();
        s.real("threshold", 0, "Extension: in evaluation, channels with a lower score are closed.")
            .atLeast(0)
            .below(1);
        s.boolean("straight_through", false,
                  "Extension: forwards 1 where the score is above 1/2, else 0; learns as the sigmoid does.");

        s.group("train", "How long, in what portions.");
        s.integer("epochs", 60, "Passes over the training data.").range(1, 1000000).unit("epochs");
        s.integer("batch_size", 32, "Samples per step; the last batch of an epoch may be smaller.")
            .range(1, 65536)
            .unit("samples");
        s.real("clip_norm", 8, "Largest norm of all gradients in the weights' pass; 0: not clipped.")
            .atLeast(0);

        s.integer("evaluate_every", 1, "Epochs between evaluations.").range(1, 1000000).unit("epochs");
        s.choice(
            "select", "last", {"last", "best"},
            "Test the weights of the last step while training goes on, or at the end those with the least "
            "loss on validation data (sizing, pictures, cifar100).");

        s.group("loss", "Smooth L1 of the scaled size.");
        s.boolean(
            "weights_in_mm", false,
            "Weigh small and large polyps as the paper means it; its code compares scaled sizes with mm, so "
            "that all weigh the same (off).");
        s.real("weight_small", 3, "Weight of sizes above 5 and below 10 mm, weights' pass.").above(0);
        s.real("weight_large", 5, "Weight of sizes from 10 mm on, weights' pass.").above(0);
        s.real("gate_weight_small", 5, "Weight of sizes above 5 and below 10 mm, gates' pass.").above(0);
        s.real("gate_weight_large", 10, "Weight of sizes from 10 mm on, gates' pass.").above(0);

        s.group("optimizer", "Adam over everything but the gates.");
        s.real("lr", 1e-3, "Learning rate at the start.").above(0).schedulable();
        s.real("min_lr", 1e-3, "Learning rate at the end of its cosine; equal to lr: constant.").above(0);
        s.real("weight_decay", 0, "L2 decay of all weights; gates never decay.").atLeast(0);

        s.group("record", "What is kept, how often.");
        s.integer("scalars_every", 5, "Steps between records of loss and gradients.")
            .range(1, 1000000)
            .unit("steps");
        s.integer("gates_every", 13, "Steps between records of all gates.").range(1, 1000000).unit("steps");
        return s;
    }();
    return schema;
}

}  // namespace filigree::methods::hard_attention_gates
