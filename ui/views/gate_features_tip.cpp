// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "ui/views/gate_board_painter.h"

/// What the pointer shows of a channel: its scores, and its map for a frame in front of its gate and behind.
namespace filigree::ui {

void GateBoardPainter::showFeatures(std::optional<FrameFeatures> features) {
    features_ = features ? std::make_shared<const FrameFeatures>(std::move(*features)) : nullptr;
    ++featuresVersion_;
}

void GateBoardPainter::drawChannelTip(const Canvas& canvas, const GateSeries& gate, std::int32_t channel,
                                      ImVec2 at) const {
    std::vector<std::string> lines{
        fmt::format("{}, channel {}", gate.name, channel),
        fmt::format("score {:.4f} at step {}", gate.at(gate.momentAt(shownStep()))[channel], shownStep()),
        fmt::format("first {:.4f}, last {:.4f}", gate.at(0)[channel],
                    gate.at(gate.steps.size() - 1)[channel])};
    const GateFeatures* const maps = features_ ? features_->of(gate.name) : nullptr;
    if (!maps || channel >= maps->channels) {
        // Where frames are looked at, they can be looked at with their maps.
        if (records_->ofFrames)
            lines.push_back(
                fmt::format("feature maps: Compute above, or filigree analyze frames {}", records_->run));
        drawTip(canvas, at, lines);
        return;
    }
    const double factor = static_cast<double>(maps->factor(channel)), mean = maps->mean(channel);
    lines.push_back(fmt::format("{}, network of step {}: {}{:.4g} before the gate, {:.4g} after",
                                features_->frame.words, features_->step, maps->isMap() ? "mean " : "", mean,
                                factor * mean));
    if (!features_->notice.empty()) lines.push_back(features_->notice);
    if (!maps->isMap()) {
        drawTip(canvas, at, lines);
        return;
    }
    const auto [least, most] = maps->range(channel);
    lines.push_back(least >= 0 ? fmt::format("colours from 0 to {:.3g}", most)
                               : fmt::format("colours from -{0:.3g} to {0:.3g}", std::max(-least, most)));
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale, size = 104 * u, gap = 10 * u, line = canvas.small->FontSize + 4 * u;
    const Area room = drawTip(canvas, at, lines, {3 * size + 2 * gap, size + line + 4 * u});
    // Slots 0 and 1 hold the board.
    const std::uint64_t one = (featuresVersion_ << 32 | static_cast<std::uint64_t>(channel) << 1) ^
                              std::hash<std::string>()(gate.name) << 33 ^
                              (canvas.appearance == Appearance::Dark ? 1U : 0U);
    const auto picture = [&](std::size_t slot, const char* words, std::function<Picture()> make) {
        const float left = room.left + static_cast<float>(slot - 2) * (size + gap);
        drawText(canvas.small, {left, room.top + 2 * u}, ink(canvas.palette.secondaryText), words);
        list.AddImage(canvas.texture(slot, one, false, std::move(make)), {left, room.top + line},
                      {left + size, room.top + line + size});
    };
    if (features_->image.width > 0) picture(2, "frame", [features = features_] { return features->image; });
    const auto map = [&](double times) {
        return [features = features_, name = gate.name, channel, times, appearance = canvas.appearance] {
            return featurePicture(*features->of(name), channel, times, appearance);
        };
    };
    picture(3, "before its gate", map(1));
    picture(4, "after", map(factor));
}

}  // namespace filigree::ui
