// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/help/shortcut_table.h"

#include <QHeaderView>
#include <QKeySequenceEdit>
#include <QLineEdit>
#include <QPushButton>
#include <QTimer>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "ui/base/icon.h"

namespace filigree::ui {
namespace {

enum Column { ActionColumn, KeysColumn, NoteColumn };
constexpr int idRole = Qt::UserRole;

QString plainText(const QAction* action) {
    return QString(action->text()).remove('&');
}

QString keysOf(const QAction* action) {
    QStringList texts;
    for (const QKeySequence& keys : action->shortcuts())
        if (!keys.isEmpty()) texts.append(keys.toString(QKeySequence::NativeText));
    return texts.join(QStringLiteral(",  "));
}

QString menuTitle(MenuId menu) {
    static const char* const names[] = {QT_TRANSLATE_NOOP("filigree::ui::ShortcutTable", "File"),
                                        QT_TRANSLATE_NOOP("filigree::ui::ShortcutTable", "Edit"),
                                        QT_TRANSLATE_NOOP("filigree::ui::ShortcutTable", "Run"),
                                        QT_TRANSLATE_NOOP("filigree::ui::ShortcutTable", "View"),
                                        QT_TRANSLATE_NOOP("filigree::ui::ShortcutTable", "Analyse"),
                                        QT_TRANSLATE_NOOP("filigree::ui::ShortcutTable", "Window"),
                                        QT_TRANSLATE_NOOP("filigree::ui::ShortcutTable", "Help")};
    return ShortcutTable::tr(names[static_cast<std::size_t>(menu)]);
}

}  // namespace

ShortcutTable::ShortcutTable(const Theme& theme, ActionTable& actions, Shortcuts& shortcuts, bool editable,
                             QWidget* parent)
    : QWidget(parent),
      theme_(theme),
      actions_(actions),
      shortcuts_(shortcuts),
      editable_(editable),
      search_(new QLineEdit(this)),
      tree_(new QTreeWidget(this)) {
    search_->setObjectName(QStringLiteral("shortcutSearch"));
    search_->setPlaceholderText(tr("Search actions or keys"));
    search_->setAccessibleName(tr("Search actions or keys"));
    search_->setClearButtonEnabled(true);
    search_->addAction(icon(theme, QStringLiteral("search"), Ink::Secondary), QLineEdit::LeadingPosition);
    connect(search_, &QLineEdit::textChanged, this, &ShortcutTable::setFilter);
    tree_->setObjectName(QStringLiteral("shortcutTree"));
    tree_->setAccessibleName(tr("Keyboard shortcuts"));
    tree_->setColumnCount(editable ? 3 : 2);
    tree_->setHeaderLabels(editable ? QStringList{tr("Action"), tr("Keys"), QString()}
                                    : QStringList{tr("Action"), tr("Keys")});
    tree_->setRootIsDecorated(false);
    tree_->setStyleSheet(QStringLiteral("QTreeView::item { min-height: 26px; }"));
    tree_->setIndentation(12);
    tree_->setUniformRowHeights(true);
    tree_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    tree_->header()->setSectionResizeMode(ActionColumn, QHeaderView::Stretch);
    tree_->header()->setSectionResizeMode(KeysColumn, QHeaderView::Fixed);
    tree_->header()->resizeSection(KeysColumn, 190);
    if (editable) {
        tree_->header()->setStretchLastSection(false);
        tree_->header()->setSectionResizeMode(NoteColumn, QHeaderView::Fixed);
        tree_->header()->resizeSection(NoteColumn, 150);
        connect(tree_, &QTreeWidget::itemActivated, this,
                [this](QTreeWidgetItem* item) { edit(item->data(0, idRole).toString()); });
    } else {
        tree_->header()->setStretchLastSection(false);
        tree_->setSelectionMode(QAbstractItemView::NoSelection);
    }
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(search_);
    column->addWidget(tree_, 1);
    fill();
    connect(&shortcuts_, &Shortcuts::changed, this, [this] {
        for (int i = 0; i < tree_->topLevelItemCount(); ++i)
            for (int k = 0; k < tree_->topLevelItem(i)->childCount(); ++k)
                refreshRow(tree_->topLevelItem(i)->child(k));
    });
    connect(&theme_, &Theme::changed, this, [this] {
        fill();
        setFilter(search_->text());
    });
}

void ShortcutTable::fill() {
    tree_->clear();
    for (const MenuId menu : {MenuId::File, MenuId::Edit, MenuId::Run, MenuId::View, MenuId::Analyse,
                              MenuId::Window, MenuId::Help}) {
        auto* group = new QTreeWidgetItem({menuTitle(menu)});
        group->setFont(0, theme_.font(1, true));
        group->setFlags(Qt::ItemIsEnabled);
        for (const ActionTable::Entry& entry : actions_.entries()) {
            if (entry.spec.menu != menu) continue;
            // The sheet is about keys: what has none is found in the menus and the palette.
            if (!editable_ && keysOf(entry.action).isEmpty()) continue;
            auto* item = new QTreeWidgetItem(group);
            item->setData(0, idRole, entry.spec.id);
            item->setText(ActionColumn, plainText(entry.action));
            item->setToolTip(ActionColumn, entry.spec.tip);
            refreshRow(item);
        }
        if (group->childCount() == 0) {
            delete group;
            continue;
        }
        tree_->addTopLevelItem(group);
        group->setExpanded(true);
        group->setFirstColumnSpanned(true);
    }
}

void ShortcutTable::refreshRow(QTreeWidgetItem* item) {
    const QString id = item->data(0, idRole).toString();
    const QAction* action = actions_.find(id);
    if (!action) return;
    item->setText(KeysColumn, keysOf(action));
    if (!editable_) return;
    const QStringList clashes = shortcuts_.conflicts(id);
    const bool changed = shortcuts_.isChanged(id);
    QFont font = tree_->font();
    font.setBold(changed);
    item->setFont(KeysColumn, font);
    item->setText(NoteColumn, !clashes.isEmpty() ? tr("also: %1").arg(clashes.join(QStringLiteral(", ")))
                              : changed          ? tr("changed")
                                                 : QString());
    item->setToolTip(NoteColumn, clashes.isEmpty()
                                     ? QString()
                                     : tr("The same keys would do two things, so they do neither. "
                                          "Give one of them other keys."));
    item->setForeground(NoteColumn,
                        colour(clashes.isEmpty() ? theme_.palette().secondaryText : theme_.palette().error));
}

QTreeWidgetItem* ShortcutTable::itemOf(const QString& id) const {
    for (int i = 0; i < tree_->topLevelItemCount(); ++i)
        for (int k = 0; k < tree_->topLevelItem(i)->childCount(); ++k)
            if (QTreeWidgetItem* item = tree_->topLevelItem(i)->child(k);
                item->data(0, idRole).toString() == id)
                return item;
    return nullptr;
}

void ShortcutTable::edit(const QString& id) {
    QTreeWidgetItem* item = itemOf(id);
    if (!editable_ || !item || tree_->itemWidget(item, KeysColumn)) return;
    auto* editor = new QKeySequenceEdit(actions_.find(id)->shortcut(), tree_);
    editor->setObjectName(QStringLiteral("shortcutEditor"));
    editor->setAccessibleName(tr("New keys for %1").arg(item->text(ActionColumn)));
    tree_->setItemWidget(item, KeysColumn, editor);
    // One combination: as soon as it is pressed it counts.
    connect(editor, &QKeySequenceEdit::editingFinished, this, [this, editor, id] {
        const QKeySequence keys = editor->keySequence();
        QTreeWidgetItem* row = itemOf(id);
        if (!row || tree_->itemWidget(row, KeysColumn) != editor) return;
        const QKeySequence first = keys.isEmpty() ? QKeySequence() : QKeySequence(keys[0]);
        QTimer::singleShot(0, this, [this, id, first] {
            if (QTreeWidgetItem* done = itemOf(id)) tree_->removeItemWidget(done, KeysColumn);
            if (first != actions_.find(id)->shortcut()) shortcuts_.set(id, first);
            tree_->setFocus();
        });
    });
    editor->setFocus();
}

void ShortcutTable::setFilter(const QString& text) {
    if (search_->text() != text) {
        search_->setText(text);
        return;
    }
    const QStringList words = text.toLower().split(' ', Qt::SkipEmptyParts);
    for (int i = 0; i < tree_->topLevelItemCount(); ++i) {
        QTreeWidgetItem* group = tree_->topLevelItem(i);
        bool any = false;
        for (int k = 0; k < group->childCount(); ++k) {
            QTreeWidgetItem* item = group->child(k);
            const QString searched =
                (group->text(0) + ' ' + item->text(ActionColumn) + ' ' + item->text(KeysColumn)).toLower();
            bool fits = true;
            for (const QString& word : words) fits = fits && searched.contains(word);
            item->setHidden(!fits);
            any |= fits;
        }
        group->setHidden(!any);
    }
}

}  // namespace filigree::ui
