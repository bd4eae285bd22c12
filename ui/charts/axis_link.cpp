// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/axis_link.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace filigree::ui {
namespace {

constexpr std::array axisWords{"step", "epoch", "time"};
constexpr std::array scaleWords{"linear", "log", "symlog"};

template <typename Enum, typename Words>
Enum fromWord(const QString& word, const Words& words) {
    for (std::size_t i = 0; i < words.size(); ++i)
        if (word == QLatin1String(words[i])) return static_cast<Enum>(i);
    return static_cast<Enum>(0);
}

}  // namespace

void AxisLink::setAxis(XAxis axis) {
    if (axis == axis_) return;
    axis_ = axis;
    chosen_.reset();
    extents_.clear();
    cursor_.reset();
    emit axisChanged();
    emit rangeChanged();
    emit cursorChanged();
}

void AxisLink::setScale(Scale scale) {
    if (scale == scale_) return;
    scale_ = scale;
    emit axisChanged();
}

void AxisLink::follow() {
    if (!chosen_) return;
    chosen_.reset();
    emit rangeChanged();
}

void AxisLink::setRange(const Interval& range) {
    if (!(range.high > range.low) || !std::isfinite(range.size()) || range == chosen_) return;
    chosen_ = range;
    emit rangeChanged();
}

Interval AxisLink::range() const {
    if (chosen_) return *chosen_;
    const Interval all = extent().value_or(Interval{0, 1});
    return all.high > all.low ? all : Interval{all.low - 0.5, all.high + 0.5};
}

std::optional<Interval> AxisLink::extent() const {
    std::optional<Interval> all;
    for (const Interval& one : extents_)
        all = all ? Interval{std::min(all->low, one.low), std::max(all->high, one.high)} : one;
    return all;
}

void AxisLink::setExtent(const QObject* chart, const std::optional<Interval>& extent) {
    const std::optional<Interval> before = this->extent();
    if (extent)
        extents_.insert(chart, *extent);
    else
        extents_.remove(chart);
    if (!chosen_ && this->extent() != before) emit rangeChanged();
}

void AxisLink::setCursor(std::optional<double> x) {
    if (x == cursor_) return;
    cursor_ = x;
    emit cursorChanged();
}

QJsonObject AxisLink::save() const {
    QJsonObject state{{QStringLiteral("axis"), QLatin1String(axisWords[static_cast<std::size_t>(axis_)])},
                      {QStringLiteral("scale"), QLatin1String(scaleWords[static_cast<std::size_t>(scale_)])}};
    if (chosen_) {
        state[QStringLiteral("low")] = chosen_->low;
        state[QStringLiteral("high")] = chosen_->high;
    }
    return state;
}

void AxisLink::restore(const QJsonObject& state) {
    setAxis(fromWord<XAxis>(state.value(QLatin1String("axis")).toString(), axisWords));
    setScale(fromWord<Scale>(state.value(QLatin1String("scale")).toString(), scaleWords));
    const QJsonValue low = state.value(QLatin1String("low")), high = state.value(QLatin1String("high"));
    if (low.isDouble() && high.isDouble())
        setRange({low.toDouble(), high.toDouble()});
    else
        follow();
}

}  // namespace filigree::ui
