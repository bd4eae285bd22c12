// SPDX-License-Identifier: GPL-3.0-or-later
// What a chart shows and how, kept and restored; what lies over its curves.
#include "ui/charts/metric_chart.h"

#include <QMenu>
#include <QPainter>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/base/text.h"
#include "ui/base/theme.h"
#include "ui/charts/chart_header.h"
#include "ui/charts/chart_menu.h"
#include "ui/charts/chart_overlay.h"
#include "ui/charts/chart_plot.h"
#include "ui/charts/chart_settings.h"
#include "ui/charts/figure.h"
#include "ui/charts/figure_dialog.h"
#include "ui/charts/picture_place.h"
#include "ui/model/workspace.h"

namespace filigree::ui {

MetricChart::MetricChart(Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      workspace_(workspace),
      plot_(new ChartPlot(this)),
      header_(new ChartHeader(workspace.theme, this)) {
    plot_->setObjectName(QStringLiteral("chartPlot"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(header_);
    column->addWidget(plot_, 1);

    loadTimer_.setSingleShot(true);
    rebuildTimer_.setSingleShot(true);
    connect(&loadTimer_, &QTimer::timeout, this, &MetricChart::startLoad);
    connect(&rebuildTimer_, &QTimer::timeout, this, &MetricChart::rebuild);
    connect(plot_, &ChartPlot::panned, this, &MetricChart::pan);
    connect(plot_, &ChartPlot::panEnded, this, [this] {
        panTotal_ = {};
        rangeMoved();
        emit viewChanged();
    });
    connect(plot_, &ChartPlot::zoomed, this, &MetricChart::zoom);
    connect(plot_, &ChartPlot::zoomedToBox, this, &MetricChart::zoomToBox);
    connect(plot_, &ChartPlot::brushed, this, &MetricChart::brush);
    connect(plot_, &ChartPlot::clicked, this, &MetricChart::click);
    connect(plot_, &ChartPlot::moved, this, &MetricChart::hover);
    connect(plot_, &ChartPlot::left, this, &MetricChart::leave);
    connect(plot_, &ChartPlot::fitWanted, this, &MetricChart::fitAll);
    connect(plot_, &ChartPlot::menuWanted, this, &MetricChart::openMenu);
    connect(plot_, &ChartPlot::endWanted, this, &MetricChart::showEnd);
    connect(plot_, &QCustomPlot::afterLayout, this, [this] { plot_->update(); });
    plot_->setMarks([this](QPainter& painter) { paintOverlay(painter); });
    connect(header_, &ChartHeader::followWanted, this, &MetricChart::fitAll);
    connect(header_, &ChartHeader::nonFiniteWanted, this, &MetricChart::showFirstNonFinite);
    connect(header_, &ChartHeader::menuWanted, this, [this](QPoint corner) {
        QMenu menu(this);
        fillMenu(menu);
        menu.exec(corner - QPoint(menu.sizeHint().width(), 0));
    });

    connect(&workspace_.theme, &Theme::changed, this, &MetricChart::applyTheme);
    connect(&workspace_.selection, &Selection::hoveredChanged, plot_, qOverload<>(&QWidget::update));
    connect(&workspace_.selection, &Selection::stepChanged, plot_, qOverload<>(&QWidget::update));
    connect(&workspace_.selection, &Selection::runsChanged, this, [this] {
        if (allRuns().size() > 1) rebuildTimer_.start(0);
    });
    connect(&workspace_.stores, &StoreSet::opened, this, [this] {
        watchStores();
        reload();
    });
    connect(&workspace_.stores, &StoreSet::aboutToClose, this, [this] {
        // Answers of a closed store never come.
        QTimer::singleShot(0, this, &MetricChart::reset);
    });
    setLink(nullptr);
    applyTheme();
}

MetricChart::~MetricChart() {
    // A field that loses the focus still acts on the chart.
    delete findChild<ChartSettingsDialog*>();
    for (Request& request : requests_) request.cancel();
    link_->setExtent(this, {});
}

void MetricChart::setRuns(const QList<RunKey>& runs) {
    if (runs == runs_) return;
    runs_ = runs;
    reset();
}

void MetricChart::setMetrics(const QStringList& tags) {
    if (tags == metrics_) return;
    metrics_ = tags;
    reset();
}

void MetricChart::setGroups(const QList<ChartGroup>& groups) {
    if (groups.isEmpty() && groups_.isEmpty()) return;
    groups_ = groups;
    reset();
}

void MetricChart::setBand(Band band) {
    if (band == band_) return;
    band_ = band;
    fitPending_ = true;
    rebuild();
    emit viewChanged();
}

void MetricChart::setTitle(const QString& title) {
    title_ = title;
    updateHeader();
}

QString MetricChart::title() const {
    return style_.title.isEmpty() ? usualTitle() : style_.title;
}

QString MetricChart::usualTitle() const {
    return title_.isEmpty() ? metrics_.join(QStringLiteral(", ")) : title_;
}

void MetricChart::setLink(AxisLink* link) {
    disconnect(link_, nullptr, this, nullptr);
    link_->setExtent(this, {});
    link_ = link ? link : &ownLink_;
    connectLink();
    reset();
}

void MetricChart::connectLink() {
    connect(link_, &AxisLink::axisChanged, this, [this] {
        reset();
        emit viewChanged();
    });
    connect(link_, &AxisLink::rangeChanged, this, &MetricChart::rangeMoved);
    connect(link_, &AxisLink::cursorChanged, this, [this] {
        showValue();
        plot_->update();
    });
    if (link_ != &ownLink_)
        connect(link_, &QObject::destroyed, this, [this] {
            link_ = &ownLink_;
            connectLink();
        });
}

void MetricChart::setYScale(Scale scale) {
    if (scale == yScale_) return;
    yScale_ = scale;
    chosenY_.reset();
    fitPending_ = true;
    rebuild();
    emit viewChanged();
}

void MetricChart::setSmoothing(double halfLife) {
    halfLife = std::isfinite(halfLife) ? std::max(0.0, halfLife) : 0;
    if (halfLife == halfLife_) return;
    halfLife_ = halfLife;
    reset();
    emit viewChanged();
}

void MetricChart::setShowSuperseded(bool show) {
    if (show == superseded_) return;
    superseded_ = show;
    reset();
    emit viewChanged();
}

void MetricChart::setStyle(ChartStyle style) {
    style.lineWidth_px =
        std::isfinite(style.lineWidth_px)
            ? std::clamp(style.lineWidth_px, ChartStyle::thinnest_px, ChartStyle::thickest_px)
            : ChartStyle().lineWidth_px;
    if (style == style_) return;
    style_ = style;
    rebuild();
    emit viewChanged();
}

void MetricChart::fitYAxis() {
    if (!chosenY_) return;
    chosenY_.reset();
    fitPending_ = true;
    rangeMoved();
    emit viewChanged();
}

void MetricChart::editSettings() {
    auto* dialog = findChild<ChartSettingsDialog*>();
    if (!dialog) {
        dialog = new ChartSettingsDialog(*this, this);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
    }
    dialog->show();
    dialog->raise();
    dialog->activateWindow();
}

void MetricChart::fitAll() {
    chosenY_.reset();
    fitPending_ = true;
    if (link_->isFollowing())
        rangeMoved();
    else
        link_->follow();
    emit viewChanged();
}

void MetricChart::zoomY(const Interval& range) {
    const Interval positions{picture_.yScale.position(range.low), picture_.yScale.position(range.high)};
    if (!(positions.high > positions.low) || !std::isfinite(positions.size())) return;
    chosenY_ = picture_.y = positions;
    showRanges();
    emit viewChanged();
}

Interval MetricChart::yRange() const {
    return {picture_.yScale.value(picture_.y.low), picture_.yScale.value(picture_.y.high)};
}

void MetricChart::addToFigure() {
    Picture figure = picture_;
    figure.yLabel = title();
    emit workspace_.addToFigure({}, QString::fromUtf8(figureSvg(figure, FigureSettings())));
}

void MetricChart::exportFigure() {
    Picture figure = picture_;
    figure.yLabel = title();
    auto* dialog = new FigureDialog(workspace_, figure, csv(), window());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MetricChart::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (stale_) reload();
}

void MetricChart::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    // A page of charts changes size at once: each is drawn in a turn of its own, so that the window stays
    // awake.
    if (std::exchange(resizePending_, true)) return;
    QTimer::singleShot(0, this, [this] {
        resizePending_ = false;
        fillPlot(*plot_, picture_, look());
        plot_->replot(QCustomPlot::rpQueuedReplot);
    });
}

void MetricChart::applyTheme() {
    showValue();
    fillPlot(*plot_, picture_, look());
    plot_->replot(QCustomPlot::rpQueuedReplot);
}

PictureLook MetricChart::look() const {
    PictureLook look;
    look.appearance = workspace_.theme.appearance();
    look.font = workspace_.theme.font(0.9);
    look.lineWidth = style_.lineWidth_px;
    look.antialiased = lines_.size() <= 24;
    return look;
}

std::optional<double> MetricChart::xOfStep(qint64 step) const {
    if (link_->axis() == XAxis::Step) return static_cast<double>(step);
    for (const Line& line : lines_) {
        const std::vector<Vertex>& raw = line.curve.raw;
        const auto at =
            std::lower_bound(raw.begin(), raw.end(), step,
                             [](const Vertex& vertex, qint64 value) { return vertex.step < value; });
        if (at != raw.end()) return at->x;
    }
    return {};
}

void MetricChart::paintOverlay(QPainter& painter) {
    if (stale_ && jobs_ == 0 && !loadTimer_.isActive()) reload();
    const RunKey& hovered = workspace_.selection.hovered();
    const bool several = allRuns().size() > 1;
    std::vector<bool> isHovered(picture_.curves.size());
    for (std::size_t i = 0; i < isHovered.size(); ++i)
        isHovered[i] = several && !hovered.isNull() && ownerOf(i) == hovered;
    const auto step = workspace_.selection.step();
    ChartOverlay{picture_,
                 look(),
                 place(),
                 std::move(isHovered),
                 step ? xOfStep(*step) : std::nullopt,
                 link_->cursor(),
                 pointer_,
                 plot_->box(),
                 style_.legend,
                 message(),
                 workspace_.theme.font(1)}
        .paint(painter);
    if (plot_->hasFocus()) {
        painter.setClipping(false);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colour(workspace_.theme.palette().accent), 2));
        painter.drawRect(QRectF(plot_->rect()).adjusted(1, 1, -1, -1));
    }
}

/// Why there is nothing to see; empty if there is something.
QString MetricChart::message() const {
    bool noEpochs = false;
    for (const PictureCurve& curve : picture_.curves)
        if (!curve.vertices.empty() || !curve.nonFinite.empty()) return {};
    for (const Line& line : lines_) noEpochs = noEpochs || line.curve.noEpochs;
    if (!problem_.isEmpty()) return tr("Could not be read: %1").arg(problem_);
    if (allRuns().isEmpty()) return tr("No run is chosen.");
    if (!loadedOnce_) return sinceReset_.elapsed() > 150 ? tr("Reading…") : QString();
    if (noEpochs) return tr("This run does not say how many steps an epoch has.\nChoose step as x axis.");
    return tr("No values of %1 yet.").arg(metrics_.join(QStringLiteral(", ")));
}

/// Of a chart with one curve, beside the title.
void MetricChart::showValue() {
    std::size_t curves = 0, only = 0;
    for (std::size_t i = 0; i < picture_.curves.size(); ++i)
        if (picture_.curves[i].inLegend) {
            ++curves;
            only = i;
        }
    QString text;
    QColor ink;
    if (curves == 1) {
        text = valueText(picture_, only, link_->cursor());
        ink = look().ink(picture_.curves[only]);
    }
    header_->setValue(text, ink);
}

void MetricChart::fillMenu(QMenu& menu) {
    fillChartMenu(*this, menu);
    emit menuFilled(&menu);
}

QString MetricChart::csv() const {
    return pictureCsv(picture_);
}

QJsonObject MetricChart::save() const {
    QJsonObject state{{QStringLiteral("yScale"), static_cast<int>(yScale_)},
                      {QStringLiteral("smoothing"), halfLife_},
                      {QStringLiteral("band"), static_cast<int>(band_)},
                      {QStringLiteral("superseded"), superseded_}};
    if (!style_.title.isEmpty()) state[QStringLiteral("title")] = style_.title;
    if (style_.lineWidth_px != ChartStyle().lineWidth_px)
        state[QStringLiteral("lineWidth")] = style_.lineWidth_px;
    if (!style_.legend) state[QStringLiteral("legend")] = false;
    if (chosenY_) {
        state[QStringLiteral("low")] = yRange().low;
        state[QStringLiteral("high")] = yRange().high;
    }
    if (link_ == &ownLink_) state[QStringLiteral("x")] = link_->save();
    return state;
}

void MetricChart::restore(const QJsonObject& state) {
    const auto choice = [&](const char* key, int count, int otherwise) {
        const int value = state.value(QLatin1String(key)).toInt(otherwise);
        return value >= 0 && value < count ? value : otherwise;
    };
    setStyle({state.value(QLatin1String("title")).toString(),
              state.value(QLatin1String("lineWidth")).toDouble(ChartStyle().lineWidth_px),
              state.value(QLatin1String("legend")).toBool(true)});
    setYScale(static_cast<Scale>(choice("yScale", 3, 0)));
    setSmoothing(state.value(QLatin1String("smoothing")).toDouble());
    setBand(static_cast<Band>(choice("band", 5, static_cast<int>(Band::Deviation))));
    setShowSuperseded(state.value(QLatin1String("superseded")).toBool());
    if (link_ == &ownLink_) link_->restore(state.value(QLatin1String("x")).toObject());
    const QJsonValue low = state.value(QLatin1String("low")), high = state.value(QLatin1String("high"));
    if (low.isDouble() && high.isDouble()) zoomY({low.toDouble(), high.toDouble()});
}

QString MetricChart::summary() const {
    if (picture_.curves.empty()) return tr("%1: no values yet").arg(title());
    QStringList parts;
    for (const PictureCurve& curve : picture_.curves) {
        if (!curve.inLegend || curve.vertices.empty()) continue;
        if (parts.size() == 4) {
            parts << tr("and more");
            break;
        }
        parts << tr("%1 from %2 to %3")
                     .arg(curve.label, formatNumber(curve.vertices.front().y),
                          formatNumber(curve.vertices.back().y));
    }
    return tr("%1: %2").arg(title(), parts.join(QStringLiteral("; ")));
}

}  // namespace filigree::ui
