// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/routing_monitor.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace filigree::ui {
namespace {

struct PanelPlan {
    const char* title;
    bool logarithmic;
    std::pair<const char*, const char*> curves[2];  ///< name and tag
};
constexpr PanelPlan plans[] = {
    {"Loss of the two passes", true, {{"weights' pass", "train/loss"}, {"gates' pass", "gate/loss"}}},
    {"Norm of the gradients, after clipping",
     true,
     {{"weights", "train/gradient"}, {"gates", "gate/gradient"}}},
    {"Factor of clipping (1: none)", false, {{"weights' pass", "train/clip"}, {"gates' pass", "gate/clip"}}},
    {"Cosine between the weights' gradients of the two passes", false, {{"cosine", "gate/cosine"}, {}}},
    {"Learning rate", true, {{"weights", "optimizer/lr"}, {"gates", "optimizer/gate_lr"}}},
};

std::vector<std::pair<std::int64_t, double>> pointsOf(const store::Reader& reader, std::int64_t run,
                                                      const char* tag, std::int64_t most) {
    std::vector<std::pair<std::int64_t, double>> points;
    const auto buckets = reader.reducedScalars(run, tag, std::numeric_limits<std::int64_t>::min(),
                                               std::numeric_limits<std::int64_t>::max(), most / 2);
    for (const store::ScalarBucket& bucket : buckets) {
        if (!std::isfinite(bucket.least)) continue;
        std::pair first(bucket.leastStep, bucket.least), second(bucket.greatestStep, bucket.greatest);
        if (second.first < first.first) std::swap(first, second);
        points.push_back(first);
        if (second.first != first.first) points.push_back(second);
    }
    return points;
}

}  // namespace

double StepCurve::at(std::int64_t step) const {
    const auto after = std::upper_bound(points.begin(), points.end(), step,
                                        [](std::int64_t s, const auto& point) { return s < point.first; });
    return after == points.begin() ? std::numeric_limits<double>::quiet_NaN() : std::prev(after)->second;
}

std::vector<StepPanel> loadRoutingPanels(const store::Reader& reader, std::int64_t run, std::int64_t most) {
    std::vector<StepPanel> panels;
    const std::vector<std::string> tags = reader.scalarTags(run);
    for (const PanelPlan& plan : plans) {
        StepPanel panel{plan.title, plan.logarithmic, {}};
        for (const auto& [name, tag] : plan.curves) {
            if (!tag || std::find(tags.begin(), tags.end(), tag) == tags.end()) continue;
            StepCurve curve{name, tag, pointsOf(reader, run, tag, most)};
            for (const auto& point : curve.points) panel.logarithmic = panel.logarithmic && point.second > 0;
            if (!curve.points.empty()) panel.curves.push_back(std::move(curve));
        }
        if (!panel.curves.empty()) panels.push_back(std::move(panel));
    }
    return panels;
}

}  // namespace filigree::ui
