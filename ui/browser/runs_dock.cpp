// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/browser/runs_dock.h"

#include <QLabel>
#include <QMenu>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "ui/browser/run_actions.h"

namespace filigree::ui {

RunsDock::RunsDock(Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      workspace_(workspace),
      actions_(RunActions::of(workspace, this)),
      model_(workspace, RunIndex::of(workspace)) {
    setObjectName(QStringLiteral("runsDock"));
    setMinimumWidth(180);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    filter_ = new FilterEdit(workspace_, RunIndex::of(workspace_), this);
    filter_->setObjectName(QStringLiteral("dockFilter"));
    filter_->setPlaceholderText(tr("Filter"));
    auto* top = new QHBoxLayout;
    top->setContentsMargins(8, 8, 8, 8);
    top->addWidget(filter_);
    layout->addLayout(top);
    stack_ = new QStackedWidget(this);
    view_ = new RunsView(workspace_, model_, stack_);
    view_->setObjectName(QStringLiteral("dockTable"));
    view_->setCompact();
    stack_->addWidget(view_);
    empty_ = new QLabel(stack_);
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setWordWrap(true);
    empty_->setProperty("role", "secondary");
    empty_->setMargin(16);
    stack_->addWidget(empty_);
    layout->addWidget(stack_, 1);

    // The column of the metric follows the choice of the model.
    const auto chooseColumns = [this] {
        std::vector<Column> columns;
        if (!model_.metric().empty()) columns.push_back({ColumnKind::Last, model_.metric()});
        model_.setChosenColumns(columns);
    };
    connect(&model_, &RunsModel::arranged, this, [this, chooseColumns] {
        chooseColumns();
        const bool none = model_.rowCount() == 0;
        empty_->setText(filter_->query().isEmpty() ? tr("No runs yet") : tr("No run matches"));
        stack_->setCurrentIndex(none && RunIndex::of(workspace_).hasRows() ? 1 : 0);
    });
    chooseColumns();
    connect(filter_, &FilterEdit::queryChanged, this, [this] { model_.setQuery(filter_->query()); });
    connect(view_, &RunsView::opened, this, [this](const RunKey& run) { emit workspace_.showRun(run); });
    connect(view_, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
        QMenu menu(this);
        actions_.fillMenu(menu);
        if (!menu.isEmpty()) menu.exec(view_->viewport()->mapToGlobal(at));
    });
}

void RunsDock::focusSearch() {
    filter_->setFocus(Qt::ShortcutFocusReason);
    filter_->selectAll();
}

void RunsDock::showEvent(QShowEvent* event) {
    model_.setShown(true);
    QWidget::showEvent(event);
}

void RunsDock::hideEvent(QHideEvent* event) {
    model_.setShown(false);
    QWidget::hideEvent(event);
}

}  // namespace filigree::ui
