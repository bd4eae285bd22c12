// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/comparison_model.h"

#include <QPainter>
#include <utility>

#include "ui/model/run_style.h"

namespace filigree::ui {
namespace {

/// A piece of the run's line, as charts draw it.
QPixmap lineSample(const RunRow& row, const Palette& palette) {
    const RunStyle style = runStyle(row.info, palette);
    QPixmap pixmap(32, 32);
    pixmap.setDevicePixelRatio(2);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setPen(QPen(style.colour, 3, style.dash, Qt::FlatCap));
    painter.drawLine(0, 8, 16, 8);
    return pixmap;
}

}  // namespace

void ComparisonModel::set(std::vector<Compared> columns, std::vector<ComparisonLine> lines,
                          std::size_t baseline) {
    beginResetModel();
    columns_ = std::move(columns);
    lines_ = std::move(lines);
    baseline_ = baseline;
    endResetModel();
}

int ComparisonModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(lines_.size());
}

int ComparisonModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(columns_.size());
}

QVariant ComparisonModel::data(const QModelIndex& index, int role) const {
    const ComparisonLine& line = lines_[static_cast<std::size_t>(index.row())];
    if (line.cells.empty()) return {};
    const ComparisonCell& cell = line.cells[static_cast<std::size_t>(index.column())];
    if (role == Qt::DisplayRole) return cell.text;
    if (role == Qt::ToolTipRole || role == Qt::AccessibleTextRole) {
        QString text =
            QStringLiteral("%1: %2").arg(line.title, cell.exact.isEmpty() ? cell.text : cell.exact);
        if (!cell.delta.isEmpty()) text += tr("\n%1 against the baseline").arg(cell.delta);
        return text;
    }
    return {};
}

QVariant ComparisonModel::headerData(int section, Qt::Orientation orientation, int role) const {
    const auto at = static_cast<std::size_t>(section);
    if (orientation == Qt::Vertical) {
        if (at >= lines_.size()) return {};
        if (role == Qt::DisplayRole) return lines_[at].title;
        if (role == Qt::FontRole && lines_[at].kind == ComparisonLine::Kind::Section)
            return theme_.font(1, true);
        if (role == Qt::TextAlignmentRole) return static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter);
        if (role == Qt::ToolTipRole) return lines_[at].title;
        return {};
    }
    if (at >= columns_.size()) return {};
    const Compared& column = columns_[at];
    if (role == Qt::DisplayRole)
        return at == baseline_ ? tr("%1 (baseline)").arg(column.title) : column.title;
    if (role == Qt::ToolTipRole)
        return QStringLiteral("%1\n%2").arg(column.title,
                                            runCount(static_cast<qsizetype>(column.runs.size())));
    if (role == Qt::DecorationRole && column.runs.size() == 1)
        return lineSample(*column.runs.front(), theme_.palette());
    if (role == Qt::TextAlignmentRole) return static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter);
    return {};
}

Qt::ItemFlags ComparisonModel::flags(const QModelIndex& index) const {
    const bool section = lines_[static_cast<std::size_t>(index.row())].cells.empty();
    return section ? Qt::NoItemFlags : Qt::ItemIsEnabled | Qt::ItemIsSelectable;
}

QString ComparisonModel::asTsv() const {
    QString text;
    for (const Compared& column : columns_) text += '\t' + QString(column.title).replace('\t', ' ');
    text += '\n';
    for (const ComparisonLine& line : lines_) {
        text += line.title;
        for (const ComparisonCell& cell : line.cells)
            text +=
                '\t' +
                QString(cell.exact.isEmpty() ? cell.text : cell.exact).replace('\t', ' ').replace('\n', ' ');
        text += '\n';
    }
    return text;
}

void ComparisonDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                               const QModelIndex& index) const {
    const Palette& colours = theme_.palette();
    const ComparisonLine& line = model_.lines()[static_cast<std::size_t>(index.row())];
    const QRect cell = option.rect;
    painter->save();
    const bool selected = option.state & QStyle::State_Selected;
    painter->fillRect(cell, colour(selected             ? colours.selection
                                   : line.cells.empty() ? colours.panel
                                                        : colours.ground));
    painter->setPen(colour(mix(colours.ground, colours.border, 0.5)));
    painter->drawLine(cell.bottomLeft(), cell.bottomRight());
    if (!line.cells.empty()) {
        const ComparisonCell& what = line.cells[static_cast<std::size_t>(index.column())];
        QRect area = cell.adjusted(8, 0, -8, -1);
        const QFontMetrics metrics(option.font);
        const bool stands = what.differs || static_cast<std::size_t>(index.column()) == model_.baseline();
        painter->setPen(colour(stands ? colours.text : colours.secondaryText));
        const QString text = metrics.elidedText(what.text, Qt::ElideRight, area.width());
        painter->drawText(area, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, text);
        area.setLeft(area.left() + metrics.horizontalAdvance(text) + 12);
        if (!what.delta.isEmpty() && area.width() > 24) {
            const Rgb ink = what.better > 0   ? colours.success
                            : what.better < 0 ? colours.error
                                              : colours.secondaryText;
            // An arrow says better or worse too, for those who do not see the colour.
            const QString arrow = what.better > 0   ? QStringLiteral("▲ ")
                                  : what.better < 0 ? QStringLiteral("▼ ")
                                                    : QString();
            painter->setPen(colour(ink));
            painter->setFont(theme_.font(0.9));
            const QFontMetrics small(painter->font());
            painter->drawText(area, Qt::AlignRight | Qt::AlignVCenter | Qt::TextSingleLine,
                              small.elidedText(arrow + what.delta, Qt::ElideRight, area.width()));
        }
    }
    painter->restore();
}

}  // namespace filigree::ui
