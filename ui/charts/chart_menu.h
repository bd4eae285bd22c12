// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QMenu;

namespace filigree::ui {

class MetricChart;

/// Adds what can be done to a chart: axes and scales, smoothing, bands, settings, export. The actions go with
/// the menu, which must not outlive the chart.
void fillChartMenu(MetricChart& chart, QMenu& menu);

}  // namespace filigree::ui
