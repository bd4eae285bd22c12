// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run/metric_groups.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <tuple>

namespace filigree::ui {
namespace {

constexpr std::array<std::string_view, 3> first{"test", "train", "sparsity"};
constexpr std::array<std::string_view, 3> last{"optimizer", "layers", "perf"};
constexpr std::array<std::string_view, 6> leading{"loss",    "acc",         "accuracy",
                                                  "density", "exploration", "churn"};
constexpr std::array<std::string_view, 4> mainSparsity{"density", "exploration", "churn", "drop_fraction"};

template <typename List>
std::size_t placeIn(const List& list, std::string_view word) {
    return static_cast<std::size_t>(std::find(list.begin(), list.end(), word) - list.begin());
}

std::tuple<std::size_t, std::size_t, std::string> order(const std::string& group) {
    const std::size_t late = placeIn(last, group);
    return {late < last.size() ? 1 + late : 0, placeIn(first, group), group};
}

}  // namespace

std::vector<ChartSection> chartSections(const std::vector<std::string>& tags) {
    std::map<std::string, std::map<std::string, std::vector<std::string>>> groups;
    for (const std::string& tag : tags) {
        const std::size_t slash = tag.find('/');
        const std::string group = slash == std::string::npos ? std::string() : tag.substr(0, slash);
        const std::size_t part = slash == std::string::npos ? slash : tag.find('/', slash + 1);
        groups[group][tag.substr(0, part)].push_back(tag);
    }
    std::vector<ChartSection> sections;
    for (auto& [group, charts] : groups) {
        ChartSection section{group, {}, placeIn(last, group) < last.size()};
        for (auto& [key, series] : charts) {
            const std::string name = group.empty() ? key : key.substr(group.size() + 1);
            bool isMain = !name.starts_with("final_");
            if (group == "sparsity") isMain = placeIn(mainSparsity, name) < mainSparsity.size();
            section.charts.push_back({key, std::move(series), isMain});
        }
        std::stable_sort(section.charts.begin(), section.charts.end(),
                         [&, &group = group](const ChartPlan& a, const ChartPlan& b) {
                             const std::size_t skip = group.empty() ? 0 : group.size() + 1;
                             const std::size_t left = placeIn(leading, std::string_view(a.key).substr(skip));
                             const std::size_t right = placeIn(leading, std::string_view(b.key).substr(skip));
                             return std::tuple(!a.main, left, a.key) < std::tuple(!b.main, right, b.key);
                         });
        // A section of nothing but extras would look empty.
        if (std::none_of(section.charts.begin(), section.charts.end(),
                         [](const ChartPlan& c) { return c.main; }))
            for (ChartPlan& chart : section.charts) chart.main = true;
        sections.push_back(std::move(section));
    }
    std::stable_sort(sections.begin(), sections.end(), [](const ChartSection& a, const ChartSection& b) {
        return order(a.group) < order(b.group);
    });
    return sections;
}

std::vector<ChartPlan> inOrder(std::vector<ChartPlan> charts, const std::vector<std::string>& order) {
    std::stable_sort(charts.begin(), charts.end(), [&](const ChartPlan& a, const ChartPlan& b) {
        return placeIn(order, a.key) < placeIn(order, b.key);
    });
    return charts;
}

std::vector<std::string> moved(const std::vector<ChartPlan>& charts, const std::vector<std::string>& order,
                               const std::string& key, const std::string& target) {
    std::vector<std::string> keys = order;
    for (const ChartPlan& chart : charts)
        if (std::find(keys.begin(), keys.end(), chart.key) == keys.end()) keys.push_back(chart.key);
    const auto from = std::find(keys.begin(), keys.end(), key);
    const auto to = std::find(keys.begin(), keys.end(), target);
    if (from == keys.end() || to == keys.end()) return order;
    if (from < to)
        std::rotate(from, from + 1, to + 1);
    else
        std::rotate(to, from, from + 1);
    return keys;
}

}  // namespace filigree::ui
