// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "ui/base/page.h"
#include "ui/model/workspace.h"

class QComboBox;
class QLabel;
class QPushButton;
class QStackedLayout;

namespace filigree::ui {

class CanvasWidget;
class ErrorBar;
class GateBoardPainter;
struct GateRecords;

/// The gates of the current run, of any method that records them: channels at a step and over time. Read on a
/// worker; grows with a run that goes on.
class GatesPage : public Page {
    Q_OBJECT
  public:
    GatesPage(Workspace& workspace, QWidget* parent);
    ~GatesPage() override;

    QString title() const override { return tr("Gates"); }
    QString helpTopic() const override { return QStringLiteral("gates"); }
    QJsonObject save() const override;
    void restore(const QJsonObject& state) override;

    /// The picture (.png, twice as fine as the screen) or all scores (.csv).
    void exportTo(const QString& path);
    /// The line that makes the same picture.
    QString command() const;
    GateBoardPainter& painter() { return *painter_; }

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    QWidget* makeBar();
    QWidget* makeEmpty();
    void addActions();
    void takeRun();
    void read();
    void take(GateRecords records);
    void fail(const Error& error);
    void fillGates();
    void moveStep(int records);
    void showStep();
    void showOrder();
    void chooseFile();
    void redraw();

    Workspace& workspace_;
    std::unique_ptr<GateBoardPainter> painter_;
    CanvasWidget* canvas_;
    ErrorBar* errors_;
    QLabel* runLabel_ = nullptr;
    QComboBox* gate_ = nullptr;
    QComboBox* order_ = nullptr;
    QLabel* emptyText_ = nullptr;
    QPushButton* emptyButton_ = nullptr;
    QStackedLayout* stack_ = nullptr;
    RunKey run_;
    QString wantedGate_;  ///< empty: the first
    Request request_;
    Request export_;
    QMetaObject::Connection watched_;
    QTimer again_;  ///< a run that goes on writes several times a second
    bool stale_ = true;
    bool filling_ = false;
};

}  // namespace filigree::ui
