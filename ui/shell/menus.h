// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMap>
#include <QObject>

#include "ui/base/action_table.h"

class QMenu;
class QMenuBar;

namespace filigree::ui {

/// Keeps the menu bar as the ActionTable has it: File, Edit, Run, View, Analyse, Window, Help, groups between
/// separators. A menu without actions is not shown.
class Menus : public QObject {
    Q_OBJECT
  public:
    Menus(ActionTable& actions, QMenuBar* bar);

    /// A menu inside another, for what is no single action (recent stores).
    void addSubmenu(MenuId menu, int group, QMenu* submenu);

  private:
    void rebuild();

    struct Submenu {
        MenuId menu;
        int group;
        QMenu* submenu;
    };

    ActionTable& actions_;
    QMenuBar* bar_;
    QMap<MenuId, QMenu*> menus_;
    std::vector<Submenu> submenus_;
    bool pending_ = false;
};

}  // namespace filigree::ui
