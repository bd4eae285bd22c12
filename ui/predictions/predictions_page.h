// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "ui/canvas_page/record_page.h"
#include "ui/model/analysis_job.h"

namespace filigree::ui {

class PredictionsPainter;
struct Predictions;

/// What the current run predicts, against the truth: per group a table with its items, or confusion matrices
/// and the Bland-Altman picture, or single frames.
class PredictionsPage : public RecordPage {
    Q_OBJECT
  public:
    PredictionsPage(Workspace& workspace, QWidget* parent);

    QString title() const override { return tr("Predictions"); }
    QString helpTopic() const override { return QStringLiteral("predictions"); }
    QJsonObject save() const override;
    void restore(const QJsonObject& state) override;
    QString command() const override;
    PredictionsPainter& painter() { return painter_; }
    /// Shows an item of the chosen group; has the program look at the group's items if nobody has yet.
    void openItem(std::int64_t item);
    /// Has the program look at the items of the chosen group with the newest checkpoint.
    void computeFrames();

  protected:
    void forget() override;
    void read() override;
    std::function<std::string()> table() const override;

  private:
    void makeBar();
    void addActions();
    void take(Predictions predictions);
    void choosePart();
    void chooseOrder();
    void moveStep(int records);
    void moveGroup(int rows);
    void moveFrame(int frames);
    /// Of the chosen group, if they are what is shown.
    void readFrames();
    void showButton();
    void jobEnded(AnalysisJob::End how, const QString& words);

    PredictionsPainter& painter_;
    QComboBox* part_ = nullptr;
    QComboBox* order_ = nullptr;
    QToolButton* compute_ = nullptr;
    std::optional<std::int64_t> group_;  ///< chosen by a person
    Request frames_;
    bool computeIfMissing_ = false;
    AnalysisJob job_;
    RunKey jobRun_;
};

}  // namespace filigree::ui
