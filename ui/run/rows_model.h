// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QColor>
#include <QStringList>
#include <QVariant>
#include <vector>

class QTableView;

namespace filigree::ui {

class Theme;

/// A table of texts. New contents keep the view's selection and scroll position: rows that stayed stay.
class RowsModel : public QAbstractTableModel {
    Q_OBJECT
  public:
    enum class Tone { Plain, Secondary, Accent, Success, Warning, Error };
    struct Row {
        QStringList cells;
        QStringList tips;  ///< per cell, may be shorter
        bool bold = false;
        Tone tone = Tone::Plain;  ///< of the first cell
        QVariant key;             ///< what the row stands for: a step, a file
        bool operator==(const Row&) const = default;
    };

    RowsModel(const Theme& theme, const QStringList& headers, QObject* parent);

    void setRows(std::vector<Row> rows);
    void append(std::vector<Row> rows);
    const std::vector<Row>& rows() const { return rows_; }
    /// Columns whose texts are numbers: to the right, digits of equal width.
    void setNumeric(const QList<int>& columns) { numeric_ = columns; }
    void setMonospaced(const QList<int>& columns) { monospaced_ = columns; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  private:
    const Theme& theme_;
    QStringList headers_;
    QList<int> numeric_, monospaced_;
    std::vector<Row> rows_;
};

/// A calm table over a model: whole rows, no grid, 26 px a row, Ctrl+C copies as tab-separated text.
QTableView* makeTable(QAbstractItemModel* model, const QString& objectName, const QString& accessibleName,
                      QWidget* parent);

}  // namespace filigree::ui
