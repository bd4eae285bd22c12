// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/canvas_page/record_page.h"

class QLineEdit;
class QSlider;

namespace filigree::ui {

class AcquisitionPainter;
class RewiringPainter;
class RewiringView;
struct Acquisition;
struct Rewiring;

/// All rounds of the current run over time, or what the chosen round of a layer chose from, where another
/// trade-off c can be tried without touching the run. The step that is chosen here is the one that the page
/// Connectivity shows.
class RewiringPage : public RecordPage {
    Q_OBJECT
  public:
    RewiringPage(Workspace& workspace, QWidget* parent);

    QString title() const override { return tr("Rewiring"); }
    QString helpTopic() const override { return QStringLiteral("rewiring"); }
    QJsonObject save() const override;
    void restore(const QJsonObject& state) override;
    QString command() const override;
    RewiringPainter& painter() { return painter_; }
    AcquisitionPainter& acquisition() { return acquisition_; }
    /// What a round chose from instead of all rounds.
    void showAcquisition(bool on);
    /// Chooses again with this c.
    void tryTradeOff(double c);

  protected:
    void forget() override;
    void read() override;
    std::function<std::string()> table() const override;
    void emptyClicked() override;

  private:
    void makeBar();
    void makeTrialBar();
    void takeAcquisition(Acquisition acquisition);
    void showTrial();
    void addActions();
    void take(Rewiring rewiring);
    void fillLayers(const std::vector<std::string>& layers, const std::string& chosen, bool withAll);
    void moveStep(int rounds);
    void showStep();

    RewiringView& view_;
    RewiringPainter& painter_;
    AcquisitionPainter& acquisition_;
    QComboBox* show_ = nullptr;
    QComboBox* layer_ = nullptr;
    QWidget* trialBar_ = nullptr;
    QSlider* slider_ = nullptr;
    QLineEdit* tradeOff_ = nullptr;
    QToolButton* own_ = nullptr;
    bool trying_ = false;  ///< another c than the run's own
    QString wantedLayer_;  ///< empty: all
    bool filling_ = false;
};

}  // namespace filigree::ui
