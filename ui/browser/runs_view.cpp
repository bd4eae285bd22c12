// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/browser/runs_view.h"

#include <QApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScopedValueRollback>
#include <QScrollBar>

namespace filigree::ui {
namespace {
constexpr int lineHeight = 26;
}

RunsView::RunsView(Workspace& workspace, RunsModel& model, QWidget* parent)
    : QTableView(parent),
      workspace_(workspace),
      model_(model),
      delegate_(new RunsDelegate(workspace.theme, model, this)) {
    setItemDelegate(delegate_);
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setEditTriggers(NoEditTriggers);
    setShowGrid(false);
    setWordWrap(false);
    setTabKeyNavigation(false);
    setMouseTracking(true);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollMode(ScrollPerPixel);
    setFrameShape(NoFrame);
    setContextMenuPolicy(Qt::CustomContextMenu);
    setAccessibleName(tr("Runs"));
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setMinimumSectionSize(lineHeight);
    verticalHeader()->setDefaultSectionSize(lineHeight);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setSectionsClickable(true);
    horizontalHeader()->setSortIndicatorShown(true);
    horizontalHeader()->setStretchLastSection(true);
    horizontalHeader()->setTextElideMode(Qt::ElideMiddle);
    horizontalHeader()->setFixedHeight(28);
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    setModel(&model_);

    connect(&model_, &QAbstractItemModel::modelAboutToBeReset, this, &RunsView::keepPlace);
    connect(&model_, &QAbstractItemModel::modelReset, this, &RunsView::restorePlace);
    connect(selectionModel(), &QItemSelectionModel::selectionChanged, this, &RunsView::publishSelection);
    connect(selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this] { viewport()->update(); });
    connect(&workspace_.selection, &Selection::runsChanged, this, &RunsView::adoptSelection);
    connect(&workspace_.selection, &Selection::hoveredChanged, this, [this] {
        delegate_->setHovered(model_.lineOf(workspace_.selection.hovered()));
        viewport()->update();
    });
    connect(&workspace_.theme, &Theme::changed, this, [this] { viewport()->update(); });
    connect(this, &QAbstractItemView::doubleClicked, this, [this](const QModelIndex& index) {
        if (const RowPointer row = model_.rowAt(index.row())) emit opened(row->key);
    });
    connect(horizontalHeader(), &QHeaderView::sectionClicked, this, [this](int section) {
        const Column& column = model_.columns()[static_cast<std::size_t>(section)];
        // Text ascends first; numbers, ages and curves descend: the best and newest on top.
        const bool textual = column.kind == ColumnKind::State || column.kind == ColumnKind::Name ||
                             column.kind == ColumnKind::Method || column.kind == ColumnKind::Config;
        const bool again = column == model_.sortColumn();
        model_.setSort(column, again ? !model_.descending() : !textual);
    });
    connect(horizontalHeader(), &QHeaderView::sectionResized, this, [this](int section, int, int width) {
        // Only what a person drags, not what the last column does to fill the line.
        if (applyingWidths_ || section >= model_.columnCount() ||
            !(QApplication::mouseButtons() & Qt::LeftButton))
            return;
        const bool isLast = section == model_.columnCount() - 1;
        if (isLast) return;  // as wide as there is room
        widths_[model_.columns()[static_cast<std::size_t>(section)].toString()] = width;
        emit widthsChanged();
    });
    connect(&model_, &RunsModel::arranged, this, [this] {
        const auto& columns = model_.columns();
        const auto at = std::find(columns.begin(), columns.end(), model_.sortColumn());
        horizontalHeader()->setSortIndicator(
            at == columns.end() ? -1 : static_cast<int>(at - columns.begin()),
            model_.descending() ? Qt::DescendingOrder : Qt::AscendingOrder);
    });
    applyWidths();
}

void RunsView::setCompact() {
    compact_ = true;
    horizontalHeader()->hide();
    delegate_->setCompact(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
}

void RunsView::setColumnWidths(const QHash<QString, int>& widths) {
    widths_ = widths;
    applyWidths();
}

void RunsView::applyWidths() {
    const QScopedValueRollback guard(applyingWidths_, true);
    const auto& columns = model_.columns();
    if (compact_) {
        // State, name and value share what there is.
        horizontalHeader()->setStretchLastSection(false);
        const int value = 72, state = 28;
        for (int i = 0; i < model_.columnCount(); ++i) {
            const ColumnKind kind = columns[static_cast<std::size_t>(i)].kind;
            setColumnWidth(i, kind == ColumnKind::State  ? state
                              : kind == ColumnKind::Name ? std::max(80, viewport()->width() - value - state)
                                                         : value);
        }
        return;
    }
    const QFontMetrics metrics(horizontalHeader()->font());
    for (int i = 0; i < model_.columnCount(); ++i) {
        const Column& column = columns[static_cast<std::size_t>(i)];
        int needed = std::min(200, metrics.horizontalAdvance(column.title()) + 40);
        // Room for "0.9329 ± 0.0041" in bold.
        const bool isMetric = column.kind == ColumnKind::Last || column.kind == ColumnKind::Best;
        if (isMetric && model_.grouping().kind != Grouping::Kind::None)
            needed = std::max(needed, metrics.horizontalAdvance(QStringLiteral("0.9329 ± 0.0041")) + 44);
        setColumnWidth(i, widths_.value(column.toString(), std::max(needed, column.defaultWidth())));
    }
}

QList<RunKey> RunsView::selectedRuns() const {
    QList<RunKey> runs;
    QSet<RunKey> known;
    QList<int> lines;
    for (const QItemSelectionRange& range : selectionModel()->selection())
        for (int line = range.top(); line <= range.bottom(); ++line) lines << line;
    std::sort(lines.begin(), lines.end());
    for (const int line : lines)
        for (const RunKey& run : model_.runsAt(line))
            if (!known.contains(run)) {
                known.insert(run);
                runs << run;
            }
    return runs;
}

void RunsView::renameCurrent() {
    const auto& columns = model_.columns();
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (columns[i].kind == ColumnKind::Name && currentIndex().isValid() &&
            model_.rowAt(currentIndex().row()))
            edit(model_.index(currentIndex().row(), static_cast<int>(i)), AllEditTriggers, nullptr);
}

bool RunsView::edit(const QModelIndex& index, EditTrigger trigger, QEvent* event) {
    if (trigger != AllEditTriggers) return false;
    const bool editing = QTableView::edit(index, trigger, event);
    if (editing) model_.setHeld(true);
    return editing;
}

void RunsView::closeEditor(QWidget* editor, QAbstractItemDelegate::EndEditHint hint) {
    QTableView::closeEditor(editor, hint);
    model_.setHeld(false);
}

void RunsView::keyPressEvent(QKeyEvent* event) {
    const int line = currentIndex().row();
    const Group* group = model_.groupAt(line);
    const bool unfold = event->key() == Qt::Key_Right && group && group->collapsed;
    const bool fold = event->key() == Qt::Key_Left && group && !group->collapsed;
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (unfold || fold || (group && (enter || event->key() == Qt::Key_Space))) {
        model_.toggleGroup(line);
        return;
    }
    if (enter && event->modifiers() == Qt::NoModifier) {
        if (const RowPointer row = model_.rowAt(line)) emit opened(row->key);
        return;
    }
    if (event->key() == Qt::Key_Escape && selectionModel()->hasSelection()) {
        clearSelection();
        return;
    }
    QTableView::keyPressEvent(event);
}

void RunsView::mousePressEvent(QMouseEvent* event) {
    const QModelIndex index = indexAt(event->position().toPoint());
    const bool onChevron = index.isValid() && model_.groupAt(index.row()) &&
                           event->position().x() < columnViewportPosition(0) + 28;
    if (event->button() == Qt::LeftButton && onChevron) {
        model_.toggleGroup(index.row());
        return;
    }
    // The menu acts on what is selected: a right click outside selects what is under it.
    if (event->button() == Qt::RightButton && index.isValid() && selectionModel()->isSelected(index)) return;
    QTableView::mousePressEvent(event);
}

void RunsView::setHovered(int line) {
    const RowPointer row = model_.rowAt(line);
    workspace_.selection.setHovered(row ? row->key : RunKey{});
    delegate_->setHovered(line);
    viewport()->update();
}

void RunsView::mouseMoveEvent(QMouseEvent* event) {
    QTableView::mouseMoveEvent(event);
    setHovered(rowAt(static_cast<int>(event->position().y())));
}

void RunsView::leaveEvent(QEvent* event) {
    QTableView::leaveEvent(event);
    setHovered(-1);
}

void RunsView::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    if (compact_) applyWidths();
}

void RunsView::keepPlace() {
    restoring_ = true;
    place_ = {};
    place_.hasPlace = true;
    for (const QItemSelectionRange& range : selectionModel()->selection())
        for (int line = range.top(); line <= range.bottom(); ++line)
            if (const RowPointer row = model_.rowAt(line)) place_.selected.insert(row->key);
    if (const RowPointer row = model_.rowAt(currentIndex().row())) place_.current = row->key;
    place_.scroll = verticalScrollBar()->value();
    place_.horizontal = horizontalScrollBar()->value();
    // The first run that is seen stays where it is.
    for (int line = rowAt(0); line >= 0 && line < model_.rowCount(); ++line)
        if (const RowPointer row = model_.rowAt(line)) {
            place_.top = row->key;
            place_.topOffset = rowViewportPosition(line);
            break;
        }
}

/// Neighbouring lines as one range: ten thousand ranges would take a selection model seconds.
QItemSelection RunsView::linesOf(const QSet<RunKey>& runs) const {
    QItemSelection selection;
    if (runs.isEmpty()) return selection;
    const int lines = model_.rowCount(), lastColumn = model_.columnCount() - 1;
    int begin = -1;
    for (int line = 0; line <= lines; ++line) {
        const RowPointer row = line < lines ? model_.rowAt(line) : nullptr;
        const bool selected = row && runs.contains(row->key);
        if (selected && begin < 0) begin = line;
        if (selected || begin < 0) continue;
        selection.select(model_.index(begin, 0), model_.index(line - 1, lastColumn));
        begin = -1;
    }
    return selection;
}

void RunsView::restorePlace() {
    applyWidths();
    const QItemSelection selection = linesOf(place_.selected);
    const int top = place_.top.isNull() ? -1 : model_.lineOf(place_.top);
    const int currentLine = place_.current.isNull() ? -1 : model_.lineOf(place_.current);
    const QModelIndex current = currentLine < 0 ? QModelIndex() : model_.index(currentLine, 0);
    if (current.isValid()) selectionModel()->setCurrentIndex(current, QItemSelectionModel::NoUpdate);
    if (!selection.isEmpty()) selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
    updateGeometries();
    if (place_.scroll > 0 && top >= 0) verticalScrollBar()->setValue(top * lineHeight - place_.topOffset);
    horizontalScrollBar()->setValue(place_.horizontal);
    restoring_ = false;
    // A run that the filter hides must not be deleted with the others.
    if (place_.selected.size() > 0 && isVisible() && !compact_) publishSelection();
    if (place_.selected.isEmpty()) adoptSelection();
}

void RunsView::publishSelection() {
    if (restoring_) return;
    const QScopedValueRollback guard(restoring_, true);
    const QList<RunKey> runs = selectedRuns();
    workspace_.selection.setRuns(runs);
    const RowPointer current = model_.rowAt(currentIndex().row());
    if (runs.size() == 1)
        workspace_.selection.setCurrent(runs.first());
    else if (current && runs.contains(current->key))
        workspace_.selection.setCurrent(current->key);
}

void RunsView::adoptSelection() {
    if (restoring_) return;
    const QScopedValueRollback guard(restoring_, true);
    const QList<RunKey>& runs = workspace_.selection.runs();
    const QItemSelection selection = linesOf(QSet<RunKey>(runs.begin(), runs.end()));
    selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
}

}  // namespace filigree::ui
