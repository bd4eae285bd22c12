// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/predictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"

namespace filigree::ui {
namespace {

using nlohmann::json;

constexpr std::string_view predictionPrefix = "predictions/", classPrefix = "classes/",
                           confusionPrefix = "confusion/";
constexpr std::pair<GroupOrder, const char*> orderNames[] = {
    {GroupOrder::Number, "number"}, {GroupOrder::Truth, "truth"},         {GroupOrder::Median, "median"},
    {GroupOrder::Mean, "mean"},     {GroupOrder::Deviation, "deviation"}, {GroupOrder::Class, "class"},
    {GroupOrder::Error, "error"},   {GroupOrder::Items, "items"}};

[[noreturn]] void failOn(std::string_view tag, const std::string& why) {
    throw Error(ErrorKind::Data, "recorded predictions cannot be read", fmt::format("{}: {}", tag, why),
                "run the experiment again");
}

std::vector<ClassBound> boundsOf(const json& description, const char* key) {
    std::vector<ClassBound> bounds;
    for (const json& bound : description.value(key, json::array()))
        bounds.push_back({bound.at(0).get<double>(), bound.at(1).get<std::string>() == "below"});
    return bounds;
}

double medianOf(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Mean and sample standard deviation.
std::pair<double, double> spreadOf(const std::vector<double>& values) {
    const auto count = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    return {mean, values.size() > 1 ? std::sqrt(squares / (count - 1)) : 0};
}

std::vector<PredictedGroup> grouped(const std::vector<PredictedItem>& items) {
    std::map<std::int64_t, PredictedGroup> found;
    for (const PredictedItem& item : items) {
        PredictedGroup& group = found[item.group];
        group.group = item.group;
        group.truth = item.truth;
        group.predicted.push_back(item.predicted);
    }
    std::vector<PredictedGroup> groups;
    for (auto& [number, group] : found) {
        group.median = medianOf(group.predicted);
        std::tie(group.mean, group.deviation) = spreadOf(group.predicted);
        groups.push_back(std::move(group));
    }
    return groups;
}

PredictionFigures judged(const std::vector<std::pair<double, double>>& truthAndPrediction) {
    PredictionFigures figures;
    figures.count = static_cast<std::int64_t>(truthAndPrediction.size());
    const auto count = static_cast<double>(std::max<std::int64_t>(1, figures.count));
    for (const auto& [truth, predicted] : truthAndPrediction) {
        const double error = predicted - truth;
        figures.absolute += std::abs(error) / count;
        figures.squared += error * error / count;
        figures.bias += error / count;
    }
    figures.squared = std::sqrt(figures.squared);
    return figures;
}

std::vector<PredictedItem> itemsOf(const record::Matrix& matrix) {
    if (matrix.shape.size() != 2 || matrix.shape[1] != 3 ||
        static_cast<std::int64_t>(matrix.values.size()) != 3 * matrix.shape[0])
        failOn(matrix.tag, "not a group, a truth and a prediction in every row");
    std::vector<PredictedItem> items;
    for (std::size_t i = 0; i < matrix.values.size(); i += 3) {
        if (!std::isfinite(matrix.values[i])) failOn(matrix.tag, "a group without a number");
        items.push_back({static_cast<std::int64_t>(matrix.values[i]),
                         static_cast<double>(matrix.values[i + 1]),
                         static_cast<double>(matrix.values[i + 2])});
    }
    return items;
}

bool isConfusion(const record::Matrix& matrix) {
    return matrix.axes == std::vector<std::string>{"truth", "prediction"} && matrix.shape.size() == 2 &&
           matrix.shape[0] == matrix.shape[1] && matrix.shape[0] > 0 &&
           static_cast<std::int64_t>(matrix.values.size()) == matrix.shape[0] * matrix.shape[0];
}

analysis::Confusion countsOf(const record::Matrix& matrix) {
    const auto classes = static_cast<std::size_t>(matrix.shape[0]);
    analysis::Confusion counts(classes);
    for (std::size_t i = 0; i < matrix.values.size(); ++i)
        counts.add(static_cast<int>(i / classes), static_cast<int>(i % classes),
                   std::llround(matrix.values[i]));
    return counts;
}

std::optional<double> lastOf(const std::vector<store::NamedScalar>& scalars, std::string_view tag) {
    for (const store::NamedScalar& scalar : scalars)
        if (scalar.tag == tag) return scalar.point.value;
    return std::nullopt;
}

}  // namespace

std::size_t classOf(double value, const std::vector<ClassBound>& bounds) {
    std::size_t number = 0;
    for (const ClassBound& bound : bounds) number += value > bound.at || (value == bound.at && !bound.below);
    return number;
}

PredictionScale readPredictionScale(std::string_view text) {
    try {
        const json description = json::parse(text);
        PredictionScale scale;
        scale.item = description.value("item", scale.item);
        scale.group = description.value("group", scale.group);
        scale.unit = description.value("unit", "");
        scale.notice = description.value("notice", "");
        scale.classes = description.value("classes", std::vector<std::string>());
        scale.truthBounds = boundsOf(description, "truth_bounds");
        scale.predictionBounds = boundsOf(description, "prediction_bounds");
        if (description.contains("constant")) scale.constant = description["constant"].get<double>();
        const std::size_t bounds = scale.classes.empty() ? 0 : scale.classes.size() - 1;
        for (const auto* ends : {&scale.truthBounds, &scale.predictionBounds})
            if (!ends->empty() && ends->size() != bounds)
                failOn("text", "as many bounds as between its classes are needed");
        return scale;
    } catch (const json::exception& problem) {
        failOn("text", problem.what());
    }
}

PredictionFigures Predictions::ofItems() const {
    std::vector<std::pair<double, double>> pairs;
    for (const PredictedItem& item : items) pairs.emplace_back(item.truth, item.predicted);
    return judged(pairs);
}

PredictionFigures Predictions::ofGroups() const {
    std::vector<std::pair<double, double>> pairs;
    for (const PredictedGroup& group : groups) pairs.emplace_back(group.truth, group.median);
    return judged(pairs);
}

std::optional<PredictionFigures> Predictions::ofConstant() const {
    if (!scale.constant) return std::nullopt;
    std::vector<std::pair<double, double>> pairs;
    for (const PredictedItem& item : items) pairs.emplace_back(item.truth, *scale.constant);
    return judged(pairs);
}

Agreement Predictions::agreement() const {
    Agreement agreement;
    std::vector<double> differences;
    for (const PredictedGroup& group : groups) {
        agreement.points.push_back({group.group, (group.median + group.truth) / 2, group.error()});
        differences.push_back(group.error());
    }
    if (!differences.empty()) std::tie(agreement.bias, agreement.deviation) = spreadOf(differences);
    return agreement;
}

std::string Predictions::csv() const {
    const auto nameOfClass = [&](double value, const std::vector<ClassBound>& bounds) {
        return scale.classed() ? scale.classes[classOf(value, bounds)] : std::string();
    };
    std::map<std::int64_t, std::pair<int, double>> seen;
    for (const PredictedGroup& group : groups) seen[group.group] = {0, group.median};
    std::string text = "group,item,truth,predicted,group_median,truth_class,predicted_class\n";
    for (const PredictedItem& item : items) {
        auto& [number, median] = seen[item.group];
        text += fmt::format("{},{},{:.6g},{:.6g},{:.6g},{},{}\n", item.group, ++number, item.truth,
                            item.predicted, median, nameOfClass(item.truth, scale.truthBounds),
                            nameOfClass(item.predicted, scale.predictionBounds));
    }
    return text;
}

Predictions loadPredictions(const store::Reader& reader, std::int64_t run, std::optional<std::int64_t> step) {
    Predictions predictions;
    predictions.runName = reader.run(run).name;
    if (predictions.runName.empty()) predictions.runName = fmt::format("run {}", run);
    const std::int64_t wanted = step.value_or(std::numeric_limits<std::int64_t>::max());
    for (const store::RecordSteps& recorded : reader.recordSteps(run, store::RecordKind::Matrix)) {
        if (recorded.steps.empty()) continue;
        const bool numbers = recorded.tag.starts_with(predictionPrefix) && predictions.set.empty();
        const bool classes = recorded.tag.starts_with(classPrefix);
        if (!numbers && !classes && !recorded.tag.starts_with(confusionPrefix)) continue;
        // Before the first record: that one.
        auto found = reader.matrix(run, recorded.tag, std::max(wanted, recorded.steps.front()));
        if (!found) continue;
        if (numbers) {
            predictions.set = recorded.tag.substr(predictionPrefix.size());
            predictions.items = itemsOf(found->record);
        } else if (classes) {
            predictions.groups = grouped(itemsOf(found->record));
        } else if (isConfusion(found->record)) {
            predictions.confusions.push_back(
                {recorded.tag.substr(confusionPrefix.size()), found->step, countsOf(found->record)});
        } else {
            continue;
        }
        predictions.step = std::max(predictions.step, found->step);
        predictions.steps.insert(predictions.steps.end(), recorded.steps.begin(), recorded.steps.end());
    }
    std::sort(predictions.steps.begin(), predictions.steps.end());
    predictions.steps.erase(std::unique(predictions.steps.begin(), predictions.steps.end()),
                            predictions.steps.end());
    for (const store::RecordSteps& recorded : reader.recordSteps(run, store::RecordKind::Text)) {
        const bool described = predictions.set.empty()
                                   ? recorded.tag.starts_with(predictionPrefix)
                                   : recorded.tag == predictionPrefix.data() + predictions.set;
        if (!described || recorded.steps.empty()) continue;
        if (const auto text = reader.text(run, recorded.tag, recorded.steps.back()))
            predictions.scale = readPredictionScale(text->record.text);
        break;
    }
    std::stable_sort(predictions.confusions.begin(), predictions.confusions.end(),
                     [&](const NamedConfusion& a, const NamedConfusion& b) {
                         return (a.of == predictions.scale.item) > (b.of == predictions.scale.item);
                     });
    if (!predictions.items.empty()) predictions.groups = grouped(predictions.items);
    const PredictionScale& scale = predictions.scale;
    if (scale.constant && scale.classed()) {
        analysis::Confusion counts(scale.classes.size());
        for (const PredictedItem& item : predictions.items)
            counts.add(static_cast<int>(classOf(item.truth, scale.truthBounds)),
                       static_cast<int>(classOf(*scale.constant, scale.predictionBounds)));
        predictions.constantAccuracy = counts.figures().accuracy;
        predictions.constantF1 = counts.figures().f1Macro;
    } else if (!predictions.confusions.empty()) {
        const std::vector<store::NamedScalar> last = reader.lastScalars(run);
        const std::string constant = "constant/" + predictions.scale.item;
        predictions.constantAccuracy = lastOf(last, constant + "/accuracy");
        predictions.constantF1 = lastOf(last, constant + "/f1_macro");
    }
    return predictions;
}

const char* nameOf(GroupOrder order) {
    for (const auto& [value, name] : orderNames)
        if (value == order) return name;
    return "";
}

GroupOrder groupOrderFrom(std::string_view name) {
    for (const auto& [value, word] : orderNames)
        if (name == word) return value;
    throw Error(ErrorKind::Usage, "groups cannot be sorted so", std::string(name),
                "number, truth, median, mean, deviation, class, error, items");
}

std::vector<std::size_t> ordered(const Predictions& predictions, GroupOrder order, bool reverse) {
    std::vector<double> keys;
    for (const PredictedGroup& group : predictions.groups) {
        const auto classed = [&](double value, const std::vector<ClassBound>& bounds) {
            return static_cast<double>(classOf(value, bounds));
        };
        switch (order) {
            case GroupOrder::Number:
                keys.push_back(static_cast<double>(group.group));
                break;
            case GroupOrder::Truth:
                keys.push_back(group.truth);
                break;
            case GroupOrder::Median:
                keys.push_back(group.median);
                break;
            case GroupOrder::Mean:
                keys.push_back(group.mean);
                break;
            case GroupOrder::Deviation:
                keys.push_back(-group.deviation);
                break;
            case GroupOrder::Class:
                keys.push_back(classed(group.truth, predictions.scale.truthBounds) * 1000 +
                               classed(group.median, predictions.scale.predictionBounds));
                break;
            case GroupOrder::Error:
                keys.push_back(-std::abs(group.error()));
                break;
            case GroupOrder::Items:
                keys.push_back(static_cast<double>(group.predicted.size()));
                break;
        }
    }
    std::vector<std::size_t> places(keys.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
        return reverse ? keys[a] > keys[b] : keys[a] < keys[b];
    });
    return places;
}

}  // namespace filigree::ui
