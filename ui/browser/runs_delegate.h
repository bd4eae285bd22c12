// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

#include "ui/base/theme.h"
#include "ui/browser/runs_model.h"

namespace filigree::ui {

/// Paints the lines of a run table: state as shape, word and colour; the run's own colour beside its name;
/// the curve of the metric; headers of groups.
class RunsDelegate : public QStyledItemDelegate {
    Q_OBJECT
  public:
    RunsDelegate(const Theme& theme, RunsModel& model, QObject* parent = nullptr);

    /// The line under the pointer; -1: none.
    void setHovered(int line) { hovered_ = line; }
    /// A table of one store shows shapes of states without words.
    void setCompact(bool on) { compact_ = on; }

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option,
                          const QModelIndex& index) const override;
    void updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                              const QModelIndex& index) const override;

  private:
    void paintGroup(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index,
                    const Group& group, QRect area) const;
    void paintName(QPainter& painter, const QStyleOptionViewItem& option, const RunRow& row,
                   QRect area) const;
    void paintState(QPainter& painter, const QStyleOptionViewItem& option, const RunRow& row,
                    QRect area) const;
    void paintTags(QPainter& painter, const QStyleOptionViewItem& option, const RunRow& row,
                   QRect area) const;
    void paintSpark(QPainter& painter, const RunRow& row, std::size_t metric, QRect area) const;

    const Theme& theme_;
    RunsModel& model_;
    int hovered_ = -1;
    bool compact_ = false;
};

/// The shape of a state in a square: hollow circle, triangle, two bars, filled circle, cross, square,
/// exclamation mark.
void paintStateShape(QPainter& painter, const QRectF& square, const store::RunInfo& run, const QColor& ink);

}  // namespace filigree::ui
