// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

namespace filigree::ui {

/// Children of equal width in as many columns as fit (1 to 4), all as high as the highest needs for that
/// width.
class CardGrid : public QWidget {
    Q_OBJECT
  public:
    explicit CardGrid(QWidget* parent);

    /// Takes the widgets over and deletes those that it had.
    void setCards(const std::vector<QWidget*>& cards);
    const std::vector<QWidget*>& cards() const { return cards_; }
    /// Lays out anew: after cards were hidden or shown.
    void arrange();
    int columns() const { return columns_; }

  protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    std::vector<QWidget*> cards_;
    int columns_ = 1;
};

}  // namespace filigree::ui
