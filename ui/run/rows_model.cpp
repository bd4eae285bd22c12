// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run/rows_model.h"

#include <QApplication>
#include <QClipboard>
#include <QFont>
#include <QHeaderView>
#include <QPainter>
#include <QShortcut>
#include <QStyledItemDelegate>
#include <QTableView>
#include <algorithm>
#include <iterator>
#include <utility>

#include "ui/base/theme.h"

namespace filigree::ui {

RowsModel::RowsModel(const Theme& theme, const QStringList& headers, QObject* parent)
    : QAbstractTableModel(parent), theme_(theme), headers_(headers) {
    connect(&theme, &Theme::changed, this, [this] {
        if (!rows_.empty()) emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
    });
}

void RowsModel::setRows(std::vector<Row> rows) {
    const std::size_t common = std::min(rows.size(), rows_.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (rows_[i] == rows[i]) continue;
        rows_[i] = std::move(rows[i]);
        const auto row = static_cast<int>(i);
        emit dataChanged(index(row, 0), index(row, columnCount() - 1));
    }
    if (rows.size() < rows_.size()) {
        beginRemoveRows({}, static_cast<int>(rows.size()), rowCount() - 1);
        rows_.resize(rows.size());
        endRemoveRows();
    } else if (rows.size() > common) {
        rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(common));
        append(std::move(rows));
    }
}

void RowsModel::append(std::vector<Row> rows) {
    if (rows.empty()) return;
    beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(rows.size()) - 1);
    std::move(rows.begin(), rows.end(), std::back_inserter(rows_));
    endInsertRows();
}

int RowsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int RowsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(headers_.size());
}

QVariant RowsModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount()) return {};
    const Row& row = rows_[static_cast<std::size_t>(index.row())];
    const int column = index.column();
    switch (role) {
        case Qt::DisplayRole:
            return row.cells.value(column);
        case Qt::ToolTipRole:
            return row.tips.value(column).isEmpty() ? row.cells.value(column) : row.tips.value(column);
        case Qt::TextAlignmentRole:
            return static_cast<int>((numeric_.contains(column) ? Qt::AlignRight : Qt::AlignLeft) |
                                    Qt::AlignVCenter);
        case Qt::FontRole: {
            QFont font = monospaced_.contains(column) ? theme_.monospaced() : theme_.font(1);
            if (row.bold) font.setWeight(QFont::DemiBold);
            return font;
        }
        case Qt::ForegroundRole: {
            const Palette& palette = theme_.palette();
            if (column > 0)
                return row.tone == Tone::Secondary ? QVariant(colour(palette.secondaryText)) : QVariant();
            switch (row.tone) {
                case Tone::Plain:
                    return {};
                case Tone::Secondary:
                    return colour(palette.secondaryText);
                case Tone::Accent:
                    return colour(palette.accent);
                case Tone::Success:
                    return colour(palette.success);
                case Tone::Warning:
                    return colour(palette.warning);
                case Tone::Error:
                    return colour(palette.error);
            }
            return {};
        }
        case Qt::UserRole:
            return row.key;
        default:
            return {};
    }
}

QVariant RowsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::DisplayRole) return headers_.value(section);
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>((numeric_.contains(section) ? Qt::AlignRight : Qt::AlignLeft) |
                                Qt::AlignVCenter);
    return {};
}

namespace {

/// Texts stand under their headings: with the same distance from the edge.
class CellDelegate : public QStyledItemDelegate {
  public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& given,
               const QModelIndex& index) const override {
        QStyleOptionViewItem option(given);
        initStyleOption(&option, index);
        const QStyle* style = option.widget ? option.widget->style() : QApplication::style();
        style->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);
        const QRect rect = option.rect.adjusted(8, 0, -8, 0);
        painter->save();
        painter->setFont(option.font);
        painter->setPen(option.palette.color(QPalette::Text));
        painter->drawText(rect, static_cast<int>(option.displayAlignment) | Qt::TextSingleLine,
                          option.fontMetrics.elidedText(option.text, option.textElideMode, rect.width()));
        painter->restore();
    }
};

}  // namespace

QTableView* makeTable(QAbstractItemModel* model, const QString& objectName, const QString& accessibleName,
                      QWidget* parent) {
    auto* table = new QTableView(parent);
    table->setObjectName(objectName);
    table->setAccessibleName(accessibleName);
    table->setModel(model);
    table->setItemDelegate(new CellDelegate(table));
    table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setShowGrid(false);
    table->setWordWrap(false);
    table->setTabKeyNavigation(false);
    table->setTextElideMode(Qt::ElideRight);
    table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->verticalHeader()->hide();
    table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table->verticalHeader()->setDefaultSectionSize(26);
    table->horizontalHeader()->setStretchLastSection(true);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setMinimumSectionSize(48);
    auto* copy = new QShortcut(QKeySequence::Copy, table);
    copy->setContext(Qt::WidgetShortcut);
    QObject::connect(copy, &QShortcut::activated, table, [table] {
        QModelIndexList rows = table->selectionModel()->selectedRows();
        std::sort(rows.begin(), rows.end());
        QString text;
        for (const QModelIndex& row : rows) {
            QStringList cells;
            for (int column = 0; column < table->model()->columnCount(); ++column)
                cells << row.siblingAtColumn(column).data().toString();
            text += cells.join('\t') + '\n';
        }
        QApplication::clipboard()->setText(text);
    });
    return table;
}

}  // namespace filigree::ui
