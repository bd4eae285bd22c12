// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/browser/runs_delegate.h"

#include <QApplication>
#include <QLineEdit>
#include <QPainter>
#include <QPainterPath>
#include <QTableView>
#include <algorithm>
#include <cmath>

#include "ui/model/run_style.h"

namespace filigree::ui {
namespace {

constexpr int padding = 8;
constexpr int rowHeight = 26;

void paintText(QPainter& painter, const QRect& area, int alignment, const QString& text) {
    const QFontMetrics metrics(painter.font());
    painter.drawText(area, alignment | Qt::AlignVCenter | Qt::TextSingleLine,
                     metrics.elidedText(text, Qt::ElideRight, area.width()));
}

}  // namespace

void paintStateShape(QPainter& painter, const QRectF& square, const store::RunInfo& run, const QColor& ink) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF r = square;
    painter.setPen(Qt::NoPen);
    painter.setBrush(ink);
    const QPen line(ink, 1.8, Qt::SolidLine, Qt::RoundCap);
    if (run.noContact) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(ink, 1.6, Qt::DotLine));
        painter.drawEllipse(r.adjusted(1, 1, -1, -1));
        painter.restore();
        return;
    }
    switch (run.state) {
        case store::RunState::Queued:
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(ink, 1.6));
            painter.drawEllipse(r.adjusted(1, 1, -1, -1));
            break;
        case store::RunState::Running: {
            QPainterPath path;
            path.moveTo(r.left() + r.width() * 0.15, r.top());
            path.lineTo(r.right(), r.center().y());
            path.lineTo(r.left() + r.width() * 0.15, r.bottom());
            path.closeSubpath();
            painter.drawPath(path);
            break;
        }
        case store::RunState::Paused: {
            const double bar = r.width() * 0.3;
            painter.drawRect(QRectF(r.left() + r.width() * 0.08, r.top(), bar, r.height()));
            painter.drawRect(QRectF(r.right() - r.width() * 0.08 - bar, r.top(), bar, r.height()));
            break;
        }
        case store::RunState::Finished:
            painter.drawEllipse(r.adjusted(0.5, 0.5, -0.5, -0.5));
            break;
        case store::RunState::Failed:
            painter.setPen(line);
            painter.drawLine(r.topLeft() + QPointF(1, 1), r.bottomRight() - QPointF(1, 1));
            painter.drawLine(r.topRight() + QPointF(-1, 1), r.bottomLeft() + QPointF(1, -1));
            break;
        case store::RunState::Stopped:
            painter.drawRect(r.adjusted(1, 1, -1, -1));
            break;
        case store::RunState::Interrupted:
            painter.drawRoundedRect(QRectF(r.center().x() - 1.2, r.top(), 2.4, r.height() * 0.62), 1, 1);
            painter.drawEllipse(QPointF(r.center().x(), r.bottom() - 1.3), 1.5, 1.5);
            break;
    }
    painter.restore();
}

RunsDelegate::RunsDelegate(const Theme& theme, RunsModel& model, QObject* parent)
    : QStyledItemDelegate(parent), theme_(theme), model_(model) {}

QSize RunsDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const {
    return {80, rowHeight};
}

void RunsDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                         const QModelIndex& index) const {
    const Palette& colours = theme_.palette();
    const bool selected = option.state & QStyle::State_Selected;
    const Group* group = model_.groupAt(index.row());
    const QRect cell = option.rect;
    painter->save();
    QColor ground = colour(colours.ground);
    if (group) ground = colour(colours.panel);
    if (index.row() == hovered_) ground = colour(colours.hover);
    if (selected) ground = colour(colours.selection);
    painter->fillRect(cell, ground);
    painter->setPen(colour(mix(colours.ground, colours.border, 0.5)));
    painter->drawLine(cell.bottomLeft(), cell.bottomRight());

    const auto* view = qobject_cast<const QTableView*>(option.widget);
    if (view && view->hasFocus() && view->currentIndex().row() == index.row()) {
        // The focus ring goes around the whole line.
        painter->setPen(QPen(colour(colours.accent), 2));
        painter->drawLine(cell.left(), cell.top() + 1, cell.right(), cell.top() + 1);
        painter->drawLine(cell.left(), cell.bottom(), cell.right(), cell.bottom());
    }
    const QRect area = cell.adjusted(padding, 0, -padding, -1);
    const auto column = static_cast<std::size_t>(index.column());
    const Column& what = model_.columns()[column];
    painter->setPen(colour(colours.text));
    if (group) {
        paintGroup(*painter, option, index, *group, area);
    } else if (const RowPointer row = model_.rowAt(index.row())) {
        switch (what.kind) {
            case ColumnKind::State:
                paintState(*painter, option, *row, area);
                break;
            case ColumnKind::Name:
                paintName(*painter, option, *row, area);
                break;
            case ColumnKind::Spark:
                paintSpark(*painter, *row, model_.numberOfColumn(index.column()), area);
                break;
            case ColumnKind::Tags:
                paintTags(*painter, option, *row, area);
                break;
            default: {
                const bool secondary = what.kind == ColumnKind::Age || what.kind == ColumnKind::Duration ||
                                       what.kind == ColumnKind::Method || what.kind == ColumnKind::Store ||
                                       what.kind == ColumnKind::Host;
                if (secondary) painter->setPen(colour(colours.secondaryText));
                paintText(*painter, area,
                          index.data(Qt::TextAlignmentRole).toInt() & Qt::AlignHorizontal_Mask,
                          index.data().toString());
            }
        }
    }
    painter->restore();
}

void RunsDelegate::paintGroup(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index,
                              const Group& group, QRect area) const {
    const Palette& colours = theme_.palette();
    const Column& what = model_.columns()[static_cast<std::size_t>(index.column())];
    QFont bold = option.font;
    bold.setWeight(QFont::DemiBold);
    if (what.kind == ColumnKind::State) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(colour(colours.secondaryText), 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        const QPointF middle(area.left() + 6, area.center().y() + 0.5);
        const std::array<QPointF, 3> open{middle + QPointF(-4, -2), middle + QPointF(0, 2),
                                          middle + QPointF(4, -2)};
        const std::array<QPointF, 3> closed{middle + QPointF(-2, -4), middle + QPointF(2, 0),
                                            middle + QPointF(-2, 4)};
        painter.drawPolyline((group.collapsed ? closed : open).data(), 3);
        if (!compact_) {
            area.setLeft(area.left() + 20);
            painter.setPen(colour(colours.secondaryText));
            paintText(painter, area, Qt::AlignLeft, tr("n = %1").arg(group.runs.size()));
        }
        return;
    }
    painter.setFont(bold);
    paintText(painter, area, index.data(Qt::TextAlignmentRole).toInt() & Qt::AlignHorizontal_Mask,
              index.data().toString());
}

void RunsDelegate::paintState(QPainter& painter, const QStyleOptionViewItem&, const RunRow& row,
                              QRect area) const {
    const QColor ink = colour(stateColour(row.info, theme_.palette()));
    constexpr double size = 10;
    const double left = compact_ ? area.center().x() - size / 2 : area.left() + 1;
    paintStateShape(painter, QRectF(left, area.center().y() - size / 2 + 0.5, size, size), row.info, ink);
    if (compact_) return;
    painter.setPen(ink);
    area.setLeft(area.left() + 20);
    paintText(painter, area, Qt::AlignLeft, stateText(row.info));
}

void RunsDelegate::paintName(QPainter& painter, const QStyleOptionViewItem&, const RunRow& row,
                             QRect area) const {
    const Palette& colours = theme_.palette();
    const RunStyle style = runStyle(row.info, colours);
    if (model_.grouping().kind != Grouping::Kind::None) area.setLeft(area.left() + 12);
    // A piece of the run's own line, as charts draw it.
    painter.setPen(QPen(style.colour, 3, style.dash, Qt::FlatCap));
    painter.drawLine(area.left(), area.center().y() + 1, area.left() + 14, area.center().y() + 1);
    area.setLeft(area.left() + 22);
    painter.setPen(colour(row.info.name.empty() ? colours.secondaryText : colours.text));
    paintText(painter, area, Qt::AlignLeft, runName(row.info));
}

void RunsDelegate::paintTags(QPainter& painter, const QStyleOptionViewItem& option, const RunRow& row,
                             QRect area) const {
    const Palette& colours = theme_.palette();
    const QFontMetrics metrics(option.font);
    painter.setRenderHint(QPainter::Antialiasing);
    int left = area.left();
    for (const std::string& tag : row.info.tags) {
        const QString text = QString::fromStdString(tag);
        const int width = metrics.horizontalAdvance(text) + 12;
        if (left + std::min(width, 32) > area.right()) break;
        const QRect chip(left, area.center().y() - 9, std::min(width, area.right() - left), 19);
        painter.setPen(colour(colours.border));
        painter.setBrush(colour(colours.panel));
        painter.drawRoundedRect(QRectF(chip).adjusted(0.5, 0.5, -0.5, -0.5), 9, 9);
        painter.setPen(colour(colours.secondaryText));
        paintText(painter, chip.adjusted(6, 0, -4, 0), Qt::AlignLeft, text);
        left += width + 4;
    }
}

void RunsDelegate::paintSpark(QPainter& painter, const RunRow& row, std::size_t metric, QRect area) const {
    const store::MetricSummary* summary = row.metric(metric);
    if (!summary) return;
    const Sparkline* line = model_.sparklines().find(row, *summary);
    if (!line || line->parts.empty()) return;
    const QColor ink = runStyle(row.info, theme_.palette()).colour;
    const QRectF box = QRectF(area).adjusted(0, 5, 0, -4);
    const double range = line->high - line->low;
    const auto x = [&](const Sparkline::Part& part) { return box.left() + part.position * box.width(); };
    const auto y = [&](double value) {
        return range > 0 ? box.bottom() - (value - line->low) / range * box.height() : box.center().y();
    };
    painter.setRenderHint(QPainter::Antialiasing);
    QPolygonF last, band;
    for (const Sparkline::Part& part : line->parts) {
        last << QPointF(x(part), y(part.last));
        band << QPointF(x(part), y(part.greatest));
    }
    for (auto part = line->parts.rbegin(); part != line->parts.rend(); ++part)
        band << QPointF(x(*part), y(part->least));
    QColor faint = ink;
    faint.setAlphaF(0.25F);
    painter.setPen(Qt::NoPen);
    painter.setBrush(faint);
    painter.drawPolygon(band);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(ink, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    if (last.size() > 1) painter.drawPolyline(last);
    if (last.size() == 1 || row.info.state == store::RunState::Running) {
        painter.setBrush(ink);
        painter.drawEllipse(last.back(), 1.8, 1.8);
    }
}

QWidget* RunsDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem&, const QModelIndex&) const {
    auto* editor = new QLineEdit(parent);
    editor->setObjectName(QStringLiteral("renameEdit"));
    editor->setAccessibleName(tr("Name of the run"));
    editor->setMaxLength(200);
    return editor;
}

void RunsDelegate::updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                                        const QModelIndex&) const {
    editor->setGeometry(option.rect.adjusted(0, -1, 0, 1));
}

}  // namespace filigree::ui
