// SPDX-License-Identifier: Apache-2.0
#include "methods/hard_attention_gates/evaluation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

namespace filigree::methods::hard_attention_gates {
namespace {

int largest(std::span<const double> values) {
    return static_cast<int>(std::max_element(values.begin(), values.end()) - values.begin());
}

void addProbabilities(std::span<const double> logits, std::vector<double>& sums) {
    const double most = *std::max_element(logits.begin(), logits.end());
    double total = 0;
    for (const double logit : logits) total += std::exp(logit - most);
    for (std::size_t c = 0; c < logits.size(); ++c) sums[c] += std::exp(logits[c] - most) / total;
}

int truthAt(const Samples& samples, std::size_t i) {
    return static_cast<int>(samples.targets[i]);
}

}  // namespace

std::vector<SizedItem> sized(const Samples& samples, std::span<const double> outputs) {
    std::vector<SizedItem> items;
    for (std::size_t i = 0; i < outputs.size(); ++i)
        items.push_back({samples.polyps[i], samples.sizesMm[i], sizeOf(outputs[i])});
    return items;
}

Confusion confusionOfFrames(const Samples& samples, std::span<const double> outputs, std::size_t classes) {
    Confusion confusion(classes);
    for (std::size_t i = 0; i < samples.targets.size(); ++i)
        confusion.add(truthAt(samples, i), largest(outputs.subspan(i * classes, classes)));
    return confusion;
}

Confusion confusionOfPolyps(const Samples& samples, std::span<const double> outputs, std::size_t classes) {
    struct Polyp {
        int truth;
        std::vector<double> probabilities;
    };
    std::map<std::int64_t, Polyp> polyps;
    for (std::size_t i = 0; i < samples.targets.size(); ++i) {
        Polyp& polyp =
            polyps.try_emplace(samples.polyps[i], Polyp{truthAt(samples, i), std::vector<double>(classes)})
                .first->second;
        addProbabilities(outputs.subspan(i * classes, classes), polyp.probabilities);
    }
    Confusion confusion(classes);
    for (const auto& [name, polyp] : polyps) confusion.add(polyp.truth, largest(polyp.probabilities));
    return confusion;
}

Confusion confusionOfConstant(const Samples& training, const Samples& samples, std::size_t classes) {
    std::vector<double> counts(classes);
    for (std::size_t i = 0; i < training.targets.size(); ++i)
        ++counts[static_cast<std::size_t>(truthAt(training, i))];
    Confusion confusion(classes);
    for (std::size_t i = 0; i < samples.targets.size(); ++i)
        confusion.add(truthAt(samples, i), largest(counts));
    return confusion;
}

void recordClasses(const std::string& where, const Samples& samples, std::span<const double> outputs,
                   std::size_t classes, const record::Stamp& stamp, record::Recorder& recorder) {
    record::Matrix matrix{
        "classes/" + where, {samples.count(), 3}, {"frame", "polyp, truth, prediction"}, {}};
    for (std::size_t i = 0; i < samples.targets.size(); ++i) {
        const auto own = outputs.subspan(i * classes, classes);
        matrix.values.push_back(static_cast<float>(samples.polyps[i]));
        matrix.values.push_back(static_cast<float>(truthAt(samples, i)));
        matrix.values.push_back(static_cast<float>(std::max_element(own.begin(), own.end()) - own.begin()));
    }
    recorder.matrix(matrix, stamp);
}

void recordSizeFigures(const std::string& where, const SizeFigures& figures, const record::Stamp& stamp,
                       record::Recorder& recorder) {
    const auto note = [&](const std::string& figure, double value) {
        recorder.scalar(where + "/" + figure, value, stamp);
    };
    note("mae_mm", figures.meanAbsoluteError);
    note("rmse_mm", figures.rootMeanSquareError);
    note("signed_error_percent", figures.meanSignedPercent);
    note("within_1mm", figures.withinOneMm);
    for (const auto& [classes, c] :
         {std::pair("binary", &figures.binary), std::pair("triclass", &figures.triclass)}) {
        const std::string suffix = std::string("_") + classes;
        note("f1" + suffix, c->f1Weighted);
        note("f1_macro" + suffix, c->f1Macro);
        note("accuracy" + suffix, c->accuracy);
        note("sensitivity" + suffix, c->sensitivity);
        note("specificity" + suffix, c->specificity);
    }
}

void recordClassFigures(const std::string& where, const ClassFigures& figures, const record::Stamp& stamp,
                        record::Recorder& recorder) {
    recorder.scalar(where + "/f1", figures.f1Weighted, stamp);
    recorder.scalar(where + "/f1_macro", figures.f1Macro, stamp);
    recorder.scalar(where + "/accuracy", figures.accuracy, stamp);
    recorder.scalar(where + "/sensitivity", figures.sensitivity, stamp);
    recorder.scalar(where + "/specificity", figures.specificity, stamp);
}

void recordPredictions(const std::string& where, std::span<const SizedItem> items, const record::Stamp& stamp,
                       record::Recorder& recorder) {
    record::Matrix matrix{"predictions/" + where,
                          {static_cast<std::int64_t>(items.size()), 3},
                          {"frame", "polyp, truth mm, mm"},
                          {}};
    for (const SizedItem& item : items)
        for (const double value : {static_cast<double>(item.polyp), item.truthMm, item.predictedMm})
            matrix.values.push_back(static_cast<float>(value));
    recorder.matrix(matrix, stamp);
}

std::string predictionScale(std::size_t classes, std::optional<double> constantMm) {
    using nlohmann::json;
    json description{{"item", "frame"}, {"group", "polyp"}, {"unit", "mm"}, {"notice", researchNotice}};
    description["classes"] =
        classes == 2 ? json::array({"not large", "large"}) : json::array({"diminutive", "small", "large"});
    if (constantMm) {
        description["constant"] = *constantMm;
        for (const auto& [key, bounds] :
             {std::pair("truth_bounds", &truthBounds), std::pair("prediction_bounds", &predictionBounds)})
            description[key] =
                json::array({json::array({bounds->small, "below"}), json::array({bounds->large, "above"})});
    }
    return description.dump();
}

void describePredictions(const std::string& where, std::size_t classes, std::optional<double> constantMm,
                         const record::Stamp& stamp, record::Recorder& recorder) {
    recorder.text({"predictions/" + where, predictionScale(classes, constantMm)}, stamp);
}

void recordConfusion(const std::string& tag, const Confusion& confusion, const record::Stamp& stamp,
                     record::Recorder& recorder) {
    const auto classes = static_cast<std::int64_t>(confusion.classes());
    record::Matrix matrix{tag, {classes, classes}, {"truth", "prediction"}, {}};
    for (std::size_t t = 0; t < confusion.classes(); ++t)
        for (std::size_t p = 0; p < confusion.classes(); ++p)
            matrix.values.push_back(static_cast<float>(confusion.at(t, p)));
    recorder.matrix(matrix, stamp);
}

}  // namespace filigree::methods::hard_attention_gates
