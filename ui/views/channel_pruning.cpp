// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/channel_pruning.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace filigree::ui {
namespace {

using nlohmann::json;

constexpr const char* tag = "pruning";

[[noreturn]] void damaged(const std::string& why) {
    throw Error(ErrorKind::Data, "the pruned network of this run cannot be read", why,
                "compute it again: filigree analyze prune");
}

double numberOf(const json& said, const char* key) {
    const json& value = said.at(key);
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

analysis::PrunedFigures figuresOf(const json& said) {
    return {said.at("parameters").get<std::int64_t>(),
            said.at("bytes").get<std::int64_t>(),
            numberOf(said, "multiply_adds"),
            numberOf(said, "latency_ms"),
            numberOf(said, "accuracy"),
            numberOf(said, "f1_macro"),
            numberOf(said, "absolute_error")};
}

}  // namespace

std::optional<ShownPruning> loadPruning(const store::Reader& reader, std::int64_t run) {
    constexpr std::int64_t newest = std::numeric_limits<std::int64_t>::max();
    const auto text = reader.text(run, tag, newest);
    const auto layers = reader.matrix(run, "pruning/layers", newest);
    if (!text || !layers) return std::nullopt;
    ShownPruning shown;
    shown.step = text->step;
    analysis::ChannelPruning& pruning = shown.pruning;
    std::vector<std::string> names;
    std::vector<bool> gates;
    try {
        const json said = json::parse(text->record.text);
        names = said.at("layers").get<std::vector<std::string>>();
        gates = said.at("gates").get<std::vector<bool>>();
        pruning.data = said.at("data").get<std::string>();
        pruning.item = said.at("item").get<std::string>();
        pruning.unit = said.at("unit").get<std::string>();
        pruning.notice = said.at("notice").get<std::string>();
        pruning.items = said.at("items").get<std::int64_t>();
        pruning.batch = said.at("batch").get<std::int64_t>();
        pruning.pairs = said.at("pairs").get<std::int64_t>();
        pruning.threads = said.at("threads").get<int>();
        pruning.threshold = numberOf(said, "threshold");
        pruning.channels = said.at("channels").get<std::int64_t>();
        pruning.closed = said.at("closed").get<std::int64_t>();
        pruning.removed = said.at("removed").get<std::int64_t>();
        pruning.difference = numberOf(said, "difference");
        pruning.speedUp = numberOf(said, "speed_up");
        pruning.before = figuresOf(said.at("before"));
        pruning.after = figuresOf(said.at("after"));
        pruning.constantAccuracy = numberOf(said, "constant_accuracy");
        pruning.constantF1 = numberOf(said, "constant_f1_macro");
        pruning.constantError = numberOf(said, "constant_absolute_error");
    } catch (const json::exception& problem) {
        damaged(problem.what());
    }
    const std::vector<float>& values = layers->record.values;
    if (names.size() != gates.size() || values.size() != 4 * names.size())
        damaged("not four numbers a layer");
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto at = [&](std::size_t k) {
            const float value = values[4 * i + k];
            if (!(value >= 0 && value < 1e9F)) damaged("a layer without channels");
            return std::llround(value);
        };
        pruning.layers.push_back({names[i], gates[i], at(0), at(1), at(2), at(3)});
    }
    return shown;
}

}  // namespace filigree::ui
