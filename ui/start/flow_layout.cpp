// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/flow_layout.h"

#include <algorithm>

namespace filigree::ui {

QLayoutItem* FlowLayout::itemAt(int index) const {
    return index >= 0 && index < count() ? items_[static_cast<std::size_t>(index)].get() : nullptr;
}

QLayoutItem* FlowLayout::takeAt(int index) {
    if (index < 0 || index >= count()) return nullptr;
    const auto place = items_.begin() + index;
    QLayoutItem* const item = place->release();
    items_.erase(place);
    return item;
}

QSize FlowLayout::sizeHint() const {
    QSize size(0, 0);
    for (const auto& item : items_) {
        const QSize hint = item->sizeHint();
        size.rwidth() += hint.width() + (size.width() > 0 ? spacing() : 0);
        size.setHeight(std::max(size.height(), hint.height()));
    }
    return size;
}

QSize FlowLayout::minimumSize() const {
    QSize size(0, 0);
    for (const auto& item : items_) size = size.expandedTo(item->minimumSize());
    return size;
}

void FlowLayout::setGeometry(const QRect& place) {
    QLayout::setGeometry(place);
    arrange(place, true);
}

int FlowLayout::arrange(const QRect& place, bool moves) const {
    int x = place.x(), y = place.y(), rowHeight = 0;
    for (const auto& item : items_) {
        const QSize size = item->sizeHint();
        if (x > place.x() && x + size.width() > place.x() + place.width()) {
            x = place.x();
            y += rowHeight + spacing();
            rowHeight = 0;
        }
        if (moves) item->setGeometry(QRect(QPoint(x, y), size));
        x += size.width() + spacing();
        rowHeight = std::max(rowHeight, size.height());
    }
    return y + rowHeight - place.y();
}

}  // namespace filigree::ui
