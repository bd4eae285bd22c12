// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_menu.h"

#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <cmath>

#include "ui/charts/chart_overlay.h"
#include "ui/charts/chart_plot.h"
#include "ui/charts/metric_chart.h"

namespace filigree::ui {
namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("filigree::ui::ChartMenu", text);
}

}  // namespace

void fillChartMenu(MetricChart& chart, QMenu& menu) {
    AxisLink& link = chart.link();
    const auto choice = [&](const QString& title, const QStringList& names, int now, auto set) {
        QMenu* sub = menu.addMenu(title);
        auto* group = new QActionGroup(sub);
        for (int i = 0; i < names.size(); ++i) {
            QAction* action = sub->addAction(names[i], &chart, [set, i] { set(i); });
            action->setCheckable(true);
            action->setChecked(i == now);
            group->addAction(action);
        }
        return sub;
    };
    menu.addAction(tr("Fit all and follow"), &chart, &MetricChart::fitAll);
    choice(tr("X axis"), {tr("Step"), tr("Epoch"), tr("Time without pauses")}, static_cast<int>(link.axis()),
           [&chart](int i) { chart.setXAxis(static_cast<XAxis>(i)); });
    choice(tr("X scale"), {tr("Linear"), tr("Logarithmic"), tr("Symmetric logarithmic")},
           static_cast<int>(link.scale()), [&chart](int i) { chart.setXScale(static_cast<Scale>(i)); });
    choice(tr("Y scale"), {tr("Linear"), tr("Logarithmic"), tr("Symmetric logarithmic")},
           static_cast<int>(chart.yScale()), [&chart](int i) { chart.setYScale(static_cast<Scale>(i)); });
    // Half-lives that make sense for the length of what there is.
    const double length = link.extent() ? link.extent()->size() : 0;
    QList<double> halfLives{0};
    for (const double share : {0.002, 0.005, 0.02, 0.05}) {
        const double rough = share * length;
        if (!(rough > 0)) continue;
        const double decade = std::pow(10, std::floor(std::log10(rough)));
        halfLives << std::round(rough / decade) * decade;
    }
    QStringList names{tr("Off")};
    for (qsizetype i = 1; i < halfLives.size(); ++i)
        names << tr("Half-life %1").arg(xText(link.axis(), halfLives[i]));
    choice(tr("Smoothing"), names, static_cast<int>(halfLives.indexOf(chart.smoothing())),
           [&chart, halfLives](int i) { chart.setSmoothing(halfLives[i]); });
    if (!chart.groups().isEmpty())
        choice(tr("Band"),
               {tr("None"), tr("Least to greatest"), tr("Standard deviation"), tr("Standard error"),
                tr("95 % t interval")},
               static_cast<int>(chart.band()), [&chart](int i) { chart.setBand(static_cast<Band>(i)); });
    QAction* old =
        menu.addAction(tr("Superseded attempts"), &chart, [&chart](bool on) { chart.setShowSuperseded(on); });
    old->setCheckable(true);
    old->setChecked(chart.showsSuperseded());
    menu.addSeparator();
    menu.addAction(tr("Settings…"), &chart, &MetricChart::editSettings);
    menu.addAction(tr("Export figure…"), &chart, &MetricChart::exportFigure);
    menu.addAction(tr("Add to figure"), &chart, &MetricChart::addToFigure);
    menu.addAction(tr("Copy data"), &chart, [&chart] { QApplication::clipboard()->setText(chart.csv()); });
    menu.addAction(tr("Copy picture"), &chart,
                   [&chart] { QApplication::clipboard()->setPixmap(chart.plot().grab()); });
}

}  // namespace filigree::ui
