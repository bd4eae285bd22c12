// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

/// Which charts a run gets: names of metrics have the form "group/name" or "group/name/part".
namespace filigree::ui {

struct ChartPlan {
    std::string key;                ///< "sparsity/density"; also its title
    std::vector<std::string> tags;  ///< its curves: "layers/density/fc1", "layers/density/fc2"
    bool main = true;               ///< shown at once; the others when asked for
};

struct ChartSection {
    std::string group;  ///< "train"; empty for metrics without a group
    std::vector<ChartPlan> charts;
    bool folded = false;  ///< until a person unfolds it
};

/// Sections in the order in which people look: test, train, sparsity, groups of the method, then (folded)
/// optimizer, layers and perf. Loss and accuracy come first in their section. Of sparsity only what nearly
/// everybody wants is main: density, exploration, churn, drop fraction.
std::vector<ChartSection> chartSections(const std::vector<std::string>& tags);

/// The charts in the order that a person gave them: those that `order` names first, then the others as they
/// come.
std::vector<ChartPlan> inOrder(std::vector<ChartPlan> charts, const std::vector<std::string>& order);

/// The order after `key` took the place of `target`, and what lies between moved up. Names of charts that are
/// not there now are kept: another run may have them.
std::vector<std::string> moved(const std::vector<ChartPlan>& charts, const std::vector<std::string>& order,
                               const std::string& key, const std::string& target);

}  // namespace filigree::ui
