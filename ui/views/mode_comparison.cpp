// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/mode_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "store/reader.h"
#include "store/run_selection.h"
#include "ui/views/predictions.h"

namespace filigree::ui {
namespace {

constexpr const char* routingKey = "gate.routing";
constexpr const char* routings[] = {"plain", "joint", "code", "clean", "heldout"};

constexpr const char* openShare = "gates/share_open";

struct Candidate {
    const char *tag, *title, *constant;
    bool complement = false;  ///< 1 less the value
};
constexpr Candidate candidates[] = {
    {"test/frame/mae_mm", "mean absolute error in mm, per frame", "constant/frame/mae_mm"},
    {"test/polyp/mae_mm", "mean absolute error in mm, per polyp", "constant/polyp/mae_mm"},
    {"test/frame/f1_triclass", "F1 of three classes, weighted, per frame", "constant/frame/f1_triclass"},
    {"test/polyp/f1_triclass", "F1 of three classes, weighted, per polyp", "constant/polyp/f1_triclass"},
    {"test/frame/f1_macro_triclass", "macro F1 of three classes, per frame",
     "constant/frame/f1_triclass_macro"},
    {"test/frame/f1", "F1, weighted, per frame", "constant/frame/f1"},
    {"test/polyp/f1", "F1, weighted, per polyp", "constant/polyp/f1"},
    {"test/frame/f1_macro", "macro F1, per frame", "constant/frame/f1_macro"},
    {"test/acc", "accuracy on test data", nullptr},
    {"gates/informative_auc", "AUC of gates of inputs that matter", nullptr},
    {"gates/share_below_0.5", "share of gates open at least by half", nullptr, true},
};

/// Says nothing about what is compared.
bool isApart(const std::string& key) {
    return key == "seed" || key.starts_with("gate.") || key.starts_with("run.") ||
           key.starts_with("checkpoint.") || key.starts_with("record.");
}

using Config = std::map<std::string, store::ConfigValue>;

std::string textAt(const Config& config, const std::string& key) {
    const auto found = config.find(key);
    return found == config.end() ? std::string("-") : store::toText(found->second);
}

bool isPeer(const store::SelectedRun& run, const store::SelectedRun& of) {
    if (run.info.method != of.info.method || run.info.state != store::RunState::Finished) return false;
    for (const auto* config : {&run.config, &of.config})
        for (const auto& [key, value] : *config)
            if (!isApart(key) && textAt(run.config, key) != textAt(of.config, key)) return false;
    return true;
}

std::size_t rankOf(const Config& config) {
    const auto* const found = std::find(std::begin(routings), std::end(routings), textAt(config, routingKey));
    return static_cast<std::size_t>(found - std::begin(routings));
}

/// Keys of gates in which the runs differ, the routing first.
std::vector<std::string> differingKeys(const std::vector<const store::SelectedRun*>& runs) {
    std::vector<std::string> keys{routingKey};
    for (const auto& [key, value] : runs.front()->config) {
        if (!key.starts_with("gate.") || key == routingKey) continue;
        const std::string own = store::toText(value);
        if (std::any_of(runs.begin(), runs.end(),
                        [&](const auto* run) { return textAt(run->config, key) != own; }))
            keys.push_back(key);
    }
    return keys;
}

std::string nameOf(const Config& config, const std::vector<std::string>& keys) {
    std::string name = textAt(config, routingKey);
    // Without gates nothing else of them matters, unless they are there and stay as they are.
    if (name == "plain" && textAt(config, "gate.frozen") != "true") return name;
    for (const std::string& key : keys)
        if (key != routingKey) name += fmt::format(", {} {}", key.substr(5), textAt(config, key));
    return name;
}

}  // namespace

std::string ModeComparison::csv() const {
    std::string text = "group,figure,runs,mean,sd,constant\n";
    for (std::size_t g = 0; g < groups.size(); ++g)
        for (const ModeFigure& figure : figures) {
            const Spread spread = figure.spread(g);
            if (spread.count == 0) continue;
            text += fmt::format("\"{}\",{},{},{:.8g},{},{}\n", groups[g].name, figure.tag, spread.count,
                                spread.mean,
                                std::isnan(spread.deviation) ? "" : fmt::format("{:.8g}", spread.deviation),
                                figure.constant ? fmt::format("{:.8g}", *figure.constant) : "");
        }
    return text;
}

ModeComparison loadModes(const store::Store& store, std::int64_t run) {
    ModeComparison comparison;
    comparison.run = run;
    const store::Reader reader(store);
    const std::string method = reader.run(run).method;
    for (const store::RecordSteps& recorded : reader.recordSteps(run, store::RecordKind::Text))
        if (recorded.tag.starts_with("predictions/"))
            if (const auto text = reader.text(run, recorded.tag, std::numeric_limits<std::int64_t>::max()))
                comparison.notice = readPredictionScale(text->record.text).notice;
    const std::vector<store::SelectedRun> all = store::selectRuns(store, {});
    const auto own =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.info.id == run; });
    if (own == all.end()) return comparison;  // in the bin
    std::vector<const store::SelectedRun*> peers;
    for (const store::SelectedRun& one : all)
        if (isPeer(one, *own)) peers.push_back(&one);
    if (peers.empty()) return comparison;
    std::stable_sort(peers.begin(), peers.end(),
                     [](const auto* a, const auto* b) { return rankOf(a->config) < rankOf(b->config); });
    const std::vector<std::string> keys = differingKeys(peers);
    std::vector<std::map<std::int64_t, std::int64_t>> newest;  // run of each seed
    for (const store::SelectedRun* const peer : peers) {
        const std::string name = nameOf(peer->config, keys);
        const auto found = std::find_if(comparison.groups.begin(), comparison.groups.end(),
                                        [&](const ModeGroup& group) { return group.name == name; });
        const auto place = static_cast<std::size_t>(found - comparison.groups.begin());
        if (found == comparison.groups.end()) {
            comparison.groups.push_back({name, {}});
            newest.emplace_back();
        }
        std::int64_t& counted = newest[place][peer->info.seed];
        counted = std::max(counted, peer->info.id);
    }
    std::map<std::int64_t, std::size_t> groupOf;
    for (std::size_t g = 0; g < newest.size(); ++g)
        for (const auto& [seed, id] : newest[g]) {
            comparison.groups[g].runs.push_back(id);
            groupOf[id] = g;
        }
    const auto valuesOf = [&](const char* tag) {
        return store::metricValues(store, {store::MetricFunction::Last, tag, 0});
    };
    for (const Candidate& candidate : candidates) {
        ModeFigure figure{candidate.complement ? openShare : candidate.tag,
                          candidate.title,
                          std::vector<std::vector<double>>(comparison.groups.size()),
                          {}};
        bool any = false;
        const auto values = valuesOf(candidate.tag);
        for (const auto& [id, group] : groupOf)
            if (const auto found = values.find(id); found != values.end()) {
                figure.values[group].push_back(candidate.complement ? 1 - found->second : found->second);
                any = true;
            }
        if (!any) continue;
        if (candidate.constant) {
            std::vector<double> constants;
            const auto recorded = valuesOf(candidate.constant);
            for (const auto& [id, group] : groupOf)
                if (const auto found = recorded.find(id); found != recorded.end())
                    constants.push_back(found->second);
            if (!constants.empty()) figure.constant = spreadOf(constants).mean;
        }
        comparison.figures.push_back(std::move(figure));
    }
    return comparison;
}

}  // namespace filigree::ui
