// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <optional>

#include "ui/canvas_page/canvas_page.h"
#include "ui/connectivity/connectivity_source.h"
#include "ui/views/connectivity_model.h"

class QProgressBar;
class QSplitter;
class QTableView;

namespace filigree::ui {

class ConnectivityPainter;
class FilmExport;
class GraphPainter;
class GraphSource;
class LayerList;
class LesionPanel;
class MatrixBar;
class NetworkView;
class RangeControl;
class TransportBar;
class ValuesModel;

/// The connections of the current run: layers on the left, the canvas with the chosen one as a matrix or all
/// as a graph, the range of its colours, a table of values, and the transport bar. Follows the run while it
/// goes on.
class ConnectivityPage : public CanvasPage {
    Q_OBJECT
  public:
    ConnectivityPage(Workspace& workspace, QWidget* parent);

    QString title() const override { return tr("Connectivity"); }
    QString helpTopic() const override { return QStringLiteral("connectivity"); }
    QJsonObject save() const override;
    void restore(const QJsonObject& state) override;

    /// The picture as on the canvas, written to `path`; says how it went.
    void exportTo(const QString& path, QSize pixels, double scale, Appearance appearance);
    QString command() const override;
    /// All frames of the layer, as they are shown, written to `path` as an animated PNG; says how it went.
    void exportFilm(const QString& path);
    ConnectivityPainter& painter() { return painter_; }
    GraphPainter& graph() { return graph_; }
    /// The drawn edges of the graph, written to `path` by a worker; says how it went.
    void exportEdges(const QString& path);

  protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

  private:
    void build();
    void makeBar();
    void addActions();
    void connectModel();
    void followSelection();
    void takeOverview(const ConnectivitySource::Overview& overview);
    void take(const ConnectivitySource::Shown& shown);
    void takeStep(qint64 step);
    void want();
    void showGraph(bool on);
    bool graphIsShown() const;
    void wantGraph();
    void connectGraph();
    void chooseEdgesFile();
    /// What is known of the unit or the connection that is chosen; empty if none is.
    QString description() const;
    /// What the frame is compared with, as it is at the shown step.
    std::optional<Against> against() const;
    std::optional<Against> againstAt(qint64 step) const;
    void pin();
    void showLesions(bool on);
    /// The checkpoint that lesions are of: the newest up to the shown step.
    void chooseCheckpoint();
    void markCut();
    /// Applies the query that `makeQuery` makes of the shown pattern, or tells why it makes none.
    void cut(const std::function<std::string(const Connectivity&)>& makeQuery);
    void draw(std::shared_ptr<const ConnectivityData> shown);
    void showNextOfFilm();
    void watchOrNot();
    void showRange();
    void setColouring(Colouring colouring);
    void showTable(bool on);
    void selectInTable();
    void copyRows();
    void copyDescription();
    void showMenu(const QPoint& global);
    void askForStep();
    void showFrameRate();
    void exportPicture();
    QWidget* makeFilmBar();
    void chooseFilmFile();
    void endFilm(bool saved, const QString& problem, const QString& path);
    void copyPicture(QSize pixels, double scale, Appearance appearance);

    NetworkView& network_;
    ConnectivityPainter& painter_;
    GraphPainter& graph_;
    ConnectivitySource* source_;
    GraphSource* graphSource_;
    LayerList* layers_;
    RangeControl* range_;
    MatrixBar* arrangement_;
    LesionPanel* lesion_;
    TransportBar* transport_;
    QComboBox* colouring_ = nullptr;
    QComboBox* edges_ = nullptr;
    QToolButton* graphButton_ = nullptr;
    Request exportedEdges_;
    QToolButton* filmButton_ = nullptr;
    FilmExport* filmExport_ = nullptr;  ///< while a film is written
    QWidget* filmBar_ = nullptr;
    QProgressBar* filmProgress_ = nullptr;
    QLabel* filmText_ = nullptr;
    QLabel* note_ = nullptr;
    QLabel* rate_ = nullptr;
    QToolButton* changes_ = nullptr;
    QToolButton* tableButton_ = nullptr;
    QToolButton* lesionButton_ = nullptr;
    ValuesModel* values_;
    QTableView* table_;
    QLabel* tableNote_;
    QWidget* tablePanel_;
    QSplitter* splitter_ = nullptr;
    QTimer late_;  ///< dims old content when new content takes long
    QTimer filmTimer_;
    std::vector<std::shared_ptr<const ConnectivityData>> film_;  ///< still to be shown, the last first
    Colouring wanted_ = Colouring::Presence;
    std::vector<qint64> checkpoints_;  ///< steps, ascending
    bool running_ = false;
    bool fromSelection_ = false;
    bool fromTable_ = false;
};

}  // namespace filigree::ui
