// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <optional>

#include "ui/charts/curve_reader.h"
#include "ui/charts/scale.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;

namespace filigree::ui {

class MetricChart;

/// Title, axes, smoothing, lines and legend of one chart. Every change shows at once; a range that is none is
/// marked, says why and changes nothing. Follows what is done to the chart meanwhile.
class ChartSettingsDialog : public QDialog {
    Q_OBJECT
  public:
    ChartSettingsDialog(MetricChart& chart, QWidget* parent);

  private:
    struct AxisFields {
        QComboBox* scale;
        QLineEdit *low, *high;
    };
    AxisFields makeAxis(const QString& name, const QString& id);
    void refresh();
    void showRange(const AxisFields& axis, const std::optional<Interval>& chosen, const Interval& now);
    /// What the fields say: none when both are empty. A limit that is left out is taken from `now`. `valid`
    /// turns false where they hold no range of a positive length, or one that is not `aboveZero` but must be.
    std::optional<Interval> readRange(const AxisFields& axis, const Interval& now, bool aboveZero,
                                      bool& valid);
    void applyX();
    void applyY();
    void reset();

    MetricChart& chart_;
    QLineEdit* title_;
    QComboBox* xAxis_;
    AxisFields x_, y_;
    QDoubleSpinBox *smoothing_, *width_;
    QCheckBox* legend_;
    QLabel* problem_;
};

}  // namespace filigree::ui
