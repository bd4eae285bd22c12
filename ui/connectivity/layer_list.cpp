// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/connectivity/layer_list.h"

#include <QPainter>
#include <QSignalBlocker>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <algorithm>
#include <cmath>

#include "ui/base/text.h"

namespace filigree::ui {
namespace {

constexpr int densityRole = Qt::UserRole + 1;
constexpr int shapeRole = Qt::UserRole + 2;
constexpr int padding = 12;

/// Name and density in one line, shape below, then the bar.
class LayerDelegate : public QStyledItemDelegate {
  public:
    LayerDelegate(Theme& theme, QObject* parent) : QStyledItemDelegate(parent), theme_(theme) {}

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override {
        return {160, option.fontMetrics.height() * 2 + 28};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        const Palette& colours = theme_.palette();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const bool chosen = option.state.testFlag(QStyle::State_Selected);
        if (chosen || option.state.testFlag(QStyle::State_MouseOver))
            painter->fillRect(option.rect, colour(chosen ? colours.selection : colours.hover));
        if (chosen)
            painter->fillRect(QRect(option.rect.topLeft(), QSize(3, option.rect.height())),
                              colour(colours.accent));
        const QRect inner = option.rect.adjusted(padding, 8, -padding, -8);
        const int line = option.fontMetrics.height();
        const double density = index.data(densityRole).toDouble();
        const QString share = formatNumber(100 * density, 3) + QStringLiteral("\u2009%");
        const int shareWidth = option.fontMetrics.horizontalAdvance(share);
        QFont font = option.font;
        painter->setPen(colour(colours.text));
        painter->drawText(QRect(inner.right() - shareWidth, inner.top(), shareWidth + 1, line),
                          Qt::AlignRight, share);
        font.setWeight(QFont::DemiBold);
        painter->setFont(font);
        painter->drawText(QRect(inner.left(), inner.top(), inner.width() - shareWidth - 8, line),
                          Qt::AlignLeft,
                          QFontMetrics(font).elidedText(index.data(Qt::DisplayRole).toString(),
                                                        Qt::ElideMiddle, inner.width() - shareWidth - 8));
        painter->setFont(theme_.font(0.9));
        painter->setPen(colour(colours.secondaryText));
        painter->drawText(QRect(inner.left(), inner.top() + line, inner.width(), line), Qt::AlignLeft,
                          index.data(shapeRole).toString());
        const QRectF groove(inner.left(), inner.bottom() - 4, inner.width(), 4);
        painter->setPen(Qt::NoPen);
        painter->setBrush(colour(colours.border));
        painter->drawRoundedRect(groove, 2, 2);
        painter->setBrush(colour(colours.accent));
        QRectF bar = groove;
        bar.setWidth(std::max(density > 0 ? 2.0 : 0.0, groove.width() * density));
        painter->drawRoundedRect(bar, 2, 2);
        if (option.state.testFlag(QStyle::State_HasFocus)) {
            painter->setBrush(Qt::NoBrush);
            painter->setPen(QPen(colour(colours.accent), 2));
            painter->drawRoundedRect(QRectF(option.rect).adjusted(1, 1, -1, -1), 3, 3);
        }
        painter->restore();
    }

  private:
    Theme& theme_;
};

}  // namespace

LayerList::LayerList(Theme& theme, QWidget* parent)
    : QListView(parent), model_(new QStandardItemModel(this)) {
    setObjectName(QStringLiteral("layers"));
    setAccessibleName(tr("Layers"));
    setModel(model_);
    setItemDelegate(new LayerDelegate(theme, this));
    setUniformItemSizes(true);
    setMouseTracking(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setEditTriggers(NoEditTriggers);
    connect(selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
        if (index.isValid()) emit layerChosen(index.data().toString());
    });
    connect(&theme, &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

void LayerList::setLayers(const std::vector<Layer>& layers) {
    if (layers == layers_) return;
    const bool sameNames = std::equal(layers.begin(), layers.end(), layers_.begin(), layers_.end(),
                                      [](const Layer& a, const Layer& b) { return a.name == b.name; });
    const QString before = chosen();
    const QSignalBlocker quiet(selectionModel());
    if (!sameNames) {
        model_->clear();
        for (const Layer& layer : layers) model_->appendRow(new QStandardItem(layer.name));
    }
    layers_ = layers;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const Layer& layer = layers[i];
        QStandardItem* item = model_->item(static_cast<int>(i));
        const double positions = static_cast<double>(layer.rows) * static_cast<double>(layer.columns);
        const double density = positions > 0 ? static_cast<double>(layer.connections) / positions : 0;
        item->setData(density, densityRole);
        item->setData(QStringLiteral("%1 \u00D7 %2").arg(formatCount(layer.rows), formatCount(layer.columns)),
                      shapeRole);
        const QString words =
            tr("%1, %2 of %3 connections, density %4 %")
                .arg(layer.name, formatCount(layer.connections), formatCount(layer.rows * layer.columns),
                     formatNumber(100 * density, 3));
        item->setData(words, Qt::AccessibleTextRole);
        item->setToolTip(words);
    }
    if (!sameNames) choose(before);
}

QString LayerList::chosen() const {
    return currentIndex().isValid() ? currentIndex().data().toString() : QString();
}

void LayerList::choose(const QString& name) {
    const auto found = model_->findItems(name);
    const QModelIndex index =
        !name.isEmpty() && !found.isEmpty() ? found.first()->index() : model_->index(0, 0);
    if (index.isValid()) setCurrentIndex(index);
}

void LayerList::move(int rows) {
    if (model_->rowCount() == 0) return;
    setCurrentIndex(model_->index(std::clamp(currentIndex().row() + rows, 0, model_->rowCount() - 1), 0));
}

}  // namespace filigree::ui
