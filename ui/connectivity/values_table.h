// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <memory>
#include <vector>

#include "ui/views/connectivity.h"

namespace filigree::ui {

/// The connections of a layer as a table: for those who do not see the canvas, and for copying. Sorts by any
/// column; of more than 100 000 connections it holds the first by row.
class ValuesModel : public QAbstractTableModel {
    Q_OBJECT
  public:
    enum Column { Row, Column_, Weight, Age, Activity, Change, ColumnCount };
    static constexpr qint64 mostRows = 100'000;

    explicit ValuesModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    void setPattern(std::shared_ptr<const Connectivity> pattern);
    /// How many connections it does not hold.
    qint64 leftOut() const;
    /// The connection of a table row, and the table row of a position (-1: none).
    std::size_t connectionAt(int row) const { return order_[static_cast<std::size_t>(row)]; }
    int rowOf(qint64 row, qint64 column) const;
    /// Rows as tab-separated text with a heading, all digits.
    QString asText(const QList<int>& rows) const;
    const Connectivity* pattern() const { return pattern_.get(); }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order) override;

  private:
    double value(std::size_t connection, int column) const;
    void order();

    std::shared_ptr<const Connectivity> pattern_;
    std::vector<std::uint32_t> rows_;  ///< matrix row of every connection held
    std::vector<std::uint32_t> order_;
    int sortColumn_ = Row;
    Qt::SortOrder sortOrder_ = Qt::AscendingOrder;
};

}  // namespace filigree::ui
