// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run/chart_grid.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFrame>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QToolButton>
#include <algorithm>
#include <optional>
#include <set>

#include "ui/base/theme.h"
#include "ui/charts/metric_chart.h"
#include "ui/model/workspace.h"
#include "ui/run/chart_card.h"

namespace filigree::ui {
namespace {

constexpr int leastChartWidth = 340;
constexpr int chartHeight = 236;
constexpr int gap = 8;

}  // namespace

/// One group: a heading that folds, and its charts.
class ChartSectionView : public QWidget {
  public:
    ChartSectionView(ChartGrid& grid, QWidget* parent)
        : QWidget(parent),
          grid_(grid),
          fold_(new QToolButton(this)),
          all_(new QPushButton(this)),
          content_(new QWidget(this)),
          layout_(new QGridLayout(content_)) {
        fold_->setStyleSheet(QStringLiteral("QToolButton { padding: 2px 4px; }"));
        fold_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        fold_->setAutoRaise(true);
        all_->setProperty("role", "link");
        layout_->setContentsMargins(0, 0, 0, 0);
        layout_->setSpacing(gap);
        auto* header = new QHBoxLayout;
        header->setSpacing(8);
        header->addWidget(fold_);
        header->addWidget(all_);
        header->addStretch(1);
        auto* column = new QVBoxLayout(this);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(4);
        column->addLayout(header);
        column->addWidget(content_);
        QObject::connect(fold_, &QToolButton::clicked, this, [this] {
            open_ = !open_;
            touched_ = true;
            grid_.arrange();
        });
        QObject::connect(all_, &QPushButton::clicked, this, [this] {
            showAll_ = !showAll_;
            grid_.arrange();
        });
    }

    void setPlan(const ChartSection& plan) {
        if (!touched_) open_ = !plan.folded;
        plan_ = plan;
        const QString name = plan.group.empty() ? QObject::tr("Other") : QString::fromStdString(plan.group);
        fold_->setText(name);
        fold_->setObjectName(QStringLiteral("section_") + name);
        all_->setObjectName(QStringLiteral("sectionAll_") + name);
        applyTheme();
        fold_->setToolTip(QObject::tr("Show or hide the charts of this group"));
    }

    void arrange(int columns, const QString& filter) {
        const bool unfolded = open_ || !filter.isEmpty();
        fold_->setArrowType(unfolded ? Qt::DownArrow : Qt::RightArrow);
        fold_->setAccessibleDescription(unfolded ? QObject::tr("shown") : QObject::tr("hidden"));
        int shown = 0, extra = 0;
        for (int column = 0; column < 3; ++column)
            layout_->setColumnStretch(column, column < columns ? 1 : 0);
        std::set<std::string> wanted;
        shown_.clear();
        columns_ = columns;
        for (const ChartPlan& chart : inOrder(plan_.charts, order_)) {
            if (!chart.main) ++extra;
            const bool matches =
                filter.isEmpty() ? chart.main || showAll_
                                 : QString::fromStdString(chart.key).contains(filter, Qt::CaseInsensitive);
            if (!unfolded || !matches) continue;
            wanted.insert(chart.key);
            shown_.push_back(chart.key);
            const auto card = cards_.find(chart.key);
            ChartCard* widget = card != cards_.end() ? card->second : makeCard(chart);
            place(widget, shown / columns, shown % columns);
            widget->show();
            ++shown;
        }
        for (const auto& [key, card] : cards_)
            if (!wanted.contains(key)) card->hide();
        content_->setVisible(shown > 0);
        all_->setText(showAll_ ? QObject::tr("Show fewer") : QObject::tr("Show %1 more").arg(extra));
        all_->setVisible(extra > 0 && open_ && filter.isEmpty());
        setVisible(filter.isEmpty() || shown > 0);
    }

    void collect(QList<MetricChart*>& charts) const {
        for (const ChartPlan& plan : inOrder(plan_.charts, order_)) {
            const auto card = cards_.find(plan.key);
            if (card != cards_.end() && !card->second->isHidden())
                charts << card->second->findChild<MetricChart*>();
        }
    }

    QJsonObject save() const {
        QJsonObject state;
        if (touched_ || showAll_)
            state = {{QStringLiteral("open"), open_}, {QStringLiteral("all"), showAll_}};
        if (!order_.empty()) {
            QJsonArray order;
            for (const std::string& key : order_) order << QString::fromStdString(key);
            state[QStringLiteral("order")] = order;
        }
        return state;
    }
    void restore(const QJsonObject& state) {
        order_.clear();
        for (const QJsonValue& key : state.value(QLatin1String("order")).toArray())
            if (key.isString()) order_.push_back(key.toString().toStdString());
        if (!state.contains(QLatin1String("open"))) return;
        open_ = state.value(QLatin1String("open")).toBool(true);
        showAll_ = state.value(QLatin1String("all")).toBool();
        touched_ = true;
    }

    void applyTheme() { fold_->setFont(grid_.workspace_.theme.font(1.15, true)); }

    /// What a person can do with the place of a card, for the menu of its chart.
    void fillMenu(QMenu& menu, const std::string& key) {
        const auto add = [&](const QString& text, const QString& keys, int columns, int rows) {
            QAction* action =
                menu.addAction(text, this, [this, key, columns, rows] { moveBy(key, columns, rows); });
            action->setShortcut(QKeySequence(keys));
            action->setEnabled(targetOf(key, columns, rows).has_value());
        };
        menu.addSeparator();
        add(QObject::tr("Move forward"), QStringLiteral("Alt+Left"), -1, 0);
        add(QObject::tr("Move back"), QStringLiteral("Alt+Right"), 1, 0);
        menu.addAction(QObject::tr("Usual order of this section"), this, [this] { setOrder({}); })
            ->setEnabled(!order_.empty());
    }

  private:
    /// The shown chart whose place a move means; none beyond the ends.
    std::optional<std::string> targetOf(const std::string& key, int columns, int rows) const {
        const auto at = std::find(shown_.begin(), shown_.end(), key);
        if (at == shown_.end()) return {};
        const std::ptrdiff_t to = (at - shown_.begin()) + columns + std::ptrdiff_t{rows} * columns_;
        if (to < 0 || to >= std::ssize(shown_)) return {};
        return shown_[static_cast<std::size_t>(to)];
    }

    void moveBy(const std::string& key, int columns, int rows) {
        const std::optional<std::string> target = targetOf(key, columns, rows);
        if (!target) return;
        setOrder(moved(plan_.charts, order_, key, *target));
        const auto card = cards_.find(key);
        if (card != cards_.end()) {
            // Its new place is known after the layout has run.
            layout_->activate();
            grid_.scroll_->ensureWidgetVisible(card->second, 0, gap);
        }
    }

    void dragTo(const std::string& key, QPoint global) {
        const QPoint inside = grid_.content_->mapFromGlobal(global);
        grid_.scroll_->ensureVisible(inside.x(), inside.y(), 0, chartHeight / 8);
        for (const std::string& other : shown_) {
            const QWidget* card = cards_.at(other);
            if (other != key && card->rect().contains(card->mapFromGlobal(global))) {
                setOrder(moved(plan_.charts, order_, key, other));
                layout_->activate();
                return;
            }
        }
    }

    void setOrder(std::vector<std::string> order) {
        order_ = std::move(order);
        grid_.arrange();
    }

    void place(QWidget* card, int row, int column) {
        int oldRow = -1, oldColumn = -1, height = 0, width = 0;
        if (const int at = layout_->indexOf(card); at >= 0)
            layout_->getItemPosition(at, &oldRow, &oldColumn, &height, &width);
        if (row == oldRow && column == oldColumn) return;
        layout_->removeWidget(card);
        layout_->addWidget(card, row, column);
    }

    ChartCard* makeCard(const ChartPlan& plan) {
        auto* card = new ChartCard(content_);
        card->setObjectName(QStringLiteral("card_") + QString::fromStdString(plan.key));
        card->setFixedHeight(chartHeight);
        auto* inside = new QHBoxLayout(card);
        inside->setContentsMargins(1, 1, 1, 1);
        MetricChart* chart = grid_.chart(plan);
        inside->addWidget(chart);
        auto* title = chart->findChild<QLabel*>(QStringLiteral("chartTitle"));
        title->setCursor(Qt::OpenHandCursor);
        title->setToolTip(
            QObject::tr("Drag to another place (Alt and the arrow keys move the chart in use)"));
        QObject::connect(chart, &MetricChart::menuFilled, this,
                         [this, key = plan.key](QMenu* menu) { fillMenu(*menu, key); });
        QObject::connect(card, &ChartCard::dragBegan, this, [this] { orderBefore_ = order_; });
        QObject::connect(card, &ChartCard::draggedTo, this,
                         [this, key = plan.key](QPoint global) { dragTo(key, global); });
        QObject::connect(card, &ChartCard::dragCancelled, this, [this] { setOrder(orderBefore_); });
        QObject::connect(card, &ChartCard::moveWanted, this,
                         [this, key = plan.key](int columns, int rows) { moveBy(key, columns, rows); });
        cards_[plan.key] = card;
        return card;
    }

    ChartGrid& grid_;
    ChartSection plan_;
    std::map<std::string, ChartCard*> cards_;
    std::vector<std::string> order_;  ///< a person's; empty: the plan's
    std::vector<std::string> orderBefore_;
    std::vector<std::string> shown_;
    int columns_ = 1;
    bool open_ = true, showAll_ = false, touched_ = false;
    QToolButton* fold_;
    QPushButton* all_;
    QWidget* content_;
    QGridLayout* layout_;
};

ChartGrid::ChartGrid(Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      workspace_(workspace),
      axis_(new QComboBox(this)),
      smoothing_(new QDoubleSpinBox(this)),
      filter_(new QLineEdit(this)),
      scroll_(new QScrollArea(this)),
      content_(new QWidget),
      empty_(new QLabel(this)) {
    axis_->setObjectName(QStringLiteral("chartsAxis"));
    axis_->addItems({tr("Step"), tr("Epoch"), tr("Time")});
    axis_->setToolTip(tr("What the x axis counts; time leaves pauses out"));
    smoothing_->setObjectName(QStringLiteral("chartsSmoothing"));
    smoothing_->setRange(0, 1e9);
    smoothing_->setDecimals(2);
    smoothing_->setSpecialValueText(tr("off"));
    smoothing_->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
    smoothing_->setButtonSymbols(QAbstractSpinBox::NoButtons);
    smoothing_->setKeyboardTracking(false);
    smoothing_->setFixedWidth(96);
    smoothing_->setToolTip(tr("Half-life of the smoothing, in units of the x axis; 0 is off"));
    filter_->setObjectName(QStringLiteral("chartsFilter"));
    filter_->setAccessibleName(tr("Filter metrics"));
    filter_->setPlaceholderText(tr("Filter metrics"));
    filter_->setClearButtonEnabled(true);
    filter_->setMinimumWidth(112);
    filter_->setMaximumWidth(220);
    auto* axisLabel = new QLabel(tr("&x axis"), this);
    axisLabel->setBuddy(axis_);
    auto* smoothLabel = new QLabel(tr("s&moothing"), this);
    smoothLabel->setBuddy(smoothing_);
    auto* fit = new QPushButton(tr("Fit all"), this);
    fit->setObjectName(QStringLiteral("chartsFit"));
    fit->setToolTip(tr("Show everything and follow what comes"));
    for (QLabel* label : {axisLabel, smoothLabel}) label->setProperty("role", "secondary");

    auto* tools = new QHBoxLayout;
    tools->setContentsMargins(12, 8, 12, 8);
    tools->setSpacing(8);
    tools->addWidget(axisLabel);
    tools->addWidget(axis_);
    tools->addSpacing(8);
    tools->addWidget(smoothLabel);
    tools->addWidget(smoothing_);
    tools->addSpacing(8);
    tools->addWidget(fit);
    tools->addStretch(1);
    tools->addWidget(filter_, 1);
    auto* sections = new QVBoxLayout(content_);
    sections->setContentsMargins(12, 0, 12, 12);
    sections->setSpacing(12);
    sections->addStretch(1);
    scroll_->setObjectName(QStringLiteral("chartsScroll"));
    scroll_->setAccessibleName(tr("Charts"));
    scroll_->setWidgetResizable(true);
    scroll_->setFrameShape(QFrame::NoFrame);
    scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll_->setWidget(content_);
    content_->setAutoFillBackground(false);
    scroll_->viewport()->setAutoFillBackground(false);
    empty_->setObjectName(QStringLiteral("chartsEmpty"));
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setProperty("role", "secondary");
    empty_->setText(tr("Nothing has been measured yet. Charts appear with the first values."));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(tools);
    column->addWidget(empty_, 1);
    column->addWidget(scroll_, 1);
    scroll_->hide();

    connect(axis_, &QComboBox::currentIndexChanged, this,
            [this](int index) { link_.setAxis(static_cast<XAxis>(index)); });
    connect(&link_, &AxisLink::axisChanged, this, &ChartGrid::showAxis);
    connect(smoothing_, &QDoubleSpinBox::valueChanged, this, [this](double halfLife) {
        for (const auto& [key, chart] : charts_) chart->setSmoothing(halfLife);
    });
    connect(filter_, &QLineEdit::textChanged, this, &ChartGrid::arrange);
    connect(fit, &QPushButton::clicked, this, [this] {
        for (const auto& [key, chart] : charts_) chart->fitAll();
    });
    connect(&workspace_.theme, &Theme::changed, this, [this] {
        for (const auto& [group, view] : sections_) view->applyTheme();
    });
    showAxis();
}

ChartGrid::~ChartGrid() = default;

void ChartGrid::showAxis() {
    const QSignalBlocker block(axis_);
    axis_->setCurrentIndex(static_cast<int>(link_.axis()));
    smoothing_->setSuffix(link_.axis() == XAxis::Step    ? tr(" steps")
                          : link_.axis() == XAxis::Epoch ? tr(" epochs")
                                                         : tr(" s"));
}

void ChartGrid::setRun(const RunKey& run) {
    if (run == run_) return;
    run_ = run;
    link_.follow();
    for (const auto& [key, chart] : charts_) chart->setRuns({run});
}

void ChartGrid::setTags(const std::vector<std::string>& tags) {
    if (tags == tags_) return;
    tags_ = tags;
    auto* layout = static_cast<QVBoxLayout*>(content_->layout());
    const std::vector<ChartSection> plans = chartSections(tags);
    for (auto& [group, view] : sections_)
        if (std::none_of(plans.begin(), plans.end(),
                         [&group = group](const ChartSection& plan) { return plan.group == group; }))
            view->setPlan({group, {}, true});
    int at = 0;
    for (const ChartSection& plan : plans) {
        ChartSectionView*& view = sections_[plan.group];
        if (!view) {
            view = new ChartSectionView(*this, content_);
            view->restore(chartStates_.value(QLatin1String("sections"))
                              .toObject()
                              .value(QString::fromStdString(plan.group))
                              .toObject());
        }
        if (layout->indexOf(view) != at) {
            layout->removeWidget(view);
            layout->insertWidget(at, view);
        }
        ++at;
        view->setPlan(plan);
        for (const ChartPlan& chart : plan.charts) {
            const auto there = charts_.find(chart.key);
            if (there == charts_.end()) continue;
            QStringList metrics;
            for (const std::string& tag : chart.tags) metrics << QString::fromStdString(tag);
            there->second->setMetrics(metrics);
        }
    }
    empty_->setVisible(tags.empty());
    scroll_->setVisible(!tags.empty());
    arrange();
}

MetricChart* ChartGrid::chart(const ChartPlan& plan) {
    auto* chart = new MetricChart(workspace_, content_);
    const QString key = QString::fromStdString(plan.key);
    chart->setObjectName(QStringLiteral("chart_") + key);
    chart->setTitle(key);
    chart->setLink(&link_);
    chart->setSmoothing(smoothing_->value());
    chart->restore(chartStates_.value(QLatin1String("charts")).toObject().value(key).toObject());
    if (smoothing_->value() > 0) chart->setSmoothing(smoothing_->value());
    QStringList metrics;
    for (const std::string& tag : plan.tags) metrics << QString::fromStdString(tag);
    chart->setMetrics(metrics);
    chart->setRuns({run_});
    connect(chart, &MetricChart::failed, this, &ChartGrid::failed);
    charts_[plan.key] = chart;
    return chart;
}

int ChartGrid::columns() const {
    return std::clamp((width() - 36 + gap) / (leastChartWidth + gap), 1, 3);
}

void ChartGrid::arrange() {
    columns_ = columns();
    for (const auto& [group, view] : sections_) view->arrange(columns_, filter_->text().trimmed());
}

void ChartGrid::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    if (columns() != columns_) arrange();
}

void ChartGrid::focusCharts() {
    scroll_->setFocus(Qt::OtherFocusReason);
}

void ChartGrid::focusFilter() {
    filter_->setFocus(Qt::ShortcutFocusReason);
    filter_->selectAll();
}

QList<MetricChart*> ChartGrid::charts() const {
    QList<MetricChart*> charts;
    for (const ChartSection& plan : chartSections(tags_))
        if (const auto at = sections_.find(plan.group); at != sections_.end()) at->second->collect(charts);
    return charts;
}

QJsonObject ChartGrid::save() const {
    QJsonObject charts = chartStates_.value(QLatin1String("charts")).toObject();
    for (const auto& [key, chart] : charts_) charts[QString::fromStdString(key)] = chart->save();
    QJsonObject sections;
    for (const auto& [group, view] : sections_) sections[QString::fromStdString(group)] = view->save();
    return {{QStringLiteral("x"), link_.save()},
            {QStringLiteral("smoothing"), smoothing_->value()},
            {QStringLiteral("scroll"), scroll_->verticalScrollBar()->value()},
            {QStringLiteral("charts"), charts},
            {QStringLiteral("sections"), sections}};
}

void ChartGrid::restore(const QJsonObject& state) {
    chartStates_ = state;
    link_.restore(state.value(QLatin1String("x")).toObject());
    smoothing_->setValue(state.value(QLatin1String("smoothing")).toDouble());
    const QJsonObject sections = state.value(QLatin1String("sections")).toObject();
    for (const auto& [group, view] : sections_)
        view->restore(sections.value(QString::fromStdString(group)).toObject());
    const QJsonObject charts = state.value(QLatin1String("charts")).toObject();
    for (const auto& [key, chart] : charts_)
        chart->restore(charts.value(QString::fromStdString(key)).toObject());
    arrange();
}

}  // namespace filigree::ui
