// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QClipboard>

#include "ui/charts/chart_plot.h"
#include "ui/charts/metric_chart.h"
#include "ui/model/workspace.h"

namespace filigree::ui {
namespace {

/// The chart that an action means: with the focus, else under the pointer, else the first that is seen.
MetricChart* chartInUse() {
    for (QWidget* widget = QApplication::focusWidget(); widget; widget = widget->parentWidget())
        if (auto* chart = qobject_cast<MetricChart*>(widget)) return chart;
    MetricChart* first = nullptr;
    if (const QWidget* window = QApplication::activeWindow())
        for (MetricChart* chart : window->findChildren<MetricChart*>()) {
            if (!chart->isVisible()) continue;
            if (chart->underMouse()) return chart;
            if (!first) first = chart;
        }
    return first;
}

}  // namespace

void addChartActions(Workspace& workspace, QWidget* page) {
    const auto add = [&](const ActionTable::Spec& spec, void (*act)(MetricChart&)) {
        if (QAction* there = workspace.actions.find(spec.id)) {
            page->addAction(there);
            return;
        }
        QAction* action = workspace.actions.add(page, spec);
        // The table owns the action and outlives every page.
        QObject::connect(action, &QAction::triggered, action, [act] {
            if (MetricChart* chart = chartInUse()) act(*chart);
        });
    };
    const auto tr = [](const char* text) {
        return QCoreApplication::translate("filigree::ui::ChartActions", text);
    };
    add({.id = QStringLiteral("chart.export"),
         .menu = MenuId::File,
         .group = 40,
         .text = tr("&Export figure…"),
         .tip = tr("Write the chart as PDF, SVG, PNG, TikZ or CSV, in millimetres and points"),
         .shortcuts = {QKeySequence(QStringLiteral("Ctrl+Shift+E"))}},
        [](MetricChart& chart) { chart.exportFigure(); });
    add({.id = QStringLiteral("chart.addToFigure"),
         .menu = MenuId::File,
         .group = 40,
         .text = tr("Add chart to fi&gure"),
         .tip = tr("Adds the chart as it is now to the page Figure, as a panel"),
         .shortcuts = {QKeySequence(QStringLiteral("Ctrl+Shift+G"))}},
        [](MetricChart& chart) { chart.addToFigure(); });
    add({.id = QStringLiteral("chart.settings"),
         .menu = MenuId::View,
         .group = 40,
         .text = tr("Chart &settings…"),
         .tip = tr("Title, ranges and scales of the axes, smoothing, lines and legend of the chart"),
         .shortcuts = {QKeySequence(QStringLiteral("Ctrl+Shift+A"))}},
        [](MetricChart& chart) { chart.editSettings(); });
    add({.id = QStringLiteral("chart.copyData"),
         .menu = MenuId::Edit,
         .group = 40,
         .text = tr("Copy chart &data"),
         .tip = tr("Put the numbers that the chart draws onto the clipboard, as CSV"),
         .shortcuts = {}},
        [](MetricChart& chart) { QApplication::clipboard()->setText(chart.csv()); });
    add({.id = QStringLiteral("chart.fit"),
         .menu = MenuId::View,
         .group = 40,
         .text = tr("&Fit chart"),
         .tip = tr("Show everything of the chart and follow what comes"),
         .shortcuts = {QKeySequence(QStringLiteral("Ctrl+0"))}},
        [](MetricChart& chart) { chart.fitAll(); });
}

}  // namespace filigree::ui
