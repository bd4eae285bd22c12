// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/sweep_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QSignalBlocker>
#include <QSplitter>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "store/export_csv.h"
#include "ui/charts/figure_file.h"

namespace filigree::ui {
namespace {

/// More than these would stand too close to be read.
constexpr std::size_t mostMetricAxes = 4;
constexpr double figureWidth_mm = 174, figureHeight_mm = 75, screenDotsPerInch = 96;

}  // namespace

SweepPanel::SweepPanel(Workspace& workspace, QWidget* parent) : QWidget(parent), workspace_(workspace) {
    setObjectName(QStringLiteral("sweepPanel"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(16, 8, 12, 8);
    row->setSpacing(8);
    const auto box = [&](const QString& text, const char* name, const QString& tip) {
        auto* label = new QLabel(text, this);
        label->setProperty("role", "secondary");
        auto* combo = new QComboBox(this);
        combo->setObjectName(QLatin1String(name));
        combo->setAccessibleName(text);
        combo->setToolTip(tip);
        combo->setSizeAdjustPolicy(QComboBox::AdjustToContents);
        label->setBuddy(combo);
        row->addWidget(label);
        row->addWidget(combo);
        return combo;
    };
    outcomeBox_ = box(tr("Outcome"), "sweepOutcome", tr("The metric that gives the colour and the height"));
    valueBox_ = box(tr("Value"), "sweepValue", tr("The best or the last value of each metric"));
    valueBox_->addItems({tr("best"), tr("last")});
    xBox_ = box(tr("Against"), "sweepX", tr("What the scatter draws the outcome against"));
    front_ = new QCheckBox(tr("Pareto front"), this);
    front_->setObjectName(QStringLiteral("sweepFront"));
    front_->setToolTip(tr(
        "Joins what nothing else beats on both axes: as good an outcome with less time, memory or density"));
    row->addWidget(front_);
    row->addStretch(1);
    passing_ = new QLabel(this);
    passing_->setObjectName(QStringLiteral("sweepPassing"));
    passing_->setProperty("role", "secondary");
    clear_ = new QToolButton(this);
    clear_->setObjectName(QStringLiteral("sweepClear"));
    clear_->setText(tr("Show all"));
    clear_->setToolTip(tr("Takes away the ranges that were marked on the axes (Esc)"));
    export_ = new QToolButton(this);
    export_->setObjectName(QStringLiteral("sweepExport"));
    export_->setText(tr("Export…"));
    export_->setToolTip(tr("Saves both pictures as PDF, SVG or PNG, or the values as CSV"));
    auto* add = new QToolButton(this);
    add->setObjectName(QStringLiteral("sweepAddToFigure"));
    add->setText(tr("Add to figure"));
    add->setToolTip(tr("Adds both pictures as they are now to the page Figure, as a panel"));
    connect(add, &QToolButton::clicked, this,
            [this] { emit workspace_.addToFigure({}, QString::fromUtf8(figureSvg(figure()))); });
    row->addWidget(passing_);
    row->addWidget(clear_);
    row->addWidget(add);
    row->addWidget(export_);
    layout->addLayout(row);

    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->setChildrenCollapsible(false);
    lines_ = new ParallelCoordinates(workspace.theme, workspace.selection, filter_, splitter);
    lines_->setObjectName(QStringLiteral("parallelCoordinates"));
    lines_->setAccessibleName(tr("Parallel coordinates"));
    points_ = new SweepScatter(workspace.theme, workspace.selection, filter_, splitter);
    points_->setObjectName(QStringLiteral("sweepScatter"));
    points_->setAccessibleName(tr("Scatter"));
    splitter->addWidget(lines_);
    splitter->addWidget(points_);
    splitter->setStretchFactor(0, 5);
    splitter->setStretchFactor(1, 3);
    layout->addWidget(splitter, 1);

    connect(outcomeBox_, &QComboBox::currentTextChanged, this, [this](const QString& metric) {
        if (filling_) return;
        outcome_ = metric;
        rebuild();
    });
    connect(valueBox_, &QComboBox::currentIndexChanged, this, [this] { rebuild(); });
    connect(xBox_, &QComboBox::currentTextChanged, this, [this](const QString& axis) {
        if (filling_) return;
        x_ = axis;
        rebuild();
    });
    connect(front_, &QCheckBox::toggled, points_, &SweepScatter::setFront);
    connect(lines_, &SweepView::filterChanged, this, &SweepPanel::refreshViews);
    connect(clear_, &QToolButton::clicked, this, [this] {
        filter_.clear();
        refreshViews();
    });
    connect(export_, &QToolButton::clicked, this, &SweepPanel::chooseFile);
}

void SweepPanel::setRuns(std::shared_ptr<const RunTable> runs, std::vector<Compared> entries,
                         const QStringList& metrics) {
    runs_ = std::move(runs);
    entries_ = std::move(entries);
    metrics_ = metrics;
    // What the table of runs shows comes first here too.
    const QString main = QString::fromStdString(mainMetric(*runs_->metrics));
    if (metrics_.removeAll(main)) metrics_.prepend(main);
    rebuild();
}

void SweepPanel::rebuild() {
    if (!runs_) return;
    // The outcome is the last axis; metrics beside it only while there is room.
    const QString outcome = metrics_.contains(outcome_) ? outcome_ : metrics_.value(0);
    QStringList shown;
    for (const QString& metric : metrics_)
        if (metric != outcome && static_cast<std::size_t>(shown.size()) + 1 < mostMetricAxes &&
            !metric.startsWith(QLatin1String("layers/")))
            shown << metric;
    if ((metrics_.contains(x_) || x_ == timeTitle()) && !shown.contains(x_) && x_ != outcome) shown << x_;
    if (!outcome.isEmpty()) shown << outcome;
    table_ = sweepOf(*runs_, entries_, shown,
                     valueBox_->currentIndex() == 0 ? MetricValue::Best : MetricValue::Last);
    refreshChoices();
    refreshViews();
}

void SweepPanel::refreshChoices() {
    filling_ = true;
    const auto fill = [](QComboBox* box, const QStringList& choices, const QString& chosen) {
        box->clear();
        box->addItems(choices);
        box->setCurrentIndex(std::max(0, static_cast<int>(choices.indexOf(chosen))));
    };
    const QString outcome = metrics_.contains(outcome_) ? outcome_ : metrics_.value(0);
    fill(outcomeBox_, metrics_, outcome);
    QStringList axes;
    for (const SweepAxis& axis : table_.axes)
        if (axis.title != outcome) axes << axis.title;
    for (const QString& metric : metrics_)
        if (metric != outcome && !axes.contains(metric) && !metric.startsWith(QLatin1String("layers/")))
            axes << metric;
    if (!axes.contains(timeTitle())) axes << timeTitle();
    fill(xBox_, axes, x_);
    filling_ = false;
}

void SweepPanel::refreshViews() {
    const QString outcome = outcomeBox_->currentText();
    lines_->setTable(table_, outcome);
    points_->setTable(table_, outcome);
    points_->setAxes(xBox_->currentText(), outcome);
    std::size_t passing = 0;
    for (std::size_t i = 0; i < table_.entries.size(); ++i) passing += filter_.passes(table_, i);
    passing_->setText(filter_.ranges().empty() ? QString()
                                               : tr("%1 of %2 pass").arg(passing).arg(table_.entries.size()));
    clear_->setVisible(!filter_.ranges().empty());
    QStringList axes;
    for (const SweepAxis& axis : table_.axes) axes << axis.title;
    const QString summary = tr("%1 entries over %2; %3 pass the marked ranges")
                                .arg(table_.entries.size())
                                .arg(axes.join(QStringLiteral(", ")))
                                .arg(passing);
    lines_->setAccessibleDescription(summary);
    points_->setAccessibleDescription(summary);
}

FigureSource SweepPanel::figure() const {
    const Palette& palette = ui::palette(Appearance::Light);
    QString table;
    for (const QStringList& row : sweepRows(table_, filter_)) {
        QStringList fields;
        for (const QString& field : row)
            fields << QString::fromStdString(store::csvField(field.toStdString()));
        table += fields.join(QLatin1Char(',')) + QLatin1String("\r\n");
    }
    const auto draw = [this, &palette](QPaintDevice& device, double dotsPerInch) {
        QPainter painter(&device);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.scale(dotsPerInch / screenDotsPerInch, dotsPerInch / screenDotsPerInch);
        QFont font = QApplication::font();
        font.setPixelSize(11);
        const double width = figureWidth_mm / millimetresPerInch * screenDotsPerInch,
                     height = figureHeight_mm / millimetresPerInch * screenDotsPerInch,
                     share = static_cast<double>(lines_->width()) /
                             std::max(1, lines_->width() + points_->width());
        lines_->draw(painter, QRectF(0, 0, width * share, height), palette, Appearance::Light, font);
        points_->draw(painter, QRectF(width * share, 0, width * (1 - share), height), palette,
                      Appearance::Light, font);
    };
    return {tr("%1 of a sweep").arg(outcomeBox_->currentText()),
            figureWidth_mm,
            figureHeight_mm,
            colour(palette.ground),
            draw,
            table};
}

void SweepPanel::exportTo(const QString& path) const {
    writeFigureFile(path, figure());
}

void SweepPanel::chooseFile() {
    const QString folder = workspace_.session.value(QStringLiteral("figureFolder")).toString();
    const QString path = QFileDialog::getSaveFileName(this, tr("Export figure"),
                                                      QDir(folder).filePath(QStringLiteral("sweep.pdf")),
                                                      tr("Figures (*.pdf *.svg *.png);;Tables (*.csv)"));
    if (path.isEmpty()) return;
    workspace_.session.setValue(QStringLiteral("figureFolder"), QFileInfo(path).absolutePath());
    try {
        exportTo(path);
        workspace_.say(tr("Wrote %1").arg(QFileInfo(path).fileName()));
    } catch (const Error& error) {
        emit workspace_.showError(error);
    }
}

QString SweepPanel::asTsv() const {
    QString text;
    for (QStringList row : sweepRows(table_, filter_)) {
        for (QString& field : row) field.replace(QLatin1Char('\t'), QLatin1Char(' '));
        text += row.join(QLatin1Char('\t')) + QLatin1Char('\n');
    }
    return text;
}

QJsonObject SweepPanel::save() const {
    return {{"outcome", outcome_},
            {"x", x_},
            {"value", valueBox_->currentIndex()},
            {"front", front_->isChecked()}};
}

void SweepPanel::restore(const QJsonObject& state) {
    outcome_ = state.value("outcome").toString();
    x_ = state.value("x").toString();
    valueBox_->setCurrentIndex(std::clamp(state.value("value").toInt(), 0, 1));
    front_->setChecked(state.value("front").toBool());
    rebuild();
}

}  // namespace filigree::ui
