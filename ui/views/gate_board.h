// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/reader.h"
#include "ui/views/channel_pruning.h"
#include "ui/views/gate_ablation.h"
#include "ui/views/gate_features.h"
#include "ui/views/routing_monitor.h"

namespace filigree::ui {

/// The scores of one gate over a run.
struct GateSeries {
    std::string name;
    std::int64_t channels = 0;
    std::vector<std::int64_t> steps;  ///< ascending
    std::vector<float> scores;        ///< [step, channel], in [0, 1]

    const float* at(std::size_t moment) const {
        return scores.data() + moment * static_cast<std::size_t>(channels);
    }
    /// The record at or before a step; the first one before all of them.
    std::size_t momentAt(std::int64_t step) const;
};

/// All gates of a run.
struct GateRecords {
    std::int64_t run = 0;
    std::string runName;
    std::vector<GateSeries> gates;    ///< as recorded: ascending name
    std::vector<std::int64_t> steps;  ///< at which any gate was recorded, ascending
    std::vector<StepPanel> routing;   ///< how they were trained
    std::optional<ShownAblation> ablation;
    std::optional<ShownPruning> pruning;
    bool ofFrames = false;            ///< the run predicts something of frames, which can be looked at
    std::string notice;               ///< "For research, not for diagnosis", where its predictions say so
    std::vector<MappedFrame> frames;  ///< with feature maps
    /// A line per gate, step and channel: gate,step,channel,score.
    std::string csv() const;
};

/// Reads every matrix "gate/…" with the one axis "channel", whoever wrote it; of more than `mostSteps`
/// records of a gate so many evenly spread ones, the last among them. A gate whose number of channels changes
/// is left out from there on. A run without gates has none.
GateRecords loadGates(const store::Reader& reader, std::int64_t run, std::size_t mostSteps = 2000);

/// How the channels of a gate stand in a row.
enum class GateOrder {
    Recorded,   ///< by number
    Mean,       ///< by the mean over the run, greatest first
    Last,       ///< by the last score, greatest first
    FirstOpen,  ///< by the first step with a score above 1/2, earliest first; never: last
};
/// "recorded", "mean", "last", "first-open".
const char* nameOf(GateOrder order);
/// Throws Error (Usage) for other words.
GateOrder gateOrderFrom(std::string_view name);

/// What is drawn of gates.
enum class GatePart {
    Board,     ///< channels at a step, and one gate over time
    Ridges,    ///< histograms of one gate's scores, step below step
    Routing,   ///< the two passes of gradient routing over the run
    Ablation,  ///< what the network still does with its weakest channels closed
    Pruning,   ///< what taking them out saved
    Modes,     ///< runs of the same task with other gates, over seeds
};
/// "board", "ridges", "routing", "ablation", "pruning", "modes".
const char* nameOf(GatePart part);
/// Throws Error (Usage) for other words.
GatePart gatePartFrom(std::string_view name);

/// Numbers of channels in their order; equal ones by number.
std::vector<std::int32_t> ordered(const GateSeries& gate, GateOrder order);

/// What many scores have in common.
struct GateFigures {
    double mean = 0;
    double effective = 0;   ///< sum of scores: channels as if all were open or closed
    double belowHalf = 0;   ///< share
    double belowTenth = 0;  ///< share
    double entropy = 0;     ///< of p = s / sum s, over log(channels): 1 when all are alike
    std::int64_t count = 0;
};
GateFigures figuresOf(const float* scores, std::size_t count);
/// Of all gates at a step.
GateFigures figuresAt(const GateRecords& records, std::int64_t step);

/// A gate's channels in their order, spread over `cells` places: each the mean of the channels that it
/// covers, or the channel that covers it.
std::vector<float> spread(const float* scores, const std::vector<std::int32_t>& order, std::size_t cells);

/// Shares of scores in `bins` equal parts of [0, 1].
std::vector<double> histogramOf(const float* scores, std::size_t count, std::size_t bins);

/// The histogram of a gate's scores at one of its records.
struct Ridge {
    std::int64_t step = 0;
    std::vector<double> shares;
    double mean = 0, belowHalf = 0;
};
/// At most `most` records of a gate, evenly spread, with the first and the last.
std::vector<Ridge> ridgesOf(const GateSeries& gate, std::size_t most, std::size_t bins);

}  // namespace filigree::ui
