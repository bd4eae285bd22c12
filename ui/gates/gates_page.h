// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/canvas_page/record_page.h"
#include "ui/model/analysis_job.h"

namespace filigree::ui {

class GateBoardPainter;
struct GateRecords;

/// The gates of the current run, of any method that records them: channels at a step and over time.
class GatesPage : public RecordPage {
    Q_OBJECT
  public:
    GatesPage(Workspace& workspace, QWidget* parent);

    QString title() const override { return tr("Gates"); }
    QString helpTopic() const override { return QStringLiteral("gates"); }
    QJsonObject save() const override;
    void restore(const QJsonObject& state) override;
    QString command() const override;
    GateBoardPainter& painter() { return painter_; }
    /// Has the program look at the newest checkpoint: at frames, for their feature maps ("frames"), close
    /// channels ("ablation") or take the closed ones out ("prune"); what it keeps is shown.
    void compute(const char* analysis);

  protected:
    void forget() override;
    void read() override;
    std::function<std::string()> table() const override;

  private:
    void makeBar();
    void addActions();
    void take(GateRecords records);
    void fillGates();
    void fillFrames();
    void readFeatures();
    void readModes();
    void showButton();
    void moveLevel(int levels);
    void moveStep(int records);
    void showStep();
    void jobEnded(AnalysisJob::End how, const QString& words);

    GateBoardPainter& painter_;
    QComboBox* part_ = nullptr;
    QToolButton* close_ = nullptr;
    QComboBox* gate_ = nullptr;
    QComboBox* frame_ = nullptr;  ///< whose feature maps the pointer shows
    QComboBox* order_ = nullptr;
    QString wantedGate_;  ///< empty: the first
    bool filling_ = false;
    AnalysisJob job_;
    RunKey jobRun_;
    Request features_, modes_;
};

}  // namespace filigree::ui
