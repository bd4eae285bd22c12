// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "analysis/confusion.h"

/// Polyp size as a number and as a class, and how predictions of it are judged.
namespace filigree::methods::hard_attention_gates {

/// Target of the regression: 2 (mm - 0.5) / 19.5 - 1, so 0.5 mm is -1 and 20 mm is 1.
double scaledSize(double mm);
constexpr double mmPerUnit = 19.5 / 2;  ///< of that target
/// Its inverse.
double unlimitedSize(double scaled);
/// Its inverse, limited to [0.5, 22] mm.
double sizeOf(double scaled);

/// Bounds of the classes: diminutive up to (with) `small` mm, large from (with) `large` mm on.
struct SizeBounds {
    double small, large;
};
inline constexpr SizeBounds truthBounds{5, 10};
/// Predictions are cut a little lower, as in the published code.
inline constexpr SizeBounds predictionBounds{4.75, 10};

/// 0 diminutive, 1 small, 2 large.
int sizeClass(double mm, const SizeBounds& bounds = truthBounds);

using analysis::ClassFigures;
using analysis::Confusion;

/// Predicted and true sizes of frames, or of polyps.
struct SizedItem {
    std::int64_t polyp;
    double truthMm, predictedMm;
};
struct SizeFigures {
    ClassFigures binary, triclass;
    Confusion triclassConfusion{3};
    double meanAbsoluteError = 0, rootMeanSquareError = 0;  ///< mm
    double meanSignedPercent = 0;                           ///< of the true size
    double withinOneMm = 0;                                 ///< share
    std::int64_t count = 0;
};
SizeFigures judge(std::span<const SizedItem> items);

/// How the predictions of one polyp's frames become one.
enum class Aggregate { Median, Mean, TrimmedMean };  ///< trimmed: 20 % at either end
/// One item per polyp, in ascending order of polyp.
std::vector<SizedItem> perPolyp(std::span<const SizedItem> frames, Aggregate how = Aggregate::Median);

/// The best that can be done without looking: every size is the median of the training sizes.
std::vector<SizedItem> constantPrediction(std::span<const SizedItem> items,
                                          std::span<const double> trainingSizesMm);

/// Median of the training sizes: that prediction. Throws Error (Run) if there are none.
double constantSize(std::span<const double> trainingSizesMm);

/// A fold per polyp, 0 to folds - 1, so that every fold holds its share of each class (counts differ by at
/// most one) and all frames of a polyp are in one fold. Throws Error (Run) for fewer than 2 folds.
std::vector<int> stratifiedFolds(std::span<const double> sizesMm, int folds, std::uint64_t seed);

}  // namespace filigree::methods::hard_attention_gates
