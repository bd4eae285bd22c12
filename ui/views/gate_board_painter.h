// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ui/canvas/view.h"
#include "ui/views/drawing.h"
#include "ui/views/gate_board.h"
#include "ui/views/gate_features.h"
#include "ui/views/mode_comparison.h"

namespace filigree::ui {

/// Draws the gates of a run. Above, a row per gate: its channels at the shown step, coloured by score. Below,
/// one gate: its channels over all steps, the mean of its scores, and their histogram at the shown step.
/// Dragging over the time picture moves the step, a click on a row chooses its gate; the pointer shows the
/// channel, its score and its course. Or, as another part, the histograms of that gate's scores step below
/// step, or how gradient routing went, or what closing channels costs, or what taking them out saved,
/// or how runs with other gates compare.
class GateBoardPainter final : public View {
  public:
    void show(GateRecords records);
    const GateRecords& records() const { return *records_; }
    /// The same for whoever works with them elsewhere; they never change.
    std::shared_ptr<const GateRecords> sharedRecords() const { return records_; }
    /// The newest if none.
    void setStep(std::optional<std::int64_t> step) { step_ = step; }
    /// The recorded step that is drawn.
    std::int64_t shownStep() const;
    void setPart(GatePart part) { part_ = part; }
    GatePart part() const { return part_; }
    /// The level of the ablation with about so many channels closed; the slider stands there.
    void setClosed(std::int64_t channels);
    /// Of the shown level; 0 without an ablation.
    std::int64_t closed() const;
    /// So many levels on.
    void moveLevel(int levels);
    void setOrder(GateOrder order);
    GateOrder order() const { return order_; }
    /// The gate that is drawn over time; the first for a name that there is not.
    void chooseGate(const std::string& name);
    std::string chosenGate() const;

    /// What the pointer shows of channels of the board beside their scores: their maps for a frame.
    void showFeatures(std::optional<FrameFeatures> features);
    const FrameFeatures* features() const { return features_.get(); }
    /// Runs of the same task with other gates.
    void showModes(std::optional<ModeComparison> modes);
    std::shared_ptr<const ModeComparison> modes() const { return modes_; }
    /// Draws the tip of a channel of the chosen gate, as if the pointer were there; none: where it is.
    void setHovered(std::optional<std::int32_t> channel) { hovered_ = channel; }
    /// The channel of the board that the pointer was last on; none: on no channel.
    std::optional<std::int32_t> pointedChannel() const { return pointed_; }

    /// Called while drawing, when a person chose with the mouse.
    std::function<void(std::int64_t)> stepChosen;
    std::function<void(std::string)> gateChosen;
    std::function<void()> levelChosen;

    void draw(const Canvas& canvas) override;
    std::string summary() const override;

  private:
    struct Layout;
    Layout arrange(const Canvas& canvas) const;
    void drawHead(const Canvas& canvas);
    void drawBoard(const Canvas& canvas, const Layout& layout) const;
    void drawTime(const Canvas& canvas, const Layout& layout) const;
    void drawHistogram(const Canvas& canvas, const Layout& layout) const;
    void drawPointer(const Canvas& canvas, const Layout& layout);
    void drawChannelTip(const Canvas& canvas, const GateSeries& gate, std::int32_t channel, ImVec2 at) const;
    void drawRidges(const Canvas& canvas);
    void drawRouting(const Canvas& canvas);
    void drawAblation(const Canvas& canvas);
    void drawPruning(const Canvas& canvas);
    void drawModes(const Canvas& canvas);
    std::string modesWords() const;
    void drawPanel(const Canvas& canvas, const Area& area, const StepPanel& panel);
    /// The record at a step, told to whoever listens.
    void tellStep(std::int64_t step);
    void drawCourse(const Canvas& canvas, const Layout& layout, const GateSeries& gate,
                    std::int32_t channel) const;

    std::shared_ptr<const GateRecords> records_ = std::make_shared<GateRecords>();
    /// Channels of each gate as they are drawn.
    std::shared_ptr<const std::vector<std::vector<std::int32_t>>> orders_ =
        std::make_shared<std::vector<std::vector<std::int32_t>>>();
    std::uint64_t version_ = 0;
    std::shared_ptr<const FrameFeatures> features_;
    std::shared_ptr<const ModeComparison> modes_;
    std::uint64_t featuresVersion_ = 0;
    std::optional<std::int32_t> hovered_, pointed_;
    std::optional<std::int64_t> step_;
    GatePart part_ = GatePart::Board;
    GateOrder order_ = GateOrder::Mean;
    std::size_t chosen_ = 0;
    std::size_t level_ = 0;  ///< of the ablation
    float shift_ =
        0;  ///< while drawing: by what narrow canvases make the head higher than one line of figures
};

}  // namespace filigree::ui
