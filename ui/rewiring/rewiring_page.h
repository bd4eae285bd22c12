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
class RewiringPainter;
struct Rewiring;

/// All rounds of the current run over time. Read on a worker; grows with a run that goes on. The step that is
/// chosen here is the one that the page Connectivity shows.
class RewiringPage : public Page {
    Q_OBJECT
  public:
    RewiringPage(Workspace& workspace, QWidget* parent);
    ~RewiringPage() override;

    QString title() const override { return tr("Rewiring"); }
    QString helpTopic() const override { return QStringLiteral("rewiring"); }
    QJsonObject save() const override;
    void restore(const QJsonObject& state) override;

    /// The picture (.png, twice as fine as the screen) or what is drawn in strips as numbers (.csv).
    void exportTo(const QString& path);
    /// The line that makes the same picture.
    QString command() const;
    RewiringPainter& painter() { return *painter_; }

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    QWidget* makeBar();
    QWidget* makeEmpty();
    void addActions();
    void takeRun();
    void read();
    void take(Rewiring rewiring);
    void fail(const Error& error);
    void fillLayers(const Rewiring& rewiring);
    void moveStep(int rounds);
    void showStep();
    void chooseFile();

    Workspace& workspace_;
    std::unique_ptr<RewiringPainter> painter_;
    CanvasWidget* canvas_;
    ErrorBar* errors_;
    QLabel* runLabel_ = nullptr;
    QComboBox* layer_ = nullptr;
    QLabel* emptyText_ = nullptr;
    QPushButton* emptyButton_ = nullptr;
    QStackedLayout* stack_ = nullptr;
    RunKey run_;
    QString wantedLayer_;  ///< empty: all
    Request request_;
    QMetaObject::Connection watched_;
    QTimer again_;  ///< a run that goes on writes several times a second
    bool stale_ = true;
    bool filling_ = false;
};

}  // namespace filigree::ui
