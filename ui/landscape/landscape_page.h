// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "ui/canvas_page/record_page.h"
#include "ui/landscape/compute_dialog.h"
#include "ui/model/analysis_job.h"
#include "ui/views/barrier_matrix.h"
#include "ui/views/landscape_list.h"

class QProgressBar;
class QPushButton;
class QSplitter;

namespace filigree::ui {

class LandscapeModel;
class LandscapePainter;
class LandscapeView;
class SurfaceList;

/// The loss landscapes of the current run: which the store has, the chosen one on the canvas, and the
/// computation of another by a process of its own, drawn as it goes on. Or the barriers between it and the
/// other selected runs of its store.
class LandscapePage : public RecordPage {
    Q_OBJECT
  public:
    LandscapePage(Workspace& workspace, QWidget* parent);

    QString title() const override { return tr("Landscape"); }
    QString helpTopic() const override { return QStringLiteral("landscape"); }
    QJsonObject save() const override;
    void restore(const QJsonObject& state) override;

    QString command() const override;
    /// Starts the computation and follows it.
    void compute(const run::LandscapeRequest& request);
    /// Starts the computation of the barriers between the current and the other selected runs.
    void computeBarriers();
    LandscapePainter& painter() { return painter_; }
    LandscapeView& shown() const { return view_; }
    const AnalysisJob& job() const { return job_; }

  protected:
    void forget() override;
    void read() override;
    std::function<std::string()> table() const override;
    void noRun() override { showNothing(); }
    void fail(const Error& error) override;
    int readAgain_ms() const override;
    void emptyClicked() override;

  private:
    /// What is read of a run in one go.
    struct Found {
        QString name;
        std::vector<LandscapeEntry> entries;
        std::vector<std::int64_t> checkpoints;
        std::optional<BarrierTable> barriers;  ///< if they are shown
    };

    void makeBar();
    void addActions();
    void fit();
    void zoom(double factor);
    void pan(double right, double up);
    void take(const Found& found);
    void chooseEntry();
    void readChosen();
    void showLandscape(LandscapeModel model);
    void showFields(const LandscapeModel& model);
    static QString fieldText(const QString& field);
    void showNothing();
    void showJob();
    void jobEnded(AnalysisJob::End how, const QString& words);
    void askWhat();
    bool jobIsHere() const { return job_.isRunning() && jobRun_ == run(); }

    bool showsBarriers() const;
    void setShowsBarriers(bool on);
    /// The current run, then the others that are selected.
    std::vector<std::int64_t> comparedRuns() const;
    void takeBarriers(BarrierTable table);
    void chooseFigure();
    bool computesBarriersHere() const { return jobIsHere() && jobIsOfBarriers_; }
    void showBarriersProgress();
    QString barriersCommand() const;

    LandscapeView& view_;
    LandscapePainter& painter_;
    SurfaceList* surfaces_;
    QSplitter* splitter_ = nullptr;
    QLabel* progressText_ = nullptr;
    QProgressBar* progress_ = nullptr;
    QComboBox* field_ = nullptr;
    QPushButton* stop_ = nullptr;
    QPushButton* compute_ = nullptr;
    QToolButton* fit_ = nullptr;
    QToolButton* relief_ = nullptr;
    QToolButton* barriers_ = nullptr;
    QToolButton* export_ = nullptr;
    std::vector<std::int64_t> checkpoints_;  ///< steps, ascending, each once
    QString wantedField_;                    ///< "test/acc"; empty: the first
    QString wantedFigure_;                   ///< of the barriers; empty: the last
    std::optional<LandscapeEntry> shown_;    ///< drawn, or being read to be drawn
    Request surfaceRequest_;
    bool filling_ = false;
    AnalysisJob job_;
    RunKey jobRun_;
    bool jobIsOfBarriers_ = false;
    double jobSince_ = 0;     ///< Unix seconds: what was written later is its own
    bool following_ = false;  ///< the job's landscape is shown as soon as there is one
};

}  // namespace filigree::ui
