// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/compare_page.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QHeaderView>
#include <QJsonArray>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QScrollBar>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <algorithm>

#include "store/query.h"
#include "ui/charts/metric_chart.h"
#include "ui/compare/sweep_panel.h"
#include "ui/model/run_style.h"

namespace filigree::ui {
namespace {

constexpr int mostColumns = 12;
constexpr int mostCharts = 4;
constexpr int lineHeight = 26;
/// Live runs change several times a second; the table need not.
constexpr int delay_ms = 200;

enum Panel { ComparisonPanel, SweepPanelPlace, EmptyPanel };

}  // namespace

ComparePage::ComparePage(Workspace& workspace, QWidget* parent)
    : Page(parent),
      workspace_(workspace),
      index_(RunIndex::of(workspace)),
      link_(std::make_shared<AxisLink>()) {
    setObjectName(QStringLiteral("comparePage"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto* bar = new QWidget(this);
    bar->setProperty("role", "bar");
    bar->setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(16, 8, 12, 8);
    row->setSpacing(8);
    const auto mode = [&](const QString& text, const char* name, const QString& tip) {
        auto* button = new QToolButton(bar);
        button->setObjectName(QLatin1String(name));
        button->setText(text);
        button->setToolTip(tip);
        button->setCheckable(true);
        button->setAutoExclusive(true);
        button->setFocusPolicy(Qt::StrongFocus);
        row->addWidget(button);
        return button;
    };
    sideBySide_ = mode(tr("Side by side"), "compareSideBySide",
                       tr("Curves, and a table of what differs from a baseline; up to twelve columns"));
    asSweep_ = mode(tr("Sweep"), "compareAsSweep",
                    tr("What was varied against what came out, for any number of runs"));
    sideBySide_->setChecked(true);
    row->addSpacing(12);
    baselineLabel_ = new QLabel(tr("Baseline"), bar);
    baselineLabel_->setProperty("role", "secondary");
    baseline_ = new QComboBox(bar);
    baseline_->setObjectName(QStringLiteral("baseline"));
    baseline_->setAccessibleName(tr("Baseline"));
    baseline_->setToolTip(tr("Differences are against this one"));
    baseline_->setMinimumWidth(180);
    baseline_->setMaximumWidth(320);
    baselineLabel_->setBuddy(baseline_);
    metricsButton_ = new QToolButton(bar);
    metricsButton_->setObjectName(QStringLiteral("compareMetrics"));
    metricsButton_->setText(tr("Metrics") + QStringLiteral("  ▾"));
    metricsButton_->setToolTip(tr("Which metrics are drawn, at most four"));
    metricsButton_->setPopupMode(QToolButton::InstantPopup);
    metricsButton_->setFocusPolicy(Qt::StrongFocus);
    metricsButton_->setMenu(new QMenu(metricsButton_));
    group_ = new QCheckBox(tr("Group seeds"), bar);
    group_->setObjectName(QStringLiteral("groupSeeds"));
    group_->setToolTip(
        tr("Puts runs that differ in their seed only together: mean, spread and number of runs"));
    onlyDifferences_ = new QCheckBox(tr("Only differences"), bar);
    onlyDifferences_->setObjectName(QStringLiteral("compareDifferences"));
    onlyDifferences_->setChecked(true);
    row->addWidget(baselineLabel_);
    row->addWidget(baseline_);
    row->addWidget(metricsButton_);
    row->addStretch(1);
    notice_ = new QLabel(bar);
    notice_->setProperty("role", "warning");
    row->addWidget(notice_);
    row->addWidget(group_);
    row->addWidget(onlyDifferences_);
    layout->addWidget(bar);

    stack_ = new QStackedWidget(this);
    splitter_ = new QSplitter(Qt::Vertical, stack_);
    splitter_->setObjectName(QStringLiteral("compareSplitter"));
    splitter_->setChildrenCollapsible(false);
    charts_ = new QWidget(splitter_);
    auto* chartRow = new QHBoxLayout(charts_);
    chartRow->setContentsMargins(8, 8, 8, 8);
    chartRow->setSpacing(8);
    model_ = new ComparisonModel(workspace_.theme, this);
    table_ = new QTableView(splitter_);
    table_->setObjectName(QStringLiteral("compareTable"));
    table_->setAccessibleName(tr("Comparison"));
    table_->setModel(model_);
    table_->setItemDelegate(new ComparisonDelegate(workspace_.theme, *model_, table_));
    table_->setShowGrid(false);
    table_->setWordWrap(false);
    table_->setTabKeyNavigation(false);
    table_->setFrameShape(QFrame::NoFrame);
    table_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    table_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table_->verticalHeader()->setMinimumSectionSize(lineHeight);
    table_->verticalHeader()->setDefaultSectionSize(lineHeight);
    table_->verticalHeader()->setFixedWidth(220);
    table_->verticalHeader()->setHighlightSections(false);
    table_->horizontalHeader()->setHighlightSections(false);
    table_->horizontalHeader()->setDefaultSectionSize(200);
    table_->horizontalHeader()->setFixedHeight(28);
    table_->setCornerButtonEnabled(false);
    splitter_->addWidget(charts_);
    splitter_->addWidget(table_);
    splitter_->setStretchFactor(0, 2);
    splitter_->setStretchFactor(1, 3);
    splitter_->setSizes({320, 400});
    charts_->setMinimumHeight(180);
    stack_->addWidget(splitter_);
    sweep_ = new SweepPanel(workspace, stack_);
    stack_->addWidget(sweep_);

    auto* empty = new QWidget(stack_);
    auto* column = new QVBoxLayout(empty);
    column->setSpacing(8);
    emptyTitle_ = new QLabel(tr("Nothing to compare yet"), empty);
    emptyText_ = new QLabel(empty);
    emptyText_->setProperty("role", "secondary");
    for (QLabel* text : {emptyTitle_, emptyText_}) text->setAlignment(Qt::AlignCenter);
    emptyButton_ = new QPushButton(empty);
    emptyButton_->setObjectName(QStringLiteral("compareSelected"));
    column->addStretch(2);
    column->addWidget(emptyTitle_);
    column->addWidget(emptyText_);
    column->addSpacing(8);
    column->addWidget(emptyButton_, 0, Qt::AlignCenter);
    column->addStretch(3);
    stack_->addWidget(empty);
    layout->addWidget(stack_, 1);

    const auto setFonts = [this] { emptyTitle_->setFont(workspace_.theme.font(1.15, true)); };
    setFonts();
    connect(&workspace_.theme, &Theme::changed, this, [this, setFonts] {
        setFonts();
        table_->viewport()->update();
        table_->horizontalHeader()->viewport()->update();
    });
    connect(emptyButton_, &QPushButton::clicked, this, [this] { setRuns(workspace_.selection.runs()); });
    connect(&workspace_.selection, &Selection::runsChanged, this, &ComparePage::refreshEmpty);
    connect(metricsButton_->menu(), &QMenu::aboutToShow, this, &ComparePage::fillMetricsMenu);
    connect(asSweep_, &QToolButton::toggled, this, &ComparePage::refresh);
    connect(group_, &QCheckBox::toggled, this, &ComparePage::refresh);
    connect(onlyDifferences_, &QCheckBox::toggled, this, &ComparePage::refresh);
    connect(baseline_, &QComboBox::currentIndexChanged, this, [this](int at) {
        if (filling_ || at < 0) return;
        const auto place = static_cast<std::size_t>(at);
        if (place < model_->columns().size()) baselineRun_ = model_->columns()[place].runs.front()->key;
        refresh();
    });
    delay_.setSingleShot(true);
    delay_.setInterval(delay_ms);
    connect(&delay_, &QTimer::timeout, this, &ComparePage::refresh);
    connect(&index_, &RunIndex::changed, this, [this] {
        if (isVisible() && !delay_.isActive()) delay_.start();
    });
    ActionTable::Spec copy;
    copy.id = QStringLiteral("compare.copy");
    copy.menu = MenuId::Edit;
    copy.group = 32;
    copy.text = tr("Copy co&mparison");
    copy.tip = tr("Copies the table with all digits, as tab-separated text");
    copy.shortcuts = {QKeySequence::Copy};
    workspace_.actions.add(this, copy, [this] {
        QApplication::clipboard()->setText(asSweep_->isChecked() ? sweep_->asTsv() : model_->asTsv());
    });
    refresh();
}

ComparePage::~ComparePage() = default;

void ComparePage::setRuns(const QList<RunKey>& runs) {
    if (runs_ == runs) return;
    runs_ = runs;
    if (!runs_.contains(baselineRun_)) baselineRun_ = runs_.isEmpty() ? RunKey{} : runs_.first();
    refresh();
}

void ComparePage::showSweep(bool on) {
    (on ? asSweep_ : sideBySide_)->setChecked(true);
}

void ComparePage::showEvent(QShowEvent* event) {
    if (runs_.isEmpty() && workspace_.selection.runs().size() >= 2) setRuns(workspace_.selection.runs());
    refresh();
    Page::showEvent(event);
}

void ComparePage::refreshEmpty() {
    const qsizetype selected = workspace_.selection.runs().size();
    emptyText_->setText(selected >= 2 ? tr("Shows what differs between runs, and what came of it.")
                                      : tr("Select two runs or more in the table of runs."));
    emptyButton_->setText(tr("Compare %1").arg(runCount(selected)));
    emptyButton_->setVisible(selected >= 2);
}

void ComparePage::refresh() {
    const auto table = index_.table();
    std::vector<RowPointer> rows;
    for (const RunKey& run : runs_)
        if (RowPointer row = table->find(run)) rows.push_back(std::move(row));
    refreshEmpty();
    const bool sweep = asSweep_->isChecked();
    stack_->setCurrentIndex(rows.size() < 2 ? EmptyPanel : sweep ? SweepPanelPlace : ComparisonPanel);
    for (QWidget* control : {static_cast<QWidget*>(baseline_), static_cast<QWidget*>(metricsButton_),
                             static_cast<QWidget*>(group_), static_cast<QWidget*>(onlyDifferences_)})
        control->setEnabled(rows.size() >= 2);
    for (QWidget* control : {static_cast<QWidget*>(baseline_), static_cast<QWidget*>(baselineLabel_),
                             static_cast<QWidget*>(metricsButton_), static_cast<QWidget*>(onlyDifferences_)})
        control->setVisible(!sweep);
    if (rows.size() < 2) {
        notice_->clear();
        return;
    }
    std::vector<Compared> columns = group_->isChecked() ? groupedBySeed(*table, rows) : singleRuns(rows);
    notice_->clear();
    if (sweep) {
        sweep_->setRuns(table, std::move(columns), metricsByRank(*table, rows));
        return;
    }
    if (columns.size() > mostColumns) {
        notice_->setText(tr("The first %1 of %2 are shown").arg(mostColumns).arg(columns.size()));
        columns.resize(mostColumns);
    }
    std::size_t baseline = 0;
    for (std::size_t i = 0; i < columns.size(); ++i)
        for (const RowPointer& row : columns[i].runs)
            if (row->key == baselineRun_) baseline = i;
    filling_ = true;
    baseline_->clear();
    for (const Compared& column : columns) baseline_->addItem(column.title);
    baseline_->setCurrentIndex(static_cast<int>(baseline));
    filling_ = false;

    const int vertical = table_->verticalScrollBar()->value(),
              horizontal = table_->horizontalScrollBar()->value();
    std::vector<ComparisonLine> lines = compare(*table, columns, {baseline, onlyDifferences_->isChecked()});
    refreshCharts(*table, columns);
    model_->set(std::move(columns), std::move(lines), baseline);
    table_->verticalScrollBar()->setValue(vertical);
    table_->horizontalScrollBar()->setValue(horizontal);
}

QStringList ComparePage::shownMetrics(const RunTable& table) const {
    QStringList known;
    for (const QString& metric : metrics_)
        if (table.metricNumber(metric.toStdString()) != RunTable::npos) known << metric;
    if (!known.isEmpty()) return known;
    // The main metric, and a loss or an accuracy beside it.
    const std::string main = mainMetric(*table.metrics);
    if (main.empty()) return {};
    known << QString::fromStdString(main);
    for (const char* other : {"test/loss", "val/loss", "train/loss", "train/acc"})
        if (known.size() < 2 && main != other && table.metricNumber(other) != RunTable::npos)
            known << QString::fromLatin1(other);
    return known;
}

void ComparePage::refreshCharts(const RunTable& table, const std::vector<Compared>& columns) {
    const QStringList metrics = shownMetrics(table);
    while (shown_.size() > static_cast<std::size_t>(metrics.size())) {
        delete shown_.back();
        shown_.pop_back();
    }
    while (shown_.size() < static_cast<std::size_t>(metrics.size())) {
        auto* chart = new MetricChart(workspace_, charts_);
        chart->setObjectName(QStringLiteral("compareChart%1").arg(shown_.size()));
        chart->setLink(link_.get());
        connect(chart, &MetricChart::failed, this,
                [this](const Error& error) { emit workspace_.showError(error); });
        charts_->layout()->addWidget(chart);
        shown_.push_back(chart);
    }
    QList<RunKey> runs;
    QList<ChartGroup> groups;
    for (const Compared& column : columns) {
        ChartGroup group;
        group.name = column.title;
        for (const RowPointer& row : column.runs) {
            runs << row->key;
            group.runs << row->key;
        }
        groups << group;
    }
    for (std::size_t i = 0; i < shown_.size(); ++i) {
        MetricChart* chart = shown_[i];
        const QString metric = metrics[static_cast<qsizetype>(i)];
        if (chart->metrics() != QStringList{metric}) chart->setMetric(metric);
        if (group_->isChecked()) {
            bool same = chart->groups().size() == groups.size();
            for (qsizetype g = 0; same && g < groups.size(); ++g)
                same = chart->groups()[g].runs == groups[g].runs && chart->groups()[g].name == groups[g].name;
            if (!same) chart->setGroups(groups);
        } else {
            if (!chart->groups().isEmpty()) chart->setGroups({});
            if (chart->runs() != runs) chart->setRuns(runs);
        }
    }
    charts_->setVisible(!metrics.isEmpty());
}

void ComparePage::fillMetricsMenu() {
    QMenu* menu = metricsButton_->menu();
    menu->clear();
    const auto table = index_.table();
    const QStringList shown = shownMetrics(*table);
    std::vector<std::string> names = *table->metrics;
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
        const QString metric = QString::fromStdString(name);
        if (names.size() > 40 && metric.startsWith(QLatin1String("layers/")) && !shown.contains(metric))
            continue;
        QAction* action = menu->addAction(metric, this, [this, metric, shown](bool on) {
            metrics_ = shown;
            metrics_.removeAll(metric);
            if (on) metrics_ << metric;
            refresh();
        });
        action->setCheckable(true);
        action->setChecked(shown.contains(metric));
        action->setEnabled(shown.contains(metric) || shown.size() < mostCharts);
    }
}

QJsonObject ComparePage::save() const {
    QJsonArray runs;
    for (const RunKey& run : runs_) runs.append(QJsonObject{{"store", run.store}, {"run", run.run}});
    return {{"runs", runs},
            {"baseline", QJsonObject{{"store", baselineRun_.store}, {"run", baselineRun_.run}}},
            {"group", group_->isChecked()},
            {"asSweep", asSweep_->isChecked()},
            {"sweep", sweep_->save()},
            {"onlyDifferences", onlyDifferences_->isChecked()},
            {"metrics", QJsonArray::fromStringList(metrics_)},
            {"splitter", QString::fromLatin1(splitter_->saveState().toBase64())}};
}

void ComparePage::restore(const QJsonObject& state) {
    const auto keyOf = [](const QJsonValue& value) {
        return RunKey{value["store"].toString(), static_cast<qint64>(value["run"].toDouble())};
    };
    group_->setChecked(state.value("group").toBool());
    onlyDifferences_->setChecked(state.value("onlyDifferences").toBool(true));
    showSweep(state.value("asSweep").toBool());
    sweep_->restore(state.value("sweep").toObject());
    metrics_.clear();
    for (const QJsonValue& metric : state.value("metrics").toArray())
        if (metrics_.size() < mostCharts) metrics_ << metric.toString();
    QList<RunKey> runs;
    for (const QJsonValue& run : state.value("runs").toArray()) runs << keyOf(run);
    splitter_->restoreState(QByteArray::fromBase64(state.value("splitter").toString().toLatin1()));
    setRuns(runs);
    if (const RunKey baseline = keyOf(state.value("baseline")); runs_.contains(baseline))
        baselineRun_ = baseline;
    refresh();
}

}  // namespace filigree::ui
