// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "data/endoscopy/video_set.h"
#include "methods/hard_attention_gates/sizing.h"
#include "nn/channel_gate.h"
#include "nn/module.h"

namespace filigree::methods::hard_attention_gates {

/// Samples of a task: inputs [n, …] of one shape and a target each (0 or 1, or a scaled size).
struct Samples {
    Shape shape;                       ///< of one input
    std::vector<float> inputs;         ///< one after another
    std::vector<float> targets;        ///< n
    std::vector<std::int64_t> polyps;  ///< n; empty where there are none
    std::vector<double> sizesMm;       ///< n; empty where there are none

    std::int64_t count() const { return static_cast<std::int64_t>(targets.size()); }
};

/// What is learnt: `train` in both passes, or, with a held-out part, `heldOut` in the gates' pass.
struct Task {
    bool sizing = false;           ///< regression of a size; else two classes
    std::int64_t informative = 0;  ///< the first so many inputs decide (decoys), 0: not known
    Samples train, heldOut, test;
};

/// Feature selection with a known answer: x in R^128 ~ N(0, I), of which the first 8, z, decide:
///   s = tanh(z W0) W1 + z W2,  W0 8 x 6 and W1 6 ~ N(0, 1), W2 8 ~ 0.7 N(0, 1),  y = [s > median of training
///   s],
/// 5 % of 400 training labels flipped; 2000 for test. With `heldOut`, the last 100 training rows are apart.
Task makeDecoys(std::uint64_t seed, bool heldOut);

/// Sizes from procedural colonoscopy (210 polyps, 10 frames, 48 x 48): polyps are permuted by the seed; the
/// first 48 train (even frames), the last 100 test (frames 1, 5, 9), so no polyp is on both sides. Inputs [4,
/// 48, 48]: normalised RGB times the box of the polyp, and min(depth, 60 mm) / 30 times the box. With
/// `heldOut`, a quarter of the training polyps is apart. Pictures come from the cache or are computed
/// (`folder` empty: the user's cache).
Task makeSizing(std::uint64_t seed, bool heldOut, const std::filesystem::path& folder = {});

/// Appends the inputs and the target of one picture, unless its polyp cannot be seen.
void addFrame(const data::endoscopy::StoredFrame& frame, std::int64_t width, Samples& samples);

/// Sizes from a person's own pictures: a table as data/endoscopy/polyp_table.h reads it. Of six folds by
/// polyp (those of the table, or made by stratifiedFolds from seed 1) `fold` is for test, the next one is
/// kept out for validation, the others train. At most `framesPerPolyp` frames of a polyp are used, evenly
/// spread. Inputs as in makeSizing, pictures and boxes resized to 48 x 48 (bilinear); depth from
/// NAME_depth.png beside NAME.png (256 per mm), else 0. `report` says what was used and skipped. Throws Error
/// (Data) for tables without pictures for training or test and for damaged pictures, Error (Usage) for a fold
/// outside 0 to 5.
struct TableChoice {
    std::filesystem::path table;
    int fold = 0;
    std::int64_t framesPerPolyp = 40;
};
Task makePictures(const TableChoice& choice, bool heldOut, std::string& report);

/// Inputs and targets of the chosen samples. With `flips` the inputs, images then, are mirrored left-right
/// and upside down at random, seeded by (seed, step).
struct Batch {
    Tensor x, target;  ///< [b, …], [b, 1]
};
Batch gather(const Samples& samples, std::span<const std::int64_t> chosen);
void mirrorAtRandom(Tensor& images, std::uint64_t seed, std::uint64_t step);

/// A network and its gates under their names.
struct GatedNetwork {
    std::unique_ptr<nn::Module> module;
    std::vector<std::pair<std::string, nn::ChannelGate*>> gates;
};

/// 128 - 64 - 1 with ReLU; a gate on the inputs, and with `hiddenGate` one on the hidden units.
GatedNetwork makeDecoyNetwork(bool gated, bool hiddenGate, const nn::GateOptions& options,
                              std::uint64_t seed);

/// conv 3x3/2 (4 to 8) BN ReLU; residual blocks of 8, 16 (/2) and 32 (/2) channels, each followed by a gate;
/// mean over the image, gate, linear 32 - 32, ReLU, gate, linear to the scaled size.
GatedNetwork makeSizingNetwork(bool gated, const nn::GateOptions& options, std::uint64_t seed);

}  // namespace filigree::methods::hard_attention_gates
