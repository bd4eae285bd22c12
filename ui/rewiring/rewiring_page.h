// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/canvas_page/record_page.h"

namespace filigree::ui {

class RewiringPainter;
struct Rewiring;

/// All rounds of the current run over time. The step that is chosen here is the one that the page
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

  protected:
    void forget() override;
    void read() override;
    std::function<std::string()> table() const override;

  private:
    void makeBar();
    void addActions();
    void take(Rewiring rewiring);
    void fillLayers(const Rewiring& rewiring);
    void moveStep(int rounds);
    void showStep();

    RewiringPainter& painter_;
    QComboBox* layer_ = nullptr;
    QString wantedLayer_;  ///< empty: all
    bool filling_ = false;
};

}  // namespace filigree::ui
