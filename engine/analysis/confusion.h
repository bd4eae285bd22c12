// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace filigree::analysis {

/// Figures from a confusion matrix [truth][prediction]. Weighted means weigh classes by their true count; a
/// precision over nothing is 1, as are recall and F1 of a class that neither occurs nor is predicted.
struct ClassFigures {
    double accuracy = 0;
    double f1Weighted = 0, precisionWeighted = 0, recallWeighted = 0;
    double f1Macro = 0;
    double sensitivity = 0;     ///< macro recall
    double macroPrecision = 0;  ///< what the published code of hard-attention gates calls specificity
    double specificity = 0;     ///< macro share of true negatives
};

/// How often each class was taken for each.
class Confusion {
  public:
    explicit Confusion(std::size_t classes) : classes_(classes), counts_(classes * classes) {}
    /// Throws Error (Run) for a class that there is not.
    void add(int truth, int prediction, std::int64_t count = 1);
    std::int64_t at(std::size_t truth, std::size_t prediction) const {
        return counts_[truth * classes_ + prediction];
    }
    /// How often a class is the truth.
    std::int64_t truths(std::size_t truth) const;
    std::int64_t total() const;
    std::size_t classes() const { return classes_; }
    ClassFigures figures() const;

  private:
    std::size_t classes_;
    std::vector<std::int64_t> counts_;
};

}  // namespace filigree::analysis
