// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QHash>
#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>
#include <QTimer>
#include <QWidget>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.h"
#include "ui/charts/axis_link.h"
#include "ui/charts/curve_reader.h"
#include "ui/charts/group_statistics.h"
#include "ui/charts/picture.h"
#include "ui/model/run_key.h"
#include "ui/model/store_source.h"

class QMenu;

namespace filigree::ui {

class ChartHeader;
class ChartPlot;
class PicturePlace;
class Workspace;

/// Runs of which a chart shows the mean and a band in place of the single curves.
struct ChartGroup {
    QString name;
    QList<RunKey> runs;
    InkPair ink;  ///< invalid colours: the palette's, by the group's place
};

/// How a chart looks, apart from what it shows and where.
struct ChartStyle {
    static constexpr double thinnest_px = 0.6, thickest_px = 6;
    QString title;  ///< a person's; empty: the usual one
    double lineWidth_px = 1.4;
    bool legend = true;
    bool operator==(const ChartStyle&) const = default;
};

/// Curves of one or several metrics of one or several runs. Reads on workers, only what is seen and no finer
/// than pixels; follows growing runs until a person pans or zooms. Shows and sets the common selection
/// (hovered and selected runs, step).
class MetricChart : public QWidget {
    Q_OBJECT
  public:
    explicit MetricChart(Workspace& workspace, QWidget* parent = nullptr);
    ~MetricChart() override;

    // What is shown.
    void setRuns(const QList<RunKey>& runs);
    const QList<RunKey>& runs() const { return runs_; }
    void setMetric(const QString& tag) { setMetrics({tag}); }
    void setMetrics(const QStringList& tags);
    const QStringList& metrics() const { return metrics_; }
    /// Means with bands; the runs themselves are not drawn then. Empty: single runs again.
    void setGroups(const QList<ChartGroup>& groups);
    const QList<ChartGroup>& groups() const { return groups_; }
    void setBand(Band band);
    Band band() const { return band_; }
    /// In the header unless a person chose another; empty: the metrics' names.
    void setTitle(const QString& title);
    QString usualTitle() const;
    QString title() const;

    // How it is shown.
    /// Charts with one link share the x axis, its range and the cross-hair. nullptr: one of its own.
    void setLink(AxisLink* link);
    AxisLink& link() const { return *link_; }
    void setXAxis(XAxis axis) { link_->setAxis(axis); }
    XAxis xAxis() const { return link_->axis(); }
    void setXScale(Scale scale) { link_->setScale(scale); }
    /// Log becomes symlog where values <= 0 exist, and the chart says so.
    void setYScale(Scale scale);
    Scale yScale() const { return yScale_; }
    /// Half-life in units of x; 0: off.
    void setSmoothing(double halfLife);
    double smoothing() const { return halfLife_; }
    void setShowSuperseded(bool show);
    bool showsSuperseded() const { return superseded_; }
    /// Line widths outside what ChartStyle allows are brought into it.
    void setStyle(ChartStyle style);
    const ChartStyle& style() const { return style_; }

    /// Everything, and follow what comes.
    void fitAll();
    bool isFollowing() const { return link_->isFollowing() && !chosenY_; }
    void zoomX(const Interval& range) { link_->setRange(range); }
    void zoomY(const Interval& range);  ///< in values
    Interval yRange() const;            ///< in values
    bool hasChosenY() const { return chosenY_.has_value(); }
    void fitYAxis();      ///< everything that x shows, and what comes
    void editSettings();  ///< opens the dialog, which goes with the chart

    void exportFigure();  ///< opens the dialog
    void addToFigure();   ///< as it is now, one column wide
    /// What is drawn, as the figure and the table get it.
    const Picture& picture() const { return picture_; }
    /// Comma-separated values of every vertex that is drawn.
    QString csv() const;
    /// Adds what can be done to this chart; for menus of cards.
    void fillMenu(QMenu& menu);

    /// Style, scale, smoothing, band, chosen y range, and the x axis if the link is its own. `restore` takes
    /// any object.
    QJsonObject save() const;
    void restore(const QJsonObject& state);

    /// Sentence for those who do not see the picture.
    QString summary() const;
    bool isLoading() const {
        return jobs_ > 0 || again_ || loadTimer_.isActive() || rebuildTimer_.isActive();
    }
    ChartPlot& plot() const { return *plot_; }
    QSize sizeHint() const override { return {420, 240}; }
    QSize minimumSizeHint() const override { return {220, 140}; }

  signals:
    void viewChanged();            ///< scale, smoothing, range: what save() keeps
    void menuFilled(QMenu* menu);  ///< whoever holds the chart adds what it can do with it
    void picked(const filigree::ui::RunKey& run, qint64 step);  ///< a point of a curve was clicked
    void failed(const filigree::Error& error);

  protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    struct RunFacts {
        QString name;
        InkPair ink;
        Qt::PenStyle dash = Qt::SolidLine;
        bool missing = false;
    };
    struct Line {
        RunKey run;
        QString metric;
        Curve curve;
        std::shared_ptr<SmoothedSeries> smoothed;
    };
    // What is shown and how (metric_chart.cpp)
    void connectLink();
    void applyTheme();
    void showValue();
    QString message() const;
    PictureLook look() const;
    std::optional<double> xOfStep(qint64 step) const;
    void paintOverlay(QPainter& painter);

    // Reading (metric_chart_load.cpp)
    QList<RunKey> allRuns() const;
    void reset();  ///< other runs, metrics, axis: nothing that was read holds
    void watchStores();
    void reload();
    void startLoad();
    void take(const RunKey& run, const store::RunInfo& info, std::vector<Curve> curves);
    void jobDone();
    bool isSeen() const;
    bool needsOtherPart() const;

    // The picture of what was read (metric_chart_picture.cpp)
    static RunFacts factsOf(const store::RunInfo& info);
    void rebuild();
    void addRunCurves(Picture& picture);
    void addGroupCurves(Picture& picture);
    void updateScales(Picture& picture) const;
    void updateExtent();
    void fitY();
    void updateHeader();

    // Gestures (metric_chart_gestures.cpp)
    PicturePlace place() const;
    RunKey ownerOf(std::size_t curve) const;  ///< null for groups
    void showRanges();
    void rangeMoved();
    void pan(QPointF pixels);
    void zoom(QPointF at, double xFactor, double yFactor);
    void zoomToBox(const QRectF& box);
    void brush(const QRectF& box);
    void click(QPointF at, bool add);
    void hover(QPointF at);
    void leave();
    void openMenu(QPoint global, QPointF at);
    void showEnd(int side);
    void showFirstNonFinite();

    Workspace& workspace_;
    AxisLink ownLink_;
    AxisLink* link_ = &ownLink_;
    QList<RunKey> runs_;
    QStringList metrics_;
    QList<ChartGroup> groups_;
    QString title_;
    ChartStyle style_;
    Band band_ = Band::Deviation;
    Scale yScale_ = Scale::Linear;
    double halfLife_ = 0;
    bool superseded_ = false;
    std::optional<Interval> chosenY_;  ///< in positions

    QHash<RunKey, RunFacts> facts_;
    std::vector<Line> lines_;
    std::vector<RunKey> owners_;  ///< of each curve of the picture; null for groups
    Picture picture_;
    std::optional<Interval> loaded_;  ///< part of the axis that the lines hold; none: all of it
    double loadedPositions_ = 0;      ///< its size in positions
    std::optional<Interval> dataY_;   ///< values of all there is
    std::optional<double> extentWhenChosen_;
    QString problem_;

    int generation_ = 0;
    int jobs_ = 0;
    bool again_ = false;
    bool stale_ = true;  ///< must be read when it is seen again
    bool resizePending_ = false;
    bool fitPending_ = true;
    bool loadedOnce_ = false;
    std::vector<Request> requests_;
    std::vector<QMetaObject::Connection> storeConnections_;
    QTimer loadTimer_, rebuildTimer_;
    QElapsedTimer sinceLoad_;
    QElapsedTimer sinceReset_;

    std::optional<QPointF> pointer_;
    QPointF panTotal_;

    ChartPlot* plot_;
    ChartHeader* header_;
};

/// Adds the chart actions (export, copy, fit) to a page that has charts; they act on the chart that has the
/// focus, is under the pointer, or comes first.
void addChartActions(Workspace& workspace, QWidget* page);

}  // namespace filigree::ui
