// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/gate_ablation.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace filigree::ui {
namespace {

constexpr const char* tag = "ablation/gates";

[[noreturn]] void damaged(const std::string& why) {
    throw Error(ErrorKind::Data, "the ablation of this run cannot be read", why,
                "compute it again: filigree analyze ablation");
}

}  // namespace

std::optional<ShownAblation> loadAblation(const store::Reader& reader, std::int64_t run) {
    constexpr std::int64_t newest = std::numeric_limits<std::int64_t>::max();
    const auto matrix = reader.matrix(run, tag, newest);
    const auto text = reader.text(run, tag, newest);
    if (!matrix || !text) return std::nullopt;
    const record::Matrix& levels = matrix->record;
    if (levels.shape.size() != 2 || levels.shape[0] < 1 || levels.shape[1] != 6 ||
        static_cast<std::int64_t>(levels.values.size()) != 6 * levels.shape[0])
        damaged("not six numbers a level");
    ShownAblation shown;
    shown.step = matrix->step;
    try {
        const nlohmann::json said = nlohmann::json::parse(text->record.text);
        shown.ablation.data = said.at("data").get<std::string>();
        shown.ablation.item = said.at("item").get<std::string>();
        shown.ablation.unit = said.at("unit").get<std::string>();
        shown.ablation.notice = said.at("notice").get<std::string>();
        shown.ablation.items = said.at("items").get<std::int64_t>();
        shown.ablation.channels = said.at("channels").get<std::int64_t>();
        shown.ablation.constantAccuracy = said.at("constant_accuracy").get<double>();
        shown.ablation.constantF1 = said.at("constant_f1_macro").get<double>();
        const nlohmann::json& error = said.at("constant_absolute_error");
        shown.ablation.constantError =
            error.is_null() ? std::numeric_limits<double>::quiet_NaN() : error.get<double>();
    } catch (const nlohmann::json::exception& problem) {
        damaged(problem.what());
    }
    for (std::size_t i = 0; i < levels.values.size(); i += 6) {
        const auto at = [&](std::size_t k) { return static_cast<double>(levels.values[i + k]); };
        shown.ablation.levels.push_back({std::llround(at(0)), at(1), at(2), at(3), at(4), at(5)});
    }
    return shown;
}

}  // namespace filigree::ui
