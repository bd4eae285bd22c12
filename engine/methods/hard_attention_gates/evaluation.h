// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "methods/hard_attention_gates/sizing.h"
#include "methods/hard_attention_gates/tasks.h"
#include "record/recorder.h"

namespace filigree::methods::hard_attention_gates {

/// Stands beside every figure about polyps.
inline constexpr const char* researchNotice = "For research, not for diagnosis";

/// Predicted sizes beside the true ones; `outputs` holds a scaled size per sample.
std::vector<SizedItem> sized(const Samples& samples, std::span<const double> outputs);

/// Truth against prediction where a network tells classes: the largest of a frame's `classes` outputs, or of
/// the mean probabilities over the frames of a polyp.
Confusion confusionOfFrames(const Samples& samples, std::span<const double> outputs, std::size_t classes);
Confusion confusionOfPolyps(const Samples& samples, std::span<const double> outputs, std::size_t classes);
/// The best without looking: always the most frequent class of the training samples.
Confusion confusionOfConstant(const Samples& training, const Samples& samples, std::size_t classes);

/// Records "<where>/mae_mm", …/rmse_mm, …/signed_error_percent, …/within_1mm, and for both divisions
/// …/f1_binary, …/f1_macro_binary, …/accuracy_binary, …/sensitivity_binary, …/specificity_binary and the same
/// of triclass.
void recordSizeFigures(const std::string& where, const SizeFigures& figures, const record::Stamp& stamp,
                       record::Recorder& recorder);
/// Records "<where>/f1", …/f1_macro, …/accuracy, …/sensitivity, …/specificity.
void recordClassFigures(const std::string& where, const ClassFigures& figures, const record::Stamp& stamp,
                        record::Recorder& recorder);
/// Matrix "predictions/<where>", a row per frame: polyp, true mm, predicted mm.
void recordPredictions(const std::string& where, std::span<const SizedItem> items, const record::Stamp& stamp,
                       record::Recorder& recorder);
/// Matrix "classes/<where>", a row per frame: polyp, true class, predicted class (the largest of `classes`
/// outputs).
void recordClasses(const std::string& where, const Samples& samples, std::span<const double> outputs,
                   std::size_t classes, const record::Stamp& stamp, record::Recorder& recorder);
/// What a view needs to say of predictions and confusions: {"item": "frame", "group": "polyp", "unit": "mm",
/// "classes": [name, …], "notice"}, and for sizes {"constant": the prediction that knows the training sizes
/// alone, "truth_bounds" and "prediction_bounds": [[bound, "below" or "above": whose the bound itself is],
/// …]}. `classes` is 2 or 3.
std::string predictionScale(std::size_t classes, std::optional<double> constantMm);
/// The same as the text "predictions/<where>".
void describePredictions(const std::string& where, std::size_t classes, std::optional<double> constantMm,
                         const record::Stamp& stamp, record::Recorder& recorder);
/// Matrix `tag` [truth, prediction].
void recordConfusion(const std::string& tag, const Confusion& confusion, const record::Stamp& stamp,
                     record::Recorder& recorder);

}  // namespace filigree::methods::hard_attention_gates
