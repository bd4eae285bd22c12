// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/profile_report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/platform.h"

namespace filigree::app {

double ProfileRow::rooflineShare(const backend::MachinePeak& peak) const {
    return std::max(flops / (peak.gflops * 1e9), bytes / (peak.streamGigabytes * 1e9)) / seconds;
}

std::vector<ProfileRow> summarize(std::span<const profile::Event> events) {
    std::map<std::tuple<std::string, std::string, profile::Phase>, ProfileRow> rows;
    for (const profile::Event& event : events) {
        ProfileRow& row = rows[{event.layer, event.operation, event.phase}];
        row.layer = event.layer;
        row.operation = event.operation;
        row.phase = event.phase;
        ++row.calls;
        row.seconds += event.seconds;
        row.flops += event.flops;
        row.bytes += event.bytes;
    }
    std::vector<ProfileRow> list;
    for (auto& [key, row] : rows) list.push_back(std::move(row));
    std::stable_sort(list.begin(), list.end(),
                     [](const ProfileRow& a, const ProfileRow& b) { return a.seconds > b.seconds; });
    return list;
}

nlohmann::json traceOf(std::span<const profile::Event> events, const std::string& title) {
    const std::int64_t process = platform::processId();
    nlohmann::json list = nlohmann::json::array();
    list.push_back({{"name", "process_name"}, {"ph", "M"}, {"pid", process}, {"args", {{"name", title}}}});
    for (const profile::Event& event : events)
        list.push_back(
            {{"name", event.layer.empty() ? event.operation : event.layer + ": " + event.operation},
             {"cat", profile::nameOf(event.phase)},
             {"ph", "X"},
             {"ts", event.startSeconds * 1e6},
             {"dur", event.seconds * 1e6},
             {"pid", process},
             {"tid", 1},
             {"args",
              {{"layer", event.layer},
               {"operation", event.operation},
               {"flops", event.flops},
               {"bytes", event.bytes}}}});
    return {{"displayTimeUnit", "ms"}, {"traceEvents", std::move(list)}};
}

}  // namespace filigree::app
