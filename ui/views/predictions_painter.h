// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ui/canvas/view.h"
#include "ui/views/drawing.h"
#include "ui/views/frame_explorer.h"
#include "ui/views/plot.h"
#include "ui/views/predictions.h"

namespace filigree::ui {

/// What is drawn of predictions.
enum class PredictionsPart {
    Groups,  ///< a table of groups; beside it the items of the chosen one, and all groups against their truth
    Agreement,  ///< confusion matrices and the Bland-Altman picture of groups
    Frames,     ///< single items of the chosen group, if they were kept
};
/// "groups", "agreement", "frames".
const char* nameOf(PredictionsPart part);
/// Throws Error (Usage) for other words.
PredictionsPart predictionsPartFrom(std::string_view name);

/// Draws predictions of numbers, or of classes, against their truths. In the table a click on a row, and in
/// the pictures on a point, chooses a group; a click on one of its items opens it; a click on a head sorts by
/// it, once more the other way round; the wheel scrolls.
class PredictionsPainter final : public View {
  public:
    void show(Predictions predictions);
    const Predictions& predictions() const { return *predictions_; }
    std::shared_ptr<const Predictions> shared() const { return predictions_; }

    /// Without predicted numbers there is only agreement.
    void setPart(PredictionsPart part) { part_ = part; }
    PredictionsPart part() const;
    void setOrder(GroupOrder order, bool reverse = false);
    GroupOrder order() const { return order_; }
    bool reverse() const { return reverse_; }
    /// The chosen group; the first of the table if there is no such group.
    void choose(std::optional<std::int64_t> group);
    std::optional<std::int64_t> chosen() const;
    /// So many rows further down; the table follows.
    void move(int rows);

    /// Single items of a group; none: nobody has kept them.
    void showFrames(std::int64_t group, std::optional<ShownFrames> frames);
    /// Whether there are some is not known any more.
    void forgetFrames();
    /// Those of the chosen group are shown, or are known to be missing.
    bool framesKnown() const { return framesOf_ && framesOf_ == chosen(); }
    FrameExplorer& explorer() { return explorer_; }

    /// Called while drawing, when a person chose with the mouse.
    std::function<void(std::int64_t)> itemOpened;  ///< of the chosen group, from 1
    std::function<void(std::int64_t)> groupChosen;
    std::function<void(GroupOrder, bool)> orderChosen;

    void draw(const Canvas& canvas) override;
    std::string summary() const override;

  private:
    struct Layout;
    Layout arrange(const Canvas& canvas, float top) const;
    /// Where the head ends.
    float drawHead(const Canvas& canvas) const;
    void drawTable(const Canvas& canvas, const Layout& layout);
    void drawHeads(const Canvas& canvas, const Layout& layout);
    void drawRow(const Canvas& canvas, const Layout& layout, const PredictedGroup& group, float top) const;
    void drawTimeline(const Canvas& canvas, const Layout& layout);
    void drawKey(const Canvas& canvas, const Layout& layout, const PredictedGroup& group) const;
    void openNearest(const Canvas& canvas, const std::vector<ImVec2>& places);
    void drawFrames(const Canvas& canvas, const Layout& layout);
    void drawScatter(const Canvas& canvas, const Layout& layout);
    void drawConfusion(const Canvas& canvas, const Area& area, const NamedConfusion& confusion) const;
    void drawBlandAltman(const Canvas& canvas, const Layout& layout);
    void chooseNearest(const Canvas& canvas, const Plot& plot,
                       const std::vector<std::pair<double, double>>& places);
    void tell(std::int64_t group);
    const PredictedGroup* chosenGroup() const;
    std::string measured(double value) const;
    /// Lines of the head under the name of the run.
    std::string figures() const;
    std::string baseline() const;
    std::string framesWords() const;

    std::shared_ptr<const Predictions> predictions_ = std::make_shared<Predictions>();
    std::vector<std::size_t> rows_;  ///< places in `groups`
    PredictionsPart part_ = PredictionsPart::Groups;
    GroupOrder order_ = GroupOrder::Number;
    bool reverse_ = false;
    std::size_t row_ = 0;  ///< chosen
    FrameExplorer explorer_;
    std::optional<std::int64_t> framesOf_;  ///< what the explorer has, or would have
    std::size_t firstRow_ = 0, visibleRows_ = 1;
};

}  // namespace filigree::ui
