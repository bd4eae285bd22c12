// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/base/theme.h"
#include "ui/help/shortcuts.h"

class QLineEdit;
class QTreeWidget;
class QTreeWidgetItem;

namespace filigree::ui {

/// Every action with its keys, by menu. To be read (the sheet of keys) or, `editable`, to be changed: Enter
/// or a double click on a row waits for the new keys; a clash is said in words.
class ShortcutTable : public QWidget {
    Q_OBJECT
  public:
    ShortcutTable(const Theme& theme, ActionTable& actions, Shortcuts& shortcuts, bool editable,
                  QWidget* parent);

    void setFilter(const QString& text);
    QTreeWidget* tree() const { return tree_; }
    /// Begins to change the keys of the action.
    void edit(const QString& id);

  private:
    void fill();
    void refreshRow(QTreeWidgetItem* item);
    QTreeWidgetItem* itemOf(const QString& id) const;

    const Theme& theme_;
    ActionTable& actions_;
    Shortcuts& shortcuts_;
    bool editable_;
    QLineEdit* search_;
    QTreeWidget* tree_;
};

}  // namespace filigree::ui
