// SPDX-License-Identifier: GPL-3.0-or-later
// The half of the chart that a person sees and touches.
#include "ui/charts/metric_chart.h"

#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>

#include "ui/base/text.h"
#include "ui/base/theme.h"
#include "ui/charts/chart_plot.h"
#include "ui/charts/chart_settings.h"
#include "ui/charts/figure.h"
#include "ui/charts/figure_dialog.h"
#include "ui/charts/ticks.h"
#include "ui/model/workspace.h"

namespace filigree::ui {
namespace {

constexpr double hoverRadius = 10;        // pixels
constexpr double verticalThreshold = 24;  // pixels a drag must go up or down before it moves the y axis

QString xText(XAxis axis, double x) {
    if (axis == XAxis::Time) return formatDuration(x);
    return axis == XAxis::Step ? formatCount(std::llround(x)) : formatNumber(x);
}

const char* axisWord(XAxis axis) {
    constexpr std::array words{QT_TRANSLATE_NOOP("filigree::ui::MetricChart", "step %1"),
                               QT_TRANSLATE_NOOP("filigree::ui::MetricChart", "epoch %1"), "%1"};
    return words[static_cast<std::size_t>(axis)];
}

/// The vertex nearest to x; null without any.
const Vertex* vertexAt(const std::vector<Vertex>& vertices, double x) {
    if (vertices.empty()) return nullptr;
    auto after = std::lower_bound(vertices.begin(), vertices.end(), x,
                                  [](const Vertex& vertex, double value) { return vertex.x < value; });
    if (after == vertices.end()) return &vertices.back();
    if (after == vertices.begin()) return &*after;
    return x - (after - 1)->x < after->x - x ? &*(after - 1) : &*after;
}

double distanceToSegment(QPointF p, QPointF a, QPointF b) {
    const QPointF d = b - a;
    const double length = QPointF::dotProduct(d, d);
    const double share = length > 0 ? std::clamp(QPointF::dotProduct(p - a, d) / length, 0.0, 1.0) : 0;
    const QPointF gap = p - (a + share * d);
    return std::hypot(gap.x(), gap.y());
}

}  // namespace

MetricChart::MetricChart(Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      workspace_(workspace),
      plot_(new ChartPlot(this)),
      titleLabel_(new QLabel(this)),
      value_(new QLabel(this)),
      note_(new QLabel(this)),
      badge_(new QToolButton(this)),
      chip_(new QPushButton(tr("New data: follow"), this)),
      menuButton_(new QToolButton(this)) {
    titleLabel_->setObjectName(QStringLiteral("chartTitle"));
    value_->setObjectName(QStringLiteral("chartValue"));
    note_->setObjectName(QStringLiteral("chartNote"));
    badge_->setObjectName(QStringLiteral("chartNonFinite"));
    chip_->setObjectName(QStringLiteral("chartFollow"));
    menuButton_->setObjectName(QStringLiteral("chartMenu"));
    plot_->setObjectName(QStringLiteral("chartPlot"));
    note_->setProperty("role", "secondary");
    chip_->setProperty("role", "chip");
    menuButton_->setText(QStringLiteral("⋯"));
    menuButton_->setAccessibleName(tr("Chart menu"));
    menuButton_->setToolTip(tr("Axes, smoothing, export"));
    chip_->setToolTip(tr("Show everything and follow what comes (double click on the chart)"));
    badge_->hide();
    chip_->hide();
    note_->setMinimumWidth(0);
    note_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    note_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    titleLabel_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred);

    auto* header = new QHBoxLayout;
    header->setContentsMargins(12, 4, 4, 0);
    header->setSpacing(8);
    header->addWidget(titleLabel_);
    header->addWidget(value_);
    header->addWidget(note_, 1);
    header->addStretch(0);
    header->addWidget(badge_);
    header->addWidget(chip_);
    header->addWidget(menuButton_);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(header);
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
    connect(plot_, &ChartPlot::endWanted, this, [this](int side) {
        const std::optional<Interval> all = link_->extent();
        if (!all) return;
        const double from = picture_.xScale.position(side < 0 ? all->low : all->high);
        const double to = side < 0 ? from + picture_.x.size() : from - picture_.x.size();
        link_->setRange(
            {picture_.xScale.value(std::min(from, to)), picture_.xScale.value(std::max(from, to))});
    });
    connect(plot_, &QCustomPlot::afterLayout, this, [this] { plot_->update(); });
    plot_->setMarks([this](QPainter& painter) { paintMarks(painter); });
    connect(chip_, &QPushButton::clicked, this, &MetricChart::fitAll);
    connect(badge_, &QToolButton::clicked, this, [this] {
        const Line* first = nullptr;
        for (const Line& line : lines_)
            if (line.curve.nonFiniteCount > 0 &&
                (!first || line.curve.firstNonFiniteX < first->curve.firstNonFiniteX))
                first = &line;
        const std::optional<Interval> all = link_->extent();
        if (!first || !all) return;
        const double half = std::max(0.02 * all->size(), 1e-9);
        link_->setRange({first->curve.firstNonFiniteX - half, first->curve.firstNonFiniteX + half});
    });
    connect(menuButton_, &QToolButton::clicked, this, [this] {
        QMenu menu(this);
        fillMenu(menu);
        menu.exec(menuButton_->mapToGlobal(
            QPoint(menuButton_->width() - menu.sizeHint().width(), menuButton_->height())));
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
    titleLabel_->setFont(workspace_.theme.font(1.0, true));
    note_->setFont(workspace_.theme.font(0.9));
    showValue();
    badge_->setStyleSheet(QStringLiteral("color: %1").arg(colour(workspace_.theme.palette().warning).name()));
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

void MetricChart::showRanges() {
    setPlotRanges(*plot_, picture_, look());
    plot_->replot(QCustomPlot::rpQueuedReplot);
}

void MetricChart::rangeMoved() {
    if (link_->isFollowing())
        extentWhenChosen_.reset();
    else if (!extentWhenChosen_)
        if (const auto extent = link_->extent()) extentWhenChosen_ = extent->high;
    updateScales(picture_);
    if (chosenY_)
        picture_.y = *chosenY_;
    else if (!plot_->isDragging())
        fitY();
    fitPending_ = fitPending_ || !chosenY_;
    showRanges();
    updateHeader();
    if (needsOtherPart()) reload();
}

void MetricChart::pan(QPointF pixels) {
    const QRectF area = plot_->area();
    if (area.isEmpty()) return;
    panTotal_ += pixels;
    const bool upDown = chosenY_ || std::abs(panTotal_.y()) > verticalThreshold || pixels.x() == 0;
    if (upDown && pixels.y() != 0) {
        const double shift = pixels.y() / area.height() * picture_.y.size();
        chosenY_ = picture_.y = {picture_.y.low + shift, picture_.y.high + shift};
    }
    const double shift = pixels.x() / area.width() * picture_.x.size();
    if (shift == 0)
        showRanges();
    else
        link_->setRange(
            {picture_.xScale.value(picture_.x.low - shift), picture_.xScale.value(picture_.x.high - shift)});
    if (!plot_->isDragging()) {
        panTotal_ = {};
        emit viewChanged();
    }
}

void MetricChart::zoom(QPointF at, double xFactor, double yFactor) {
    const QRectF area = plot_->area();
    if (area.isEmpty()) return;
    const auto zoomed = [](const Interval& range, double share, double factor) {
        const double fixed = range.low + share * range.size();
        return Interval{fixed - (fixed - range.low) / factor, fixed + (range.high - fixed) / factor};
    };
    const double share = std::clamp((at.x() - area.left()) / area.width(), 0.0, 1.0);
    const Interval x = zoomed(picture_.x, share, xFactor);
    if (yFactor != 1) {
        const Interval y =
            zoomed(picture_.y, std::clamp((area.bottom() - at.y()) / area.height(), 0.0, 1.0), yFactor);
        if (y.size() > 1e-12 * std::max(std::abs(y.low), std::abs(y.high))) chosenY_ = picture_.y = y;
    }
    const Interval values{picture_.xScale.value(x.low), picture_.xScale.value(x.high)};
    if (xFactor != 1 && values.size() > 1e-9 * std::max(1.0, std::abs(values.high)))
        link_->setRange(values);
    else
        showRanges();
    emit viewChanged();
}

void MetricChart::zoomToBox(const QRectF& box) {
    const QRectF area = plot_->area();
    const auto x = [&](double px) {
        return picture_.x.low + (px - area.left()) / area.width() * picture_.x.size();
    };
    const auto y = [&](double py) {
        return picture_.y.low + (area.bottom() - py) / area.height() * picture_.y.size();
    };
    chosenY_ = Interval{y(box.bottom()), y(box.top())};
    picture_.y = *chosenY_;
    link_->setRange({picture_.xScale.value(x(box.left())), picture_.xScale.value(x(box.right()))});
    emit viewChanged();
}

void MetricChart::brush(const QRectF& box) {
    QList<RunKey> inside;
    for (std::size_t i = 0; i < picture_.curves.size(); ++i) {
        const RunKey& run = owners_.size() > i ? owners_[i] : RunKey();
        if (run.isNull() || inside.contains(run)) continue;
        const std::vector<Vertex>& vertices = picture_.curves[i].vertices;
        for (const Vertex& vertex : vertices)
            if (box.contains(pixel(vertex))) {
                inside << run;
                break;
            }
    }
    if (!inside.isEmpty()) workspace_.selection.setRuns(inside);
}

void MetricChart::click(QPointF at, bool add) {
    const std::optional<Near> hit = nearest(at, hoverRadius);
    if (!hit) {
        if (!add && workspace_.selection.runs().size() > 0 && allRuns().size() > 1)
            workspace_.selection.setRuns({});
        return;
    }
    if (hit->run.isNull()) return;
    QList<RunKey> runs = add ? workspace_.selection.runs() : QList<RunKey>();
    if (add && runs.contains(hit->run))
        runs.removeAll(hit->run);
    else
        runs << hit->run;
    workspace_.selection.setRuns(runs);
    emit picked(hit->run, hit->vertex.step);
}

void MetricChart::hover(QPointF at) {
    const QRectF area = plot_->area();
    pointer_ = at;
    if (!area.contains(at)) {
        leave();
        return;
    }
    link_->setCursor(
        picture_.xScale.value(picture_.x.low + (at.x() - area.left()) / area.width() * picture_.x.size()));
    const std::optional<Near> hit = nearest(at, hoverRadius);
    workspace_.selection.setHovered(hit ? hit->run : RunKey());
    plot_->update();
}

void MetricChart::leave() {
    if (pointer_) {
        pointer_.reset();
        link_->setCursor({});
        workspace_.selection.setHovered({});
    }
    plot_->update();
}

QPointF MetricChart::pixel(const Vertex& vertex) const {
    const QRectF area = plot_->area();
    return {area.left() +
                (picture_.xScale.position(vertex.x) - picture_.x.low) / picture_.x.size() * area.width(),
            area.bottom() -
                (picture_.yScale.position(vertex.y) - picture_.y.low) / picture_.y.size() * area.height()};
}

std::optional<MetricChart::Near> MetricChart::nearest(QPointF at, double radius) const {
    const QRectF area = plot_->area();
    const auto xAt = [&](double px) {
        return picture_.xScale.value(picture_.x.low + (px - area.left()) / area.width() * picture_.x.size());
    };
    const double from = xAt(at.x() - radius), to = xAt(at.x() + radius);
    std::optional<Near> found;
    double best = radius;
    for (std::size_t i = 0; i < picture_.curves.size(); ++i) {
        const PictureCurve& curve = picture_.curves[i];
        if (!curve.inLegend) continue;
        const std::vector<Vertex>& vertices = curve.vertices;
        auto v = std::lower_bound(vertices.begin(), vertices.end(), from,
                                  [](const Vertex& vertex, double x) { return vertex.x < x; });
        if (v != vertices.begin()) --v;
        for (; v != vertices.end(); ++v) {
            const QPointF here = pixel(*v);
            const bool last = v + 1 == vertices.end();
            const QPointF next = last ? here : pixel(*(v + 1));
            const double distance = distanceToSegment(at, here, std::isfinite(next.y()) ? next : here);
            if (distance < best) {
                best = distance;
                const bool second = !last && std::abs(next.x() - at.x()) < std::abs(here.x() - at.x());
                found = Near{&curve, owners_.size() > i ? owners_[i] : RunKey(), second ? *(v + 1) : *v};
            }
            if (v->x > to) break;
        }
    }
    return found;
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

void MetricChart::paintMarks(QPainter& painter) {
    if (stale_ && jobs_ == 0 && !loadTimer_.isActive()) reload();
    const QRectF area = plot_->area();
    const PictureLook style = look();
    painter.setClipRect(area.adjusted(-8, -8, 8, 8));
    paintNonFinite(painter, picture_, area, style);
    painter.setClipRect(area);
    const Palette& colours = style.palette();
    if (const auto step = workspace_.selection.step())
        if (const auto x = xOfStep(*step)) {
            const double px = pixel({*x, 0, 0}).x();
            painter.setPen(QPen(colour(colours.accent), 1.5));
            painter.drawLine(QPointF(px, area.top()), QPointF(px, area.bottom()));
        }
    // The hovered run again, above the others and stronger.
    const RunKey& hovered = workspace_.selection.hovered();
    if (!hovered.isNull() && allRuns().size() > 1)
        for (std::size_t i = 0; i < picture_.curves.size(); ++i) {
            const PictureCurve& curve = picture_.curves[i];
            if (!curve.inLegend || owners_.size() <= i || owners_[i] != hovered) continue;
            QPolygonF line;
            for (const Vertex& vertex : curve.vertices) {
                const QPointF point = pixel(vertex);
                if (std::isfinite(point.y()) && point.x() > area.left() - 50 && point.x() < area.right() + 50)
                    line << point;
            }
            const bool dense = line.size() > static_cast<qsizetype>(2 * area.width());
            painter.setRenderHint(QPainter::Antialiasing, !dense);
            if (!dense) {
                painter.setPen(QPen(colour(colours.ground, 0.7), 5));
                painter.drawPolyline(line);
            }
            painter.setPen(QPen(style.ink(curve), dense ? 1 : 2.6, curve.dash, Qt::FlatCap, Qt::RoundJoin));
            painter.drawPolyline(line);
        }
    paintReadout(painter, area);
    if (const auto& box = plot_->box()) {
        painter.setPen(QPen(colour(colours.accent), 1));
        painter.setBrush(colour(colours.accent, 0.12));
        painter.drawRect(*box);
    }
    paintMessage(painter, area);
    if (plot_->hasFocus()) {
        painter.setClipping(false);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colour(colours.accent), 2));
        painter.drawRect(QRectF(plot_->rect()).adjusted(1, 1, -1, -1));
    }
}

void MetricChart::paintReadout(QPainter& painter, const QRectF& area) {
    const PictureLook style = look();
    const Palette& colours = style.palette();
    std::vector<LegendRow> rows;
    std::vector<double> distances;
    const std::optional<double> cursor = link_->cursor();
    const double px = cursor ? pixel({*cursor, 0, 0}).x() : 0;
    const bool inside = cursor && px >= area.left() && px <= area.right();
    if (inside) {
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(QPen(colour(mix(colours.ground, colours.secondaryText, 0.6)), 1, Qt::DashLine));
        painter.drawLine(QPointF(px, area.top()), QPointF(px, area.bottom()));
        painter.setRenderHint(QPainter::Antialiasing, true);
    }
    const RunKey& hovered = workspace_.selection.hovered();
    for (std::size_t i = 0; i < picture_.curves.size(); ++i) {
        const PictureCurve& curve = picture_.curves[i];
        if (!curve.inLegend) continue;
        LegendRow row{curve.label,
                      {},
                      style.ink(curve),
                      curve.dash,
                      curve.emphasis || (!hovered.isNull() && owners_.size() > i && owners_[i] == hovered &&
                                         allRuns().size() > 1)};
        double distance = 0;
        row.value = readout(i, inside ? cursor : std::nullopt);
        if (inside) {
            distance = 1e9;
            const Vertex* vertex = vertexAt(curve.vertices, *cursor);
            if (const QPointF spot = vertex ? pixel(*vertex) : QPointF(); vertex && !row.value.isEmpty()) {
                if (area.contains(spot)) {
                    painter.setPen(QPen(colour(colours.ground), 1));
                    painter.setBrush(style.ink(curve));
                    painter.drawEllipse(spot, 3.5, 3.5);
                }
                distance = pointer_ ? std::abs(spot.y() - pointer_->y()) : 0;
            }
            if (row.value.isEmpty()) row.value = QStringLiteral("–");
        }
        rows.push_back(std::move(row));
        distances.push_back(distance);
    }
    // Where not all fit, those nearest to the pointer come first.
    if (inside && pointer_ && rows.size() > 6) {
        std::vector<std::size_t> order(rows.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            if (rows[a].emphasis != rows[b].emphasis) return rows[a].emphasis;
            return distances[a] < distances[b];
        });
        std::vector<LegendRow> sorted;
        for (const std::size_t i : order) sorted.push_back(rows[i]);
        rows = std::move(sorted);
    }
    // One curve needs no key: the header says its value.
    if (rows.size() == 1 || !style_.legend) rows.clear();
    legendBox_ = paintLegend(painter, rows, area, picture_.legendCorner, style);
    if (inside) {
        const QString text = tr(axisWord(link_->axis())).arg(xText(link_->axis(), *cursor));
        painter.setFont(style.font);
        const QFontMetricsF metrics(style.font);
        QRectF box(0, 0, metrics.horizontalAdvance(text) + 8, metrics.height() + 2);
        box.moveBottomLeft(
            {std::clamp(px - box.width() / 2, area.left(), area.right() - box.width()), area.bottom() - 2});
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour(colours.text));
        painter.drawRoundedRect(box, 3, 3);
        painter.setPen(colour(colours.ground));
        painter.drawText(box, Qt::AlignCenter, text);
    }
}

/// The value of a curve at the cursor, or its newest; empty where it has none.
QString MetricChart::readout(std::size_t index, std::optional<double> cursor) const {
    const PictureCurve& curve = picture_.curves[index];
    if (curve.vertices.empty()) return {};
    const auto text = [](double value) { return std::isfinite(value) ? formatNumber(value) : tr("NaN"); };
    if (!cursor) return picture_.curves.size() < 60 ? text(curve.vertices.back().y) : QString();
    const double slack = 1e-9 * std::max(1.0, std::abs(*cursor));
    if (*cursor < curve.vertices.front().x - slack || *cursor > curve.vertices.back().x + slack) return {};
    const Vertex* vertex = vertexAt(curve.vertices, *cursor);
    QString value = text(vertex->y);
    if (!curve.counts.empty())
        value += tr(" (n = %1)").arg(curve.counts[static_cast<std::size_t>(vertex - curve.vertices.data())]);
    if (curve.kind == PictureCurve::Kind::Smoothed && index > 0)
        if (const Vertex* raw = vertexAt(picture_.curves[index - 1].vertices, *cursor))
            value += tr(" (raw %1)").arg(text(raw->y));
    return value;
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
    if (curves == 1) {
        text = readout(only, link_->cursor());
        value_->setStyleSheet(QStringLiteral("color: %1").arg(look().ink(picture_.curves[only]).name()));
    }
    value_->setText(text);
    value_->setVisible(!text.isEmpty());
}

void MetricChart::paintMessage(QPainter& painter, const QRectF& area) {
    QString text;
    bool any = false, noEpochs = false;
    for (const PictureCurve& curve : picture_.curves)
        any = any || !curve.vertices.empty() || !curve.nonFinite.empty();
    for (const Line& line : lines_) noEpochs = noEpochs || line.curve.noEpochs;
    if (!problem_.isEmpty() && !any)
        text = tr("Could not be read: %1").arg(problem_);
    else if (any)
        return;
    else if (allRuns().isEmpty())
        text = tr("No run is chosen.");
    else if (!loadedOnce_)
        text = sinceReset_.elapsed() > 150 ? tr("Reading…") : QString();
    else if (noEpochs)
        text = tr("This run does not say how many steps an epoch has.\nChoose step as x axis.");
    else
        text = tr("No values of %1 yet.").arg(metrics_.join(QStringLiteral(", ")));
    painter.setPen(colour(workspace_.theme.palette().secondaryText));
    painter.setFont(workspace_.theme.font(1));
    painter.drawText(area, Qt::AlignCenter | Qt::TextWordWrap, text);
}

void MetricChart::openMenu(QPoint global, QPointF at) {
    QMenu menu(this);
    if (const auto hit = nearest(at, hoverRadius)) {
        const qint64 step = hit->vertex.step;
        if (!hit->run.isNull()) {
            menu.addAction(tr("Show step %1 everywhere").arg(formatCount(step)), this,
                           [this, step, run = hit->run] {
                               workspace_.selection.setCurrent(run);
                               workspace_.selection.setStep(step);
                           });
            menu.addAction(tr("Open run page of %1").arg(hit->curve->run), this,
                           [this, run = hit->run] { emit workspace_.showRun(run); });
            menu.addAction(
                tr("Copy value %1").arg(exactNumber(hit->vertex.y)), this,
                [value = hit->vertex.y] { QApplication::clipboard()->setText(exactNumber(value)); });
            menu.addSeparator();
        }
    }
    if (const auto step = workspace_.selection.step()) {
        Q_UNUSED(step);
        menu.addAction(tr("Follow the newest step"), this, [this] { workspace_.selection.setStep({}); });
    }
    fillMenu(menu);
    menu.exec(global);
}

void MetricChart::fillMenu(QMenu& menu) {
    const auto choice = [&](const QString& title, const QStringList& names, int now, auto set) {
        QMenu* sub = menu.addMenu(title);
        auto* group = new QActionGroup(sub);
        for (int i = 0; i < names.size(); ++i) {
            QAction* action = sub->addAction(names[i], this, [set, i] { set(i); });
            action->setCheckable(true);
            action->setChecked(i == now);
            group->addAction(action);
        }
        return sub;
    };
    menu.addAction(tr("Fit all and follow"), this, &MetricChart::fitAll);
    choice(tr("X axis"), {tr("Step"), tr("Epoch"), tr("Time without pauses")},
           static_cast<int>(link_->axis()), [this](int i) { setXAxis(static_cast<XAxis>(i)); });
    choice(tr("X scale"), {tr("Linear"), tr("Logarithmic"), tr("Symmetric logarithmic")},
           static_cast<int>(link_->scale()), [this](int i) { setXScale(static_cast<Scale>(i)); });
    choice(tr("Y scale"), {tr("Linear"), tr("Logarithmic"), tr("Symmetric logarithmic")},
           static_cast<int>(yScale_), [this](int i) { setYScale(static_cast<Scale>(i)); });
    // Half-lives that make sense for the length of what there is.
    const double length = link_->extent() ? link_->extent()->size() : 0;
    QList<double> halfLives{0};
    for (const double share : {0.002, 0.005, 0.02, 0.05}) {
        const double rough = share * length;
        if (!(rough > 0)) continue;
        const double decade = std::pow(10, std::floor(std::log10(rough)));
        halfLives << std::round(rough / decade) * decade;
    }
    QStringList names{tr("Off")};
    for (qsizetype i = 1; i < halfLives.size(); ++i)
        names << tr("Half-life %1").arg(xText(link_->axis(), halfLives[i]));
    choice(tr("Smoothing"), names, static_cast<int>(halfLives.indexOf(halfLife_)),
           [this, halfLives](int i) { setSmoothing(halfLives[i]); });
    if (!groups_.isEmpty())
        choice(tr("Band"),
               {tr("None"), tr("Least to greatest"), tr("Standard deviation"), tr("Standard error"),
                tr("95 % t interval")},
               static_cast<int>(band_), [this](int i) { setBand(static_cast<Band>(i)); });
    QAction* old =
        menu.addAction(tr("Superseded attempts"), this, [this](bool on) { setShowSuperseded(on); });
    old->setCheckable(true);
    old->setChecked(superseded_);
    menu.addSeparator();
    menu.addAction(tr("Settings…"), this, &MetricChart::editSettings);
    menu.addAction(tr("Export figure…"), this, &MetricChart::exportFigure);
    menu.addAction(tr("Add to figure"), this, &MetricChart::addToFigure);
    menu.addAction(tr("Copy data"), this, [this] { QApplication::clipboard()->setText(csv()); });
    menu.addAction(tr("Copy picture"), this, [this] { QApplication::clipboard()->setPixmap(plot_->grab()); });
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
