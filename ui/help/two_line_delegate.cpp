// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/help/two_line_delegate.h"

#include <QPainter>

namespace filigree::ui {
namespace {

constexpr int insetX = 12;
constexpr int insetY = 8;

}  // namespace

void TwoLineDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                            const QModelIndex& index) const {
    const Palette& palette = theme_.palette();
    painter->save();
    if (option.state & QStyle::State_Selected)
        painter->fillRect(option.rect, colour(palette.selection));
    else if (option.state & QStyle::State_MouseOver)
        painter->fillRect(option.rect, colour(palette.hover));
    const QRect area = option.rect.adjusted(insetX, insetY, -insetX, -insetY);
    const QString detail = index.data(detailRole).toString();
    painter->setFont(theme_.font(1, true));
    painter->setPen(colour(palette.text));
    const int line = painter->fontMetrics().height();
    const QRect first(area.left(), area.top(), area.width(), detail.isEmpty() ? area.height() : line);
    painter->drawText(
        first, Qt::AlignLeft | Qt::AlignVCenter,
        painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, area.width()));
    if (!detail.isEmpty()) {
        painter->setFont(theme_.font(0.9));
        painter->setPen(colour(palette.secondaryText));
        const QRect second(area.left(), area.bottom() - line + 1, area.width(), line);
        painter->drawText(second, Qt::AlignLeft | Qt::AlignVCenter,
                          painter->fontMetrics().elidedText(detail, Qt::ElideRight, area.width()));
    }
    painter->restore();
}

QSize TwoLineDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const int line = QFontMetrics(theme_.font(1, true)).height();
    const int lines = index.data(detailRole).toString().isEmpty() ? 1 : 2;
    return {option.rect.width(), lines * line + (lines - 1) * 2 + 2 * insetY};
}

}  // namespace filigree::ui
