// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLayout>
#include <memory>
#include <vector>

namespace filigree::ui {

/// Items side by side at their own size, in as many rows as the width needs.
class FlowLayout final : public QLayout {
  public:
    explicit FlowLayout(QWidget* parent) : QLayout(parent) {}

    void addItem(QLayoutItem* item) override { items_.emplace_back(item); }
    int count() const override { return static_cast<int>(items_.size()); }
    QLayoutItem* itemAt(int index) const override;
    QLayoutItem* takeAt(int index) override;

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override { return arrange(QRect(0, 0, width, 0), false); }
    /// In one row.
    QSize sizeHint() const override;
    /// The largest item.
    QSize minimumSize() const override;
    Qt::Orientations expandingDirections() const override { return {}; }
    void setGeometry(const QRect& place) override;

  private:
    /// Returns the height; moves the items if asked to.
    int arrange(const QRect& place, bool moves) const;

    std::vector<std::unique_ptr<QLayoutItem>> items_;
};

}  // namespace filigree::ui
