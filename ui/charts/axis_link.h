// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QJsonObject>
#include <QObject>
#include <optional>

#include "ui/charts/curve_reader.h"
#include "ui/charts/scale.h"

namespace filigree::ui {

/// The x axis that charts share: what it shows, its range, and the cross-hair. A chart without company has
/// one of its own. While the link follows, the range is everything there is, and grows with it; a range that
/// a person chose stays until he lets it follow again.
class AxisLink : public QObject {
    Q_OBJECT
  public:
    explicit AxisLink(QObject* parent = nullptr) : QObject(parent) {}

    XAxis axis() const { return axis_; }
    void setAxis(XAxis axis);  ///< follows again: a range means nothing on another axis
    Scale scale() const { return scale_; }
    void setScale(Scale scale);

    bool isFollowing() const { return !chosen_; }
    void follow();
    void setRange(const Interval& range);
    /// In units of x, never empty.
    Interval range() const;
    /// What a person chose; none while following.
    const std::optional<Interval>& chosen() const { return chosen_; }

    /// What the charts have, together; none while nobody has a point.
    std::optional<Interval> extent() const;
    void setExtent(const QObject* chart, const std::optional<Interval>& extent);

    /// Where the pointer is in one of the charts.
    std::optional<double> cursor() const { return cursor_; }
    void setCursor(std::optional<double> x);

    QJsonObject save() const;
    void restore(const QJsonObject& state);

  signals:
    void axisChanged();  ///< axis or scale
    void rangeChanged();
    void cursorChanged();

  private:
    XAxis axis_ = XAxis::Step;
    Scale scale_ = Scale::Linear;
    std::optional<Interval> chosen_;
    std::optional<double> cursor_;
    QHash<const QObject*, Interval> extents_;
};

}  // namespace filigree::ui
