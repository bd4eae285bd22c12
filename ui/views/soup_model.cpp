// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/soup_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace filigree::ui {
namespace {

using nlohmann::json;

/// Where a kind stands within its phase, and what it is called.
struct Kind {
    const char* kind;
    int stage;  ///< 0 pruned, 1 retrained, 2 merged
    const char* title;
};

// In the order of the rows.
constexpr std::array kinds{
    Kind{"pruned", 0, "pruned"},     Kind{"one_shot", 0, "one shot"},
    Kind{"member", 1, "copy"},       Kind{"imp", 1, "IMP"},
    Kind{"imp_long", 1, "IMP long"}, Kind{"swa", 1, "SWA"},
    Kind{"soup", 2, "soup"},         Kind{"greedy", 2, "greedy"},
    Kind{"learned", 2, "learned"},   Kind{"reprune", 2, "pruned again"},
    Kind{"ensemble", 2, "ensemble"}, Kind{"dense_soup", 2, "dense soup"},
};

std::size_t rankOf(const std::string& kind) {
    return static_cast<std::size_t>(
        std::find_if(kinds.begin(), kinds.end(), [&](const Kind& k) { return kind == k.kind; }) -
        kinds.begin());
}

double number(const json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? SoupNetwork::nothing : found->get<double>();
}

void place(Soup& soup) {
    for (SoupNetwork& network : soup.networks) {
        const std::size_t rank = rankOf(network.kind);
        const int stage = rank < kinds.size() ? kinds[rank].stage : 2;
        network.column = network.phase <= 0 ? 0 : 3 * network.phase - 2 + stage;
    }
    std::vector<std::size_t> order(soup.networks.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return rankOf(soup.networks[a].kind) < rankOf(soup.networks[b].kind);
    });
    std::map<int, int> filled;
    for (const std::size_t i : order) soup.networks[i].row = filled[soup.networks[i].column]++;
}

}  // namespace

std::string SoupNetwork::title() const {
    if (kind == "member") {
        const std::size_t space = name.rfind(' ');
        return "copy" + (space == std::string::npos ? "" : name.substr(space));
    }
    const std::size_t rank = rankOf(kind);
    return rank < kinds.size() ? kinds[rank].title : kind;
}

float SoupBarriers::greatest() const {
    float most = 0;
    for (const float value : values) most = std::max(most, value);
    return most;
}

int Soup::phases() const {
    int most = 0;
    for (const SoupNetwork& network : networks) most = std::max(most, network.phase);
    return most;
}

int Soup::rows() const {
    int most = 1;
    for (const SoupNetwork& network : networks) most = std::max(most, network.row + 1);
    return most;
}

const SoupBarriers* Soup::barriersOf(int phase) const {
    for (const SoupBarriers& one : barriers)
        if (one.phase == phase) return &one;
    return nullptr;
}

std::vector<SoupCurve> Soup::curves() const {
    std::vector<SoupCurve> result;
    const auto count = static_cast<std::size_t>(phases()) + 1;
    double dense = SoupNetwork::nothing;
    for (const SoupNetwork& network : networks)
        if (network.kind == "dense") dense = network.accuracy;
    for (const auto& [kind, title] :
         {std::pair{"soup", "soup"}, std::pair{"member", "mean copy"}, std::pair{"greedy", "greedy"},
          std::pair{"ensemble", "ensemble"}, std::pair{"imp", "IMP"}, std::pair{"imp_long", "IMP long"},
          std::pair{"learned", "learned"}, std::pair{"swa", "SWA"}, std::pair{"reprune", "pruned again"}}) {
        SoupCurve curve{kind, title, std::vector<double>(count, SoupNetwork::nothing)};
        std::vector<double> sums(count, 0), found(count, 0);
        for (const SoupNetwork& network : networks)
            if (network.kind == kind && !std::isnan(network.accuracy)) {
                sums[static_cast<std::size_t>(network.phase)] += network.accuracy;
                ++found[static_cast<std::size_t>(network.phase)];
            }
        bool any = false;
        for (std::size_t phase = 1; phase < count; ++phase)
            if (found[phase] > 0) {
                curve.accuracy[phase] = sums[phase] / found[phase];
                any = true;
            }
        if (!any) continue;
        curve.accuracy[0] = dense;
        result.push_back(std::move(curve));
    }
    return result;
}

std::pair<double, double> Soup::range() const {
    double least = std::numeric_limits<double>::infinity(), greatest = -least;
    for (const SoupNetwork& network : networks) {
        if (std::isnan(network.accuracy) || network.kind == "pruned" || network.kind == "one_shot") continue;
        least = std::min(least, network.accuracy);
        greatest = std::max(greatest, network.accuracy);
    }
    if (least > greatest) return {0, 1};
    return {least, greatest};
}

std::string Soup::csv() const {
    std::string text =
        "phase,network,kind,density,run,test_acc,ood_acc,validation_acc,test_loss,configuration\r\n";
    const auto field = [](double value) {
        return std::isnan(value) ? std::string() : fmt::format("{}", value);
    };
    for (const SoupNetwork& n : networks) {
        std::string words = n.configuration;
        for (std::size_t at = 0; (at = words.find('"', at)) != std::string::npos; at += 2)
            words.insert(at, 1, '"');
        text += fmt::format("{},\"{}\",{},{},{},{},{},{},{},\"{}\"\r\n", n.phase, n.name, n.kind, n.density,
                            n.run, field(n.accuracy), field(n.corruptedAccuracy), field(n.validationAccuracy),
                            field(n.loss), words);
    }
    return text;
}

Soup readSoupTree(std::string_view text) {
    Soup soup;
    try {
        const json whole = json::parse(text);
        std::map<std::string, std::size_t> places;
        for (const json& one : whole.at("nodes")) {
            const json& figures = one.at("figures");
            SoupNetwork network;
            network.name = one.at("name");
            network.kind = one.at("kind");
            network.phase = one.at("phase");
            network.density = one.at("density");
            network.run = one.at("run");
            network.accuracy = number(figures, "test_acc");
            network.corruptedAccuracy = number(figures, "ood_acc");
            network.validationAccuracy = number(figures, "validation_acc");
            network.loss = number(figures, "test_loss");
            network.configuration = one.at("configuration");
            if (network.phase < 0 || network.phase > 1000)
                throw Error(ErrorKind::Data,
                            "the tree of networks is damaged: phase " + std::to_string(network.phase));
            places.emplace(network.name, soup.networks.size());
            soup.networks.push_back(std::move(network));
        }
        for (const json& edge : whole.at("edges")) {
            const auto from = places.find(edge.at("from")), to = places.find(edge.at("to"));
            if (from != places.end() && to != places.end())
                soup.networks[to->second].parents.push_back(from->second);
        }
    } catch (const json::exception& error) {
        throw Error(ErrorKind::Data, std::string("the tree of networks is damaged: ") + error.what());
    }
    place(soup);
    return soup;
}

Soup loadSoup(const store::Reader& reader, std::int64_t run) {
    constexpr std::int64_t newest = std::numeric_limits<std::int64_t>::max();
    const store::RunInfo info = reader.run(run);
    Soup soup;
    if (const auto tree = reader.text(run, "soup/tree", newest)) soup = readSoupTree(tree->record.text);
    soup.run = run;
    soup.runName = info.name.empty() ? "run " + std::to_string(run) : info.name;
    // Step 1 ends the dense training, step 1 + i phase i.
    for (int phase = 1; phase <= soup.phases(); ++phase) {
        const auto matrix = reader.matrix(run, "soup/barriers", phase + 1);
        if (!matrix || matrix->step != phase + 1) continue;
        const record::Matrix& record = matrix->record;
        if (record.shape.size() != 2 || record.shape[0] != record.shape[1]) continue;
        soup.barriers.push_back({phase, static_cast<std::size_t>(record.shape[0]), record.values});
    }
    return soup;
}

}  // namespace filigree::ui
