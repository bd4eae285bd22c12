// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/connectivity/values_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ui/base/text.h"

namespace filigree::ui {

void ValuesModel::setPattern(std::shared_ptr<const Connectivity> pattern) {
    beginResetModel();
    pattern_ = std::move(pattern);
    rows_.clear();
    if (pattern_) {
        const auto count = std::min<std::size_t>(pattern_->column.size(), mostRows);
        rows_.reserve(count);
        for (std::uint32_t row = 0; rows_.size() < count; ++row)
            rows_.insert(rows_.end(), std::min<std::size_t>(pattern_->inDegree[row], count - rows_.size()),
                         row);
    }
    order_.resize(rows_.size());
    std::iota(order_.begin(), order_.end(), 0U);
    order();
    endResetModel();
}

qint64 ValuesModel::leftOut() const {
    return pattern_ ? pattern_->connections() - static_cast<qint64>(rows_.size()) : 0;
}

double ValuesModel::value(std::size_t connection, int column) const {
    const auto of = [&](const std::vector<float>& values) {
        return values.empty() ? std::numeric_limits<double>::quiet_NaN()
                              : static_cast<double>(values[connection]);
    };
    switch (column) {
        case Row:
            return static_cast<double>(pattern_->rowId(rows_[connection]));
        case Column_:
            return static_cast<double>(pattern_->columnId(pattern_->column[connection]));
        case Weight:
            return of(pattern_->weight);
        case Age:
            return of(pattern_->age);
        case Activity:
            return of(pattern_->activity);
        case Change:
            if (pattern_->against) return pattern_->side[connection];
            return pattern_->grown.empty() ? 0 : pattern_->grown[connection];
        default:
            return 0;
    }
}

void ValuesModel::order() {
    const bool ascending = sortOrder_ == Qt::AscendingOrder;
    if (sortColumn_ == Row && (!pattern_ || pattern_->rowIds.empty())) {
        std::sort(order_.begin(), order_.end());
        if (!ascending) std::reverse(order_.begin(), order_.end());
        return;
    }
    std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
        const double left = value(a, sortColumn_);
        const double right = value(b, sortColumn_);
        // What is not known comes last either way.
        if (std::isnan(left) || std::isnan(right)) return !std::isnan(left) && std::isnan(right);
        return ascending ? left < right : right < left;
    });
}

void ValuesModel::sort(int column, Qt::SortOrder order) {
    if (column < 0) return;
    emit layoutAboutToBeChanged();
    sortColumn_ = column;
    sortOrder_ = order;
    this->order();
    emit layoutChanged();
}

int ValuesModel::rowOf(qint64 row, qint64 column) const {
    if (!pattern_) return -1;
    const auto connection = pattern_->find(row, column);
    if (!connection || *connection >= rows_.size()) return -1;
    const auto at = std::find(order_.begin(), order_.end(), static_cast<std::uint32_t>(*connection));
    return static_cast<int>(at - order_.begin());
}

int ValuesModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(order_.size());
}

int ValuesModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ValuesModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const std::size_t connection = connectionAt(index.row());
    const double number = value(connection, index.column());
    if (role == Qt::TextAlignmentRole)
        return QVariant(index.column() == Change ? Qt::AlignLeft | Qt::AlignVCenter
                                                 : Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && index.column() != Change) return exactNumber(number);
    if (role != Qt::DisplayRole) return {};
    if (index.column() == Change && pattern_->against) {
        const std::uint8_t side = pattern_->side[connection];
        return side == Connectivity::Both ? tr("A and B") : side == Connectivity::OnlyA ? tr("A") : tr("B");
    }
    if (index.column() == Change) return number > 0 ? tr("+ grown") : QString();
    if (index.column() == Row || index.column() == Column_)
        return QString::number(static_cast<qint64>(number));
    return formatNumber(number);
}

QVariant ValuesModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant(section == Change ? Qt::AlignLeft | Qt::AlignVCenter
                                          : Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    switch (section) {
        case Row:
            return tr("row");
        case Column_:
            return tr("column");
        case Weight:
            return tr("weight");
        case Age:
            return tr("age");
        case Activity:
            return tr("active");
        case Change:
            return pattern_ && pattern_->against ? tr("in") : tr("change");
        default:
            return {};
    }
}

QString ValuesModel::asText(const QList<int>& rows) const {
    const bool compared = pattern_ && pattern_->against;
    QString text = QStringLiteral("row\tcolumn\tweight\tage\tactive\t%1\n")
                       .arg(compared ? QStringLiteral("in") : QStringLiteral("grown"));
    for (const int row : rows) {
        const std::size_t connection = connectionAt(row);
        for (int column = 0; column < ColumnCount; ++column) {
            const double number = value(connection, column);
            if (compared && column == Change) {
                const std::uint8_t side = pattern_->side[connection];
                if (side != Connectivity::OnlyB) text += QLatin1Char('A');
                if (side != Connectivity::OnlyA) text += QLatin1Char('B');
            } else if (!std::isnan(number)) {
                text += exactNumber(number);
            }
            text += column + 1 == ColumnCount ? '\n' : '\t';
        }
    }
    return text;
}

}  // namespace filigree::ui
