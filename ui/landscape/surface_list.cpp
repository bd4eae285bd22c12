// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/landscape/surface_list.h"

#include <QPainter>
#include <QSignalBlocker>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <algorithm>

#include "ui/base/text.h"

namespace filigree::ui {
namespace {

constexpr int detailRole = Qt::UserRole + 1;
constexpr int placeRole = Qt::UserRole + 2;
constexpr int shareRole = Qt::UserRole + 3;
constexpr int padding = 12;

/// Directions, recipe and step below each other; a bar while not all places were computed.
class SurfaceDelegate : public QStyledItemDelegate {
  public:
    SurfaceDelegate(Theme& theme, QObject* parent) : QStyledItemDelegate(parent), theme_(theme) {}

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override {
        return {200, option.fontMetrics.height() * 3 + 28};
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
        const auto write = [&](int row, const QFont& font, Rgb ink, const QString& words) {
            painter->setFont(font);
            painter->setPen(colour(ink));
            painter->drawText(QRect(inner.left(), inner.top() + row * line, inner.width(), line),
                              Qt::AlignLeft | Qt::AlignVCenter,
                              QFontMetrics(font).elidedText(words, Qt::ElideRight, inner.width()));
        };
        QFont title = option.font;
        title.setWeight(QFont::DemiBold);
        write(0, title, colours.text, index.data(Qt::DisplayRole).toString());
        write(1, theme_.font(0.9), colours.secondaryText, index.data(detailRole).toString());
        write(2, theme_.font(0.9), colours.secondaryText, index.data(placeRole).toString());
        const double share = index.data(shareRole).toDouble();
        if (share < 1) {
            const QRectF groove(inner.left(), inner.bottom() - 3, inner.width(), 4);
            QRectF bar = groove;
            bar.setWidth(groove.width() * share);
            painter->setPen(Qt::NoPen);
            painter->setBrush(colour(colours.border));
            painter->drawRoundedRect(groove, 2, 2);
            painter->setBrush(colour(colours.accent));
            painter->drawRoundedRect(bar, 2, 2);
        }
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

SurfaceList::SurfaceList(Theme& theme, QWidget* parent)
    : QListView(parent), model_(new QStandardItemModel(this)) {
    setObjectName(QStringLiteral("surfaces"));
    setAccessibleName(tr("Landscapes of the run"));
    setModel(model_);
    setItemDelegate(new SurfaceDelegate(theme, this));
    setUniformItemSizes(true);
    setMouseTracking(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setEditTriggers(NoEditTriggers);
    connect(selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
        if (index.isValid()) emit entryChosen();
    });
    connect(&theme, &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

QString SurfaceList::titleOf(const LandscapeEntry& entry) {
    const bool line = entry.rows == 1;
    if (entry.directions == "trajectory")
        return line ? tr("Trajectory, main component") : tr("Plane of the trajectory");
    if (entry.directions == "networks") return line ? tr("Line to a network") : tr("Plane of three networks");
    return line ? tr("Random direction, by %1").arg(QString::fromStdString(entry.normalization))
                : tr("Random directions, by %1").arg(QString::fromStdString(entry.normalization));
}

QString SurfaceList::detailOf(const LandscapeEntry& entry) {
    const QString places = entry.rows == 1
                               ? tr("%1 places").arg(formatCount(static_cast<qint64>(entry.columns)))
                               : QStringLiteral("%1 \u00D7 %2").arg(entry.columns).arg(entry.rows);
    const QString split = entry.split == "test"   ? tr("test")
                          : entry.split == "both" ? tr("training and test")
                                                  : tr("training");
    return entry.samples == 0 ? tr("%1, all %2 data").arg(places, split)
                              : tr("%1, %2 %3 samples").arg(places, formatCount(entry.samples), split);
}

void SurfaceList::setEntries(const std::vector<LandscapeEntry>& entries) {
    const bool same = std::equal(entries.begin(), entries.end(), entries_.begin(), entries_.end(),
                                 [](const auto& a, const auto& b) { return a.sameAs(b); });
    int row = -1;
    if (const LandscapeEntry* before = chosen())
        for (std::size_t i = 0; i < entries.size(); ++i)
            if (entries[i].sameAs(*before)) row = static_cast<int>(i);
    const QSignalBlocker quiet(selectionModel());
    if (!same) {
        model_->clear();
        for (std::size_t i = 0; i < entries.size(); ++i) model_->appendRow(new QStandardItem);
    }
    entries_ = entries;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const LandscapeEntry& entry = entries[i];
        QStandardItem* item = model_->item(static_cast<int>(i));
        const auto places = static_cast<double>(entry.columns * entry.rows);
        QString place = tr("step %1").arg(formatCount(entry.listing.step));
        if (!entry.complete())
            place += tr(", %1 of %2 places")
                         .arg(formatCount(static_cast<qint64>(entry.known)),
                              formatCount(static_cast<qint64>(places)));
        item->setText(titleOf(entry));
        item->setData(detailOf(entry), detailRole);
        item->setData(place, placeRole);
        item->setData(places > 0 ? static_cast<double>(entry.known) / places : 1.0, shareRole);
        QString recipe = titleOf(entry);
        for (const std::string& words : entry.recipe)
            recipe += QStringLiteral("\n") + QString::fromStdString(words);
        item->setToolTip(recipe);
        item->setData(titleOf(entry) + QStringLiteral(", ") + detailOf(entry) + QStringLiteral(", ") + place,
                      Qt::AccessibleTextRole);
    }
    if (!same && row >= 0) setCurrentIndex(model_->index(row, 0));
    viewport()->update();
}

const LandscapeEntry* SurfaceList::chosen() const {
    const int row = currentIndex().row();
    return row >= 0 && row < static_cast<int>(entries_.size()) ? &entries_[static_cast<std::size_t>(row)]
                                                               : nullptr;
}

void SurfaceList::choose(int row) {
    if (row >= 0 && row < model_->rowCount()) setCurrentIndex(model_->index(row, 0));
}

}  // namespace filigree::ui
