// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/canvas_page/record_page.h"

namespace filigree::ui {

class SoupPainter;
struct Soup;

/// The networks of the current run's soup: tree, accuracies, barriers. A click on a network opens the run
/// that trained it.
class SoupPage : public RecordPage {
    Q_OBJECT
  public:
    SoupPage(Workspace& workspace, QWidget* parent);

    QString title() const override { return tr("Soup"); }
    QString helpTopic() const override { return QStringLiteral("methods/sparse_model_soups"); }
    QJsonObject save() const override;
    void restore(const QJsonObject& state) override;
    QString command() const override;
    SoupPainter& painter() { return painter_; }

  protected:
    void forget() override;
    void read() override;
    std::function<std::string()> table() const override;

  private:
    void makeBar();
    void take(Soup soup);
    void fillPhases();
    void showPhase();

    SoupPainter& painter_;
    QComboBox* phase_ = nullptr;
    int wantedPhase_ = 0;  ///< 0: the last
    bool filling_ = false;
};

}  // namespace filigree::ui
