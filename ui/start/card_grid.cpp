// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/card_grid.h"

#include <QEvent>
#include <algorithm>

namespace filigree::ui {
namespace {

constexpr int gap = 16;
constexpr int leastWidth = 272;
constexpr int mostColumns = 4;

}  // namespace

CardGrid::CardGrid(QWidget* parent) : QWidget(parent) {}

void CardGrid::setCards(const std::vector<QWidget*>& cards) {
    qDeleteAll(cards_);
    cards_ = cards;
    for (QWidget* card : cards_) {
        card->setParent(this);
        card->show();
    }
    arrange();
}

void CardGrid::arrange() {
    columns_ = std::clamp((width() + gap) / (leastWidth + gap), 1, mostColumns);
    const int cardWidth = (width() - (columns_ - 1) * gap) / columns_;
    int cardHeight = 0;
    std::vector<QWidget*> shown;
    for (QWidget* card : cards_) {
        if (card->isHidden()) continue;
        shown.push_back(card);
        cardHeight = std::max(cardHeight, card->hasHeightForWidth() ? card->heightForWidth(cardWidth)
                                                                    : card->sizeHint().height());
    }
    int bottom = 0;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const int column = static_cast<int>(i) % columns_;
        const int row = static_cast<int>(i) / columns_;
        const QRect place(column * (cardWidth + gap), row * (cardHeight + gap), cardWidth, cardHeight);
        shown[i]->setGeometry(place);
        bottom = place.bottom() + 1;
    }
    setMinimumHeight(bottom);
    setMaximumHeight(bottom);
}

void CardGrid::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    arrange();
}

void CardGrid::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) arrange();
}

}  // namespace filigree::ui
