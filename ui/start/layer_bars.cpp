// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/layer_bars.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

#include "ui/base/text.h"

namespace filigree::ui {
namespace {

double densityOf(const train::LayerConnections& layer) {
    return static_cast<double>(layer.active) /
           static_cast<double>(std::max<std::int64_t>(1, layer.shape.elements()));
}

QString shapeText(const Shape& shape) {
    QStringList sizes;
    for (int i = 0; i < shape.rank(); ++i) sizes.append(QString::number(shape[i]));
    return sizes.join(QStringLiteral(" × "));
}

QString percent(double share) {
    return LayerBars::tr("%1 %").arg(formatNumber(100 * share, 3));
}

}  // namespace

LayerBars::LayerBars(const Theme& theme, QWidget* parent) : QWidget(parent), theme_(theme) {
    setObjectName(QStringLiteral("layerBars"));
    connect(&theme, &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

void LayerBars::setLayers(const std::vector<train::LayerConnections>& layers) {
    layers_ = layers;
    QStringList sentences;
    for (const train::LayerConnections& layer : layers_)
        sentences.append(
            tr("%1: density %2").arg(QString::fromStdString(layer.layer), percent(densityOf(layer))));
    setAccessibleName(tr("Density per layer"));
    setAccessibleDescription(sentences.join(QStringLiteral("; ")));
    updateGeometry();
    update();
}

int LayerBars::rowHeight() const {
    return 2 * fontMetrics().height() + 22;
}

QSize LayerBars::sizeHint() const {
    return {280, static_cast<int>(layers_.size()) * rowHeight()};
}

void LayerBars::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Palette& palette = theme_.palette();
    const QFont strong = theme_.font(1, true);
    const QFont plain = theme_.font(0.9);
    const int line = fontMetrics().height();
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const train::LayerConnections& layer = layers_[i];
        const double density = densityOf(layer);
        const QRect row(0, static_cast<int>(i) * rowHeight(), width(), rowHeight());
        const QRect text(row.left(), row.top(), row.width(), line + 2);
        painter.setFont(strong);
        painter.setPen(colour(palette.text));
        const QString name = QString::fromStdString(layer.layer);
        painter.drawText(text, Qt::AlignLeft | Qt::AlignVCenter, name);
        const int nameWidth = painter.fontMetrics().horizontalAdvance(name) + 8;
        painter.drawText(text, Qt::AlignRight | Qt::AlignVCenter, percent(density));
        painter.setFont(plain);
        painter.setPen(colour(palette.secondaryText));
        painter.drawText(text.adjusted(nameWidth, 0, -64, 0), Qt::AlignLeft | Qt::AlignVCenter,
                         shapeText(layer.shape));
        const QRectF track(row.left(), row.top() + line + 6, row.width(), 6);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour(palette.border));
        painter.drawRoundedRect(track, 3, 3);
        painter.setBrush(colour(layer.sparse ? palette.accent : palette.secondaryText));
        painter.drawRoundedRect(QRectF(track.left(), track.top(), std::max(3.0, track.width() * density), 6),
                                3, 3);
        painter.setPen(colour(palette.secondaryText));
        const QRect below(row.left(), row.top() + line + 13, row.width(), line);
        painter.drawText(
            below, Qt::AlignLeft | Qt::AlignVCenter,
            layer.sparse ? tr("%1 of %2").arg(formatCount(layer.active), formatCount(layer.shape.elements()))
                         : tr("%1, dense").arg(formatCount(layer.active)));
    }
}

bool LayerBars::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int index = help->pos().y() / rowHeight();
        if (index >= 0 && index < static_cast<int>(layers_.size())) {
            const train::LayerConnections& layer = layers_[static_cast<std::size_t>(index)];
            QToolTip::showText(help->globalPos(),
                               tr("%1: %2 of %3 connections, density %4")
                                   .arg(QString::fromStdString(layer.layer), formatCount(layer.active),
                                        formatCount(layer.shape.elements()), exactNumber(densityOf(layer))),
                               this);
            return true;
        }
    }
    return QWidget::event(event);
}

}  // namespace filigree::ui
