// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/endoscopy/polyp_table.h"
#include "data/endoscopy/video_set.h"
#include "data/search_path.h"

namespace filigree::methods::hard_attention_gates {

/// Samples of a task: rows of numbers, or pictures from which inputs are made, and a target each.
struct Samples {
    std::int64_t rowLength = 0;  ///< of a row; 0: pictures
    std::vector<float> rows;     ///< one after another

    std::int64_t frameWidth = 0;                       ///< pictures are kept so wide …
    std::int64_t size = 0;                             ///< … and used so wide
    std::vector<data::endoscopy::StoredFrame> frames;  ///< n; without pixels where they are read when needed
    std::vector<data::endoscopy::PolypFrame> files;    ///< n where pixels are read when needed, else empty

    std::vector<float> targets;  ///< n: 0 or 1, a scaled size, or the number of a class
    std::vector<std::int64_t>
        polyps;                   ///< n, or the group from which an epoch draws; empty where there are none
    std::vector<double> sizesMm;  ///< n; empty where there are none

    std::int64_t count() const { return static_cast<std::int64_t>(targets.size()); }
};

/// Binary: one output, the logit of class 1. Size: one output, a scaled size. Classes: a logit per class.
enum class Goal { Binary, Size, Classes };

/// What is learnt: `train` in both passes, or, with a held-out part, `heldOut` in the gates' pass.
struct Task {
    Goal goal = Goal::Binary;
    std::int64_t outputs = 1;
    std::int64_t informative = 0;  ///< the first so many inputs decide (decoys), 0: not known
    Samples train, heldOut, validation, test;
    bool ofPolyps() const { return !test.sizesMm.empty(); }
};

/// Feature selection with a known answer: x in R^128 ~ N(0, I), of which the first 8, z, decide:
///   s = tanh(z W0) W1 + z W2,  W0 8 x 6 and W1 6 ~ N(0, 1), W2 8 ~ 0.7 N(0, 1),  y = [s > median of training
///   s],
/// 5 % of 400 training labels flipped; 2000 for test. With `heldOut`, the last 100 training rows are apart.
Task makeDecoys(std::uint64_t seed, bool heldOut);

/// What of a polyp is learnt: its size, whether it is large, or whether it is diminutive, small or large.
enum class PolypTarget { Size, Binary, Triclass };
/// "size", "binary", "triclass"; throws Error (Usage) for other words.
PolypTarget polypTargetFrom(std::string_view name);

/// Pictures of polyps, `size` pixels wide and high.
struct PolypChoice {
    PolypTarget target = PolypTarget::Size;
    std::int64_t size = 48;
    bool heldOut = false;     ///< the gates' pass has training polyps of its own
    bool validation = false;  ///< polyps for validation are wanted
};

/// Goal, outputs and widths of a task about polyps.
void prepareForPolyps(const PolypChoice& choice, Task& task);

/// Sizes from procedural colonoscopy (210 polyps, 10 frames): polyps are permuted by the seed; the first
/// `trainingPolyps` train (even frames), the last 100 test (frames 1, 5, 9), so no polyp is on both sides;
/// with `validation` the 50 polyps behind the training ones are for that (frames 1, 5, 9). With `heldOut`, a
/// quarter of the training polyps is apart. Pictures come from the cache or are computed (`folder` empty: the
/// user's cache). Throws Error (Usage) for fewer than 4 or more than mostTrainingPolyps.
inline constexpr std::int64_t mostTrainingPolyps = 60;
Task makeSizing(std::uint64_t seed, const PolypChoice& choice, std::int64_t trainingPolyps,
                const std::filesystem::path& folder = {});

/// Appends one picture and its target, unless its polyp cannot be seen.
void addFrame(const data::endoscopy::StoredFrame& frame, PolypTarget target, Samples& samples);

/// Sizes from a person's own pictures: a table or folder as readPolyps of data/endoscopy/polyp_table.h reads
/// it. Of six folds by polyp (those of the table, or made by stratifiedFolds from seed 1) `fold` is for test,
/// the next one for validation, the others train. At most `testFramesPerPolyp` frames of a polyp are tested
/// and validated on, evenly spread. Pictures and boxes are resized to `size` (bilinear); depth is
/// NAME_depth.png beside NAME.png (256 per mm), else 0. Pictures are kept in memory if all of them take at
/// most `mostMemory` bytes, else read when needed. `report` says what was used and skipped. Throws Error
/// (Data) for tables without pictures for training or test and for damaged pictures, Error (Usage) for a fold
/// outside 0 to 5.
struct TableChoice {
    std::filesystem::path table;
    int fold = 0;
    std::int64_t testFramesPerPolyp = 300;
    std::int64_t mostMemory = std::int64_t{1} << 30;
};
Task makePictures(const TableChoice& table, const PolypChoice& choice, std::string& report);
/// The picture of a table at size x size, with its box scaled along.
data::endoscopy::StoredFrame readFrame(const data::endoscopy::PolypFrame& frame, std::int64_t size);

/// CIFAR-100 at `size` pixels; classes are the groups from which an epoch draws. With `heldOut`, every fourth
/// training picture of a class is apart. With `validation`, the last 50 training pictures of each class are
/// for that. Throws Error (Data) if the files are not there.
Task makeCifar100(const data::SearchPath& folders, std::int64_t size, bool heldOut, bool validation);

}  // namespace filigree::methods::hard_attention_gates
