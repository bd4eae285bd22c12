// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

#include "ui/base/theme.h"
#include "ui/theme/colour_map.h"

class QLineEdit;
class QToolButton;

namespace filigree::ui {

/// Histogram of values with the two ends of the range that colours span: dragged, typed, or left to the
/// values (automatic). Signed values keep both ends at the same distance from zero.
class RangeControl : public QWidget {
    Q_OBJECT
  public:
    explicit RangeControl(Theme& theme, QWidget* parent = nullptr);

    /// The values there are: equal bins from `least` to `greatest`.
    void setHistogram(std::vector<qint64> bins, double least, double greatest, bool isSigned);
    void setRange(double low, double high, bool automatic);
    void setMap(const ColourMap* map);
    double low() const { return low_; }
    double high() const { return high_; }

  signals:
    void rangeEdited(double low, double high);
    void automaticWanted();

  private:
    class Strip;
    void edited(double low, double high);
    void typed();
    void showNumbers();

    Theme& theme_;
    Strip* strip_;
    QLineEdit* lowField_;
    QLineEdit* highField_;
    QToolButton* automatic_;
    std::vector<qint64> bins_;
    double least_ = 0, greatest_ = 1;
    double low_ = 0, high_ = 1;
    bool signed_ = false;
    const ColourMap* map_ = nullptr;
};

}  // namespace filigree::ui
