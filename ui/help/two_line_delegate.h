// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

#include "ui/base/theme.h"

namespace filigree::ui {

/// A row of two lines: DisplayRole above, `detailRole` below in secondary ink, both cut with "…".
class TwoLineDelegate : public QStyledItemDelegate {
    Q_OBJECT
  public:
    static constexpr int detailRole = Qt::UserRole + 1;

    TwoLineDelegate(const Theme& theme, QObject* parent) : QStyledItemDelegate(parent), theme_(theme) {}

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

  private:
    const Theme& theme_;
};

}  // namespace filigree::ui
