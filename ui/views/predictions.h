// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/confusion.h"
#include "store/reader.h"

namespace filigree::ui {

/// Where the next class begins, and whether the bound itself belongs to the class below.
struct ClassBound {
    double at = 0;
    bool below = true;
};
/// Number of the class that holds a value; bounds ascending.
std::size_t classOf(double value, const std::vector<ClassBound>& bounds);

/// What is said of predicted numbers: the text record beside them. All but the words may be missing.
struct PredictionScale {
    std::string item = "item", group = "group";  ///< "frame", "polyp"
    std::string unit;                            ///< "mm"
    std::string notice;                          ///< "For research, not for diagnosis"
    std::vector<std::string> classes;
    std::vector<ClassBound> truthBounds, predictionBounds;  ///< one less than classes, or none
    std::optional<double> constant;                         ///< what predicts best without looking

    /// Numbers fall into classes.
    bool classed() const { return !truthBounds.empty() && !predictionBounds.empty(); }
};
/// Reads the text. Throws Error (Data) for one that is damaged.
PredictionScale readPredictionScale(std::string_view text);

struct PredictedItem {
    std::int64_t group = 0;
    double truth = 0, predicted = 0;
};

/// All items of one group, with what is predicted for it.
struct PredictedGroup {
    std::int64_t group = 0;
    double truth = 0;
    std::vector<double> predicted;  ///< of its items, as recorded
    double median = 0, mean = 0;
    double deviation = 0;  ///< sample standard deviation; 0 for a single item
    double error() const { return median - truth; }
};

/// Figures of numbers against their truths.
struct PredictionFigures {
    std::int64_t count = 0;
    double absolute = 0;  ///< mean absolute error
    double squared = 0;   ///< root of the mean squared error
    double bias = 0;      ///< mean of predicted - truth
};

/// Differences against means of prediction and truth (J. M. Bland, D. G. Altman, 1986).
struct Agreement {
    struct Point {
        std::int64_t group;
        double mean, difference;
    };
    std::vector<Point> points;
    double bias = 0, deviation = 0;  ///< of the differences; sample standard deviation
    double low() const { return bias - 1.96 * deviation; }
    double high() const { return bias + 1.96 * deviation; }
};

/// A matrix of counts [truth, prediction] as it was recorded: "confusion/<of>".
struct NamedConfusion {
    std::string of;  ///< "frame"
    std::int64_t step = 0;
    analysis::Confusion counts{0};
};

/// The predictions of a run at a step.
struct Predictions {
    std::string runName;
    std::string set;                  ///< "test"
    std::vector<std::int64_t> steps;  ///< at which predictions or confusions were recorded, ascending
    std::int64_t step = 0;            ///< of these
    PredictionScale scale;
    std::vector<PredictedItem> items;
    /// Ascending number. Where classes are told ("classes/<set>") there are groups without items: their
    /// numbers are those of classes, of which neither mean nor median says anything.
    std::vector<PredictedGroup> groups;
    std::vector<NamedConfusion> confusions;  ///< per item first, if they are named so
    /// Accuracy and macro F1 of the constant prediction over items: from the constant, or as recorded
    /// ("constant/<item>/accuracy", …/f1_macro).
    std::optional<double> constantAccuracy, constantF1;

    bool empty() const { return items.empty() && confusions.empty(); }
    PredictionFigures ofItems() const;
    PredictionFigures ofGroups() const;                   ///< their medians
    std::optional<PredictionFigures> ofConstant() const;  ///< for every item
    Agreement agreement() const;                          ///< of groups
    /// A line per item: group,item,truth,predicted,group_median,truth_class,predicted_class. Items of a group
    /// are numbered from 1; the class is of the item.
    std::string csv() const;
};

/// Reads "predictions/<set>" [item, (group, truth, predicted)] at or before `step` (none: the newest), the
/// text of the same name, "classes/<set>" [item, (group, true class, predicted class)], and every
/// "confusion/…" [truth, prediction]; whoever wrote them. The first set by name. Throws Error (Data) for
/// damaged ones.
Predictions loadPredictions(const store::Reader& reader, std::int64_t run,
                            std::optional<std::int64_t> step = {});

/// By what the table of groups is sorted.
enum class GroupOrder { Number, Truth, Median, Mean, Deviation, Class, Error, Items };
/// "number", "truth", "median", "mean", "deviation", "class", "error" (the largest absolute ones first),
/// "items".
const char* nameOf(GroupOrder order);
/// Throws Error (Usage) for other words.
GroupOrder groupOrderFrom(std::string_view name);
/// Places in `groups`; ascending, but errors and deviations descending; equal ones by number. `reverse` turns
/// the order round.
std::vector<std::size_t> ordered(const Predictions& predictions, GroupOrder order, bool reverse = false);

}  // namespace filigree::ui
