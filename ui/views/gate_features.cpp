// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/gate_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "ui/theme/colour_map.h"
#include "ui/views/frames.h"

namespace filigree::ui {
namespace {

using nlohmann::json;

constexpr std::string_view prefix = "frames/";
constexpr std::int64_t newest = std::numeric_limits<std::int64_t>::max();

[[noreturn]] void failOn(const std::string& tag, const char* why) {
    throw Error(ErrorKind::Data, "recorded feature maps cannot be read", tag + ": " + why,
                "compute them again: filigree analyze frames");
}

/// Which frames of a group have maps, and of which gates.
struct Kept {
    std::int64_t step = 0;
    std::vector<std::int64_t> items;
    std::vector<std::string> gates;
    std::string item, group, notice;
};

std::optional<Kept> keptOf(const store::Reader& reader, std::int64_t run, const std::string& tag) {
    const auto text = reader.text(run, tag, newest);
    if (!text) return std::nullopt;
    Kept kept;
    kept.step = text->step;
    const PredictionScale scale = readPredictionScale(text->record.text);
    kept.item = scale.item;
    kept.group = scale.group;
    kept.notice = scale.notice;
    std::int64_t mapped = 0;
    try {
        const json said = json::parse(text->record.text);
        kept.gates = said.value("gates", std::vector<std::string>());
        mapped = said.value("mapped", std::int64_t{0});
    } catch (const json::exception&) {
        failOn(tag, "not what was kept");
    }
    const auto numbers = reader.matrix(run, tag, kept.step);
    if (!numbers || numbers->record.shape.size() != 2 || numbers->record.shape[1] != 4 || mapped < 0 ||
        mapped > numbers->record.shape[0])
        failOn(tag, "not four numbers of every frame");
    for (std::int64_t i = 0; i < mapped; ++i) {
        const float item = numbers->record.values[static_cast<std::size_t>(4 * i)];
        if (!(std::abs(item) < 1e9F)) failOn(tag, "a frame without a number");
        kept.items.push_back(std::llround(item));
    }
    return kept;
}

MappedFrame named(const Kept& kept, std::int64_t group, std::int64_t item) {
    return {group, item, fmt::format("{} {}, {} {}", kept.group, group, kept.item, item)};
}

}  // namespace

std::vector<MappedFrame> mappedFrames(const store::Reader& reader, std::int64_t run) {
    std::vector<MappedFrame> frames;
    for (const store::RecordSteps& recorded : reader.recordSteps(run, store::RecordKind::Text)) {
        if (!recorded.tag.starts_with(prefix)) continue;
        std::int64_t group = 0;
        const char* const end = recorded.tag.data() + recorded.tag.size();
        if (const auto [at, problem] = std::from_chars(recorded.tag.data() + prefix.size(), end, group);
            problem != std::errc() || at != end)
            continue;
        if (const auto kept = keptOf(reader, run, recorded.tag); kept && !kept->gates.empty())
            for (const std::int64_t item : kept->items) frames.push_back(named(*kept, group, item));
    }
    std::sort(frames.begin(), frames.end(), [](const MappedFrame& a, const MappedFrame& b) {
        return std::pair(a.group, a.item) < std::pair(b.group, b.item);
    });
    return frames;
}

std::pair<float, float> GateFeatures::range(std::int64_t channel) const {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(channel * rows * columns);
    const auto [least, most] =
        std::minmax_element(first, first + static_cast<std::ptrdiff_t>(rows * columns));
    return {*least, *most};
}

double GateFeatures::mean(std::int64_t channel) const {
    double sum = 0;
    for (std::int64_t i = 0; i < rows * columns; ++i)
        sum += static_cast<double>(values[static_cast<std::size_t>(channel * rows * columns + i)]);
    return sum / static_cast<double>(rows * columns);
}

const GateFeatures* FrameFeatures::of(const std::string& gate) const {
    const auto found =
        std::find_if(gates.begin(), gates.end(), [&](const GateFeatures& one) { return one.gate == gate; });
    return found == gates.end() ? nullptr : &*found;
}

std::optional<FrameFeatures> loadFeatures(const store::Reader& reader, std::int64_t run,
                                          const MappedFrame& frame) {
    const std::string tag = fmt::format("{}{}", prefix, frame.group);
    const auto kept = keptOf(reader, run, tag);
    if (!kept) return std::nullopt;
    const auto place = std::find(kept->items.begin(), kept->items.end(), frame.item);
    if (place == kept->items.end()) return std::nullopt;
    const auto number = place - kept->items.begin();
    FrameFeatures features{named(*kept, frame.group, frame.item), kept->step, kept->notice, {}, {}};
    if (const auto frames = loadFrames(reader, run, frame.group))
        features.image = imageOf(frames->set, frames->placeOf(frame.item));
    for (const std::string& name : kept->gates) {
        const std::string where = tag + "/features/" + name;
        auto maps = reader.matrix(run, where, kept->step);
        auto factors = reader.matrix(run, tag + "/factors/" + name, kept->step);
        if (!maps || !factors) failOn(where, "missing");
        const std::vector<std::int64_t>& shape = maps->record.shape;
        if (shape.size() != 4 || shape[0] != std::ssize(kept->items) || shape[1] < 1 || shape[2] < 1 ||
            shape[3] < 1 || shape[1] != std::ssize(factors->record.values))
            failOn(where, "not a map of every channel");
        GateFeatures gate{name, shape[1], shape[2], shape[3], {}, std::move(factors->record.values)};
        const std::ptrdiff_t each = gate.channels * gate.rows * gate.columns;
        const auto first = maps->record.values.begin() + number * each;
        gate.values.assign(first, first + each);
        features.gates.push_back(std::move(gate));
    }
    return features;
}

Picture featurePicture(const GateFeatures& gate, std::int64_t channel, double factor, Appearance appearance) {
    const auto [least, most] = gate.range(channel);
    const double limit =
        std::max({std::abs(static_cast<double>(least)), std::abs(static_cast<double>(most)), 1e-12});
    Picture picture(static_cast<int>(gate.columns), static_cast<int>(gate.rows));
    const float* const from = gate.values.data() + channel * gate.rows * gate.columns;
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
        const double share = std::clamp(factor * static_cast<double>(from[i]) / limit, -1.0, 1.0);
        picture.pixels[i] = packed(
            least >= 0
                ? sequentialMap(appearance)[static_cast<std::size_t>(std::lround(255 * share))]
                : divergingMap(appearance)[static_cast<std::size_t>(std::lround(127.5 + 127.5 * share))]);
    }
    return picture;
}

}  // namespace filigree::ui
