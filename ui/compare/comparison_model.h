// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QStyledItemDelegate>

#include "ui/base/theme.h"
#include "ui/compare/comparison.h"

namespace filigree::ui {

/// The lines of a comparison; what was compared are the columns, keys and metrics the vertical header.
class ComparisonModel : public QAbstractTableModel {
    Q_OBJECT
  public:
    ComparisonModel(const Theme& theme, QObject* parent) : QAbstractTableModel(parent), theme_(theme) {}

    void set(std::vector<Compared> columns, std::vector<ComparisonLine> lines, std::size_t baseline);
    const std::vector<ComparisonLine>& lines() const { return lines_; }
    const std::vector<Compared>& columns() const { return columns_; }
    std::size_t baseline() const { return baseline_; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    /// All digits and deltas, tab-separated.
    QString asTsv() const;

  private:
    const Theme& theme_;
    std::vector<Compared> columns_;
    std::vector<ComparisonLine> lines_;
    std::size_t baseline_ = 0;
};

/// Value on the right, the difference to the baseline beside it.
class ComparisonDelegate : public QStyledItemDelegate {
    Q_OBJECT
  public:
    ComparisonDelegate(const Theme& theme, ComparisonModel& model, QObject* parent)
        : QStyledItemDelegate(parent), theme_(theme), model_(model) {}
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;

  private:
    const Theme& theme_;
    ComparisonModel& model_;
};

}  // namespace filigree::ui
