// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/gate_board.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "ui/views/predictions.h"

namespace filigree::ui {
namespace {

constexpr std::string_view prefix = "gate/";
constexpr std::pair<GateOrder, const char*> orderNames[] = {{GateOrder::Recorded, "recorded"},
                                                            {GateOrder::Mean, "mean"},
                                                            {GateOrder::Last, "last"},
                                                            {GateOrder::FirstOpen, "first-open"}};

constexpr std::pair<GatePart, const char*> partNames[] = {
    {GatePart::Board, "board"},       {GatePart::Ridges, "ridges"},   {GatePart::Routing, "routing"},
    {GatePart::Ablation, "ablation"}, {GatePart::Pruning, "pruning"}, {GatePart::Modes, "modes"}};

/// At most `most` of the steps, evenly spread, with the first and the last.
std::vector<std::int64_t> thinned(const std::vector<std::int64_t>& steps, std::size_t most) {
    if (steps.size() <= most || most < 2) return steps;
    std::vector<std::int64_t> some;
    for (std::size_t i = 0; i < most; ++i) some.push_back(steps[i * (steps.size() - 1) / (most - 1)]);
    return some;
}

GateSeries readGate(const store::Reader& reader, std::int64_t run, const store::RecordSteps& recorded,
                    std::size_t mostSteps) {
    GateSeries gate;
    gate.name = recorded.tag.substr(prefix.size());
    for (const std::int64_t step : thinned(recorded.steps, mostSteps)) {
        const auto found = reader.matrix(run, recorded.tag, step);
        if (!found || found->step != step) continue;
        const record::Matrix& matrix = found->record;
        if (matrix.axes != std::vector<std::string>{"channel"} || matrix.values.empty()) continue;
        const auto channels = static_cast<std::int64_t>(matrix.values.size());
        if (gate.channels == 0) gate.channels = channels;
        if (channels != gate.channels) break;
        gate.steps.push_back(step);
        gate.scores.insert(gate.scores.end(), matrix.values.begin(), matrix.values.end());
    }
    return gate;
}

}  // namespace

std::size_t GateSeries::momentAt(std::int64_t step) const {
    const auto after = std::upper_bound(steps.begin(), steps.end(), step);
    return after == steps.begin() ? 0 : static_cast<std::size_t>(after - steps.begin()) - 1;
}

std::string GateRecords::csv() const {
    std::string text = "gate,step,channel,score\n";
    for (const GateSeries& gate : gates)
        for (std::size_t moment = 0; moment < gate.steps.size(); ++moment)
            for (std::int64_t channel = 0; channel < gate.channels; ++channel)
                text += fmt::format("{},{},{},{}\n", gate.name, gate.steps[moment], channel,
                                    gate.at(moment)[channel]);
    return text;
}

GateRecords loadGates(const store::Reader& reader, std::int64_t run, std::size_t mostSteps) {
    GateRecords records;
    records.run = run;
    records.runName = reader.run(run).name;
    if (records.runName.empty()) records.runName = fmt::format("run {}", run);
    for (const store::RecordSteps& recorded : reader.recordSteps(run, store::RecordKind::Matrix)) {
        if (!recorded.tag.starts_with(prefix)) continue;
        GateSeries gate = readGate(reader, run, recorded, mostSteps);
        if (gate.steps.empty()) continue;
        records.steps.insert(records.steps.end(), gate.steps.begin(), gate.steps.end());
        records.gates.push_back(std::move(gate));
    }
    if (!records.gates.empty()) {
        records.routing = loadRoutingPanels(reader, run);
        records.ablation = loadAblation(reader, run);
        records.pruning = loadPruning(reader, run);
        for (const store::RecordSteps& recorded : reader.recordSteps(run, store::RecordKind::Text))
            if (recorded.tag.starts_with("predictions/") && !recorded.steps.empty()) {
                records.ofFrames = true;
                if (const auto text = reader.text(run, recorded.tag, recorded.steps.back()))
                    records.notice = readPredictionScale(text->record.text).notice;
            }
        records.frames = mappedFrames(reader, run);
    }
    std::sort(records.steps.begin(), records.steps.end());
    records.steps.erase(std::unique(records.steps.begin(), records.steps.end()), records.steps.end());
    return records;
}

const char* nameOf(GateOrder order) {
    for (const auto& [value, name] : orderNames)
        if (value == order) return name;
    return "";
}

GateOrder gateOrderFrom(std::string_view name) {
    for (const auto& [value, word] : orderNames)
        if (name == word) return value;
    throw Error(ErrorKind::Usage, "channels cannot be ordered so", std::string(name),
                "recorded, mean, last, first-open");
}

const char* nameOf(GatePart part) {
    for (const auto& [value, name] : partNames)
        if (value == part) return name;
    return "";
}

GatePart gatePartFrom(std::string_view name) {
    for (const auto& [value, word] : partNames)
        if (name == word) return value;
    throw Error(ErrorKind::Usage, "gates have no such part", std::string(name),
                "board, ridges, routing, ablation, pruning, modes");
}

std::vector<std::int32_t> ordered(const GateSeries& gate, GateOrder order) {
    const auto channels = static_cast<std::size_t>(gate.channels);
    std::vector<std::int32_t> numbers(channels);
    std::iota(numbers.begin(), numbers.end(), 0);
    if (order == GateOrder::Recorded || gate.steps.empty()) return numbers;
    std::vector<double> keys(channels);  // ascending
    const std::size_t moments = gate.steps.size();
    for (std::size_t c = 0; c < channels; ++c) {
        if (order == GateOrder::Last) {
            keys[c] = -static_cast<double>(gate.at(moments - 1)[c]);
        } else if (order == GateOrder::Mean) {
            for (std::size_t m = 0; m < moments; ++m) keys[c] -= static_cast<double>(gate.at(m)[c]);
        } else {
            std::size_t m = 0;
            while (m < moments && !(gate.at(m)[c] > 0.5F)) ++m;
            keys[c] = m < moments ? static_cast<double>(gate.steps[m]) : std::numeric_limits<double>::max();
        }
    }
    std::stable_sort(numbers.begin(), numbers.end(), [&](std::int32_t a, std::int32_t b) {
        return keys[static_cast<std::size_t>(a)] < keys[static_cast<std::size_t>(b)];
    });
    return numbers;
}

GateFigures figuresOf(const float* scores, std::size_t count) {
    GateFigures figures;
    figures.count = static_cast<std::int64_t>(count);
    if (count == 0) return figures;
    const auto all = static_cast<double>(count);
    for (std::size_t i = 0; i < count; ++i) {
        figures.effective += static_cast<double>(scores[i]);
        figures.belowHalf += scores[i] < 0.5F ? 1 / all : 0;
        figures.belowTenth += scores[i] < 0.1F ? 1 / all : 0;
    }
    figures.mean = figures.effective / all;
    if (count == 1 || figures.effective <= 0) return figures;
    for (std::size_t i = 0; i < count; ++i) {
        const double p = static_cast<double>(scores[i]) / figures.effective;
        if (p > 0) figures.entropy -= p * std::log(p) / std::log(all);
    }
    return figures;
}

GateFigures figuresAt(const GateRecords& records, std::int64_t step) {
    std::vector<float> all;
    for (const GateSeries& gate : records.gates) {
        const float* const scores = gate.at(gate.momentAt(step));
        all.insert(all.end(), scores, scores + gate.channels);
    }
    return figuresOf(all.data(), all.size());
}

std::vector<float> spread(const float* scores, const std::vector<std::int32_t>& order, std::size_t cells) {
    std::vector<float> places(cells);
    const std::size_t channels = order.size();
    for (std::size_t i = 0; i < cells; ++i) {
        const std::size_t first = i * channels / cells;
        const std::size_t last = std::max(first + 1, (i + 1) * channels / cells);
        float sum = 0;
        for (std::size_t k = first; k < last; ++k) sum += scores[order[k]];
        places[i] = sum / static_cast<float>(last - first);
    }
    return places;
}

std::vector<double> histogramOf(const float* scores, std::size_t count, std::size_t bins) {
    std::vector<double> shares(bins);
    for (std::size_t i = 0; i < count; ++i) {
        const double place = static_cast<double>(scores[i]) * static_cast<double>(bins);
        const auto bin = static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(bins - 1)));
        shares[bin] += 1 / static_cast<double>(count);
    }
    return shares;
}

std::vector<Ridge> ridgesOf(const GateSeries& gate, std::size_t most, std::size_t bins) {
    std::vector<Ridge> ridges;
    const auto channels = static_cast<std::size_t>(gate.channels);
    for (const std::int64_t step : thinned(gate.steps, most)) {
        const float* const scores = gate.at(gate.momentAt(step));
        const GateFigures figures = figuresOf(scores, channels);
        ridges.push_back({step, histogramOf(scores, channels, bins), figures.mean, figures.belowHalf});
    }
    return ridges;
}

}  // namespace filigree::ui
