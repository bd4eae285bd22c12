// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <memory>
#include <optional>

#include "ui/base/page.h"
#include "ui/landscape/compute_dialog.h"
#include "ui/landscape/landscape_job.h"
#include "ui/model/workspace.h"
#include "ui/views/landscape_list.h"

class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QSplitter;
class QStackedLayout;
class QToolButton;

namespace filigree::ui {

class CanvasWidget;
class ErrorBar;
class LandscapeModel;
class LandscapePainter;
class SurfaceList;

/// The loss landscapes of the current run: which the store has, the chosen one on the canvas, and the
/// computation of another by a process of its own, drawn as it goes on.
class LandscapePage : public Page {
    Q_OBJECT
  public:
    LandscapePage(Workspace& workspace, QWidget* parent);
    ~LandscapePage() override;

    QString title() const override { return tr("Landscape"); }
    QString helpTopic() const override { return QStringLiteral("landscape"); }
    QJsonObject save() const override;
    void restore(const QJsonObject& state) override;

    /// The picture (.png, twice as fine as the screen) or all values (.csv).
    void exportTo(const QString& path);
    /// The line that makes the same picture.
    QString command() const;
    /// Starts the computation and follows it.
    void compute(const run::LandscapeRequest& request);
    LandscapePainter& painter() { return *painter_; }
    const LandscapeJob& job() const { return job_; }

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    /// What is read of a run in one go.
    struct Found {
        QString name;
        std::vector<LandscapeEntry> entries;
        std::vector<std::int64_t> checkpoints;
    };

    QWidget* makeBar();
    QWidget* makeEmpty();
    void addActions();
    void fit();
    void zoom(double factor);
    void pan(double right, double up);
    void takeRun();
    void read();
    void take(const Found& found);
    void chooseEntry();
    void readChosen();
    void showLandscape(LandscapeModel model);
    void showFields(const LandscapeModel& model);
    void showEmpty();
    void showJob();
    void jobEnded(LandscapeJob::End how, const QString& words);
    void askWhat();
    void chooseFile();
    bool jobIsHere() const { return job_.isRunning() && jobRun_ == run_; }

    Workspace& workspace_;
    std::unique_ptr<LandscapePainter> painter_;
    CanvasWidget* canvas_;
    ErrorBar* errors_;
    SurfaceList* surfaces_;
    QSplitter* splitter_ = nullptr;
    QStackedLayout* stack_ = nullptr;
    QLabel* runLabel_ = nullptr;
    QLabel* progressText_ = nullptr;
    QProgressBar* progress_ = nullptr;
    QComboBox* field_ = nullptr;
    QPushButton* stop_ = nullptr;
    QPushButton* compute_ = nullptr;
    QToolButton* fit_ = nullptr;
    QToolButton* relief_ = nullptr;
    QToolButton* export_ = nullptr;
    QLabel* emptyText_ = nullptr;
    QPushButton* emptyButton_ = nullptr;
    RunKey run_;
    std::vector<std::int64_t> checkpoints_;  ///< steps, ascending, each once
    QString wantedField_;                    ///< "test/acc"; empty: the first
    std::optional<LandscapeEntry> shown_;    ///< drawn, or being read to be drawn
    Request listRequest_, surfaceRequest_;
    QMetaObject::Connection watched_;
    QTimer again_;  ///< a store that is written changes several times a second
    bool stale_ = true;
    bool filling_ = false;
    LandscapeJob job_;
    RunKey jobRun_;
    double jobSince_ = 0;     ///< Unix seconds: what was written later is its own
    bool following_ = false;  ///< the job's landscape is shown as soon as there is one
};

}  // namespace filigree::ui
