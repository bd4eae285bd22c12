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
class SoupPainter;
struct Soup;

/// The networks of the current run's soup: tree, accuracies, barriers. Read on a worker; grows with a run
/// that goes on. A click on a network opens the run that trained it.
class SoupPage : public Page {
    Q_OBJECT
  public:
    SoupPage(Workspace& workspace, QWidget* parent);
    ~SoupPage() override;

    QString title() const override { return tr("Soup"); }
    QString helpTopic() const override { return QStringLiteral("methods/sparse_model_soups"); }
    QJsonObject save() const override;
    void restore(const QJsonObject& state) override;

    /// The picture (.png, twice as fine as the screen) or the networks as a table (.csv).
    void exportTo(const QString& path);
    /// The line that makes the same picture.
    QString command() const;
    SoupPainter& painter() { return *painter_; }

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    QWidget* makeBar();
    QWidget* makeEmpty();
    void addActions();
    void takeRun();
    void read();
    void take(Soup soup);
    void say(const QString& why);
    void fillPhases();
    void chooseFile();

    Workspace& workspace_;
    std::unique_ptr<SoupPainter> painter_;
    CanvasWidget* canvas_;
    ErrorBar* errors_;
    QLabel* runLabel_ = nullptr;
    QComboBox* phase_ = nullptr;
    QLabel* emptyText_ = nullptr;
    QPushButton* emptyButton_ = nullptr;
    QStackedLayout* stack_ = nullptr;
    RunKey run_;
    int wantedPhase_ = 0;  ///< 0: the last
    Request request_;
    QMetaObject::Connection watched_;
    QTimer again_;  ///< a run that goes on writes several times a second
    bool stale_ = true;
    bool filling_ = false;
};

}  // namespace filigree::ui
