// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/menus.h"

#include <QMenu>
#include <QMenuBar>
#include <QTimer>
#include <algorithm>

namespace filigree::ui {

Menus::Menus(ActionTable& actions, QMenuBar* bar) : QObject(bar), actions_(actions), bar_(bar) {
    const std::pair<MenuId, QString> titles[] = {
        {MenuId::File, tr("&File")}, {MenuId::Edit, tr("&Edit")},       {MenuId::Run, tr("&Run")},
        {MenuId::View, tr("&View")}, {MenuId::Analyse, tr("&Analyse")}, {MenuId::Window, tr("&Window")},
        {MenuId::Help, tr("&Help")}};
    for (const auto& [id, title] : titles) menus_[id] = bar->addMenu(title);
    // Pages add many actions at once.
    connect(&actions, &ActionTable::added, this, [this] {
        if (pending_) return;
        pending_ = true;
        QTimer::singleShot(0, this, [this] { rebuild(); });
    });
    rebuild();
}

void Menus::addSubmenu(MenuId menu, int group, QMenu* submenu) {
    submenus_.push_back({menu, group, submenu});
    rebuild();
}

void Menus::rebuild() {
    pending_ = false;
    for (auto at = menus_.begin(); at != menus_.end(); ++at) {
        struct Item {
            int group;
            QAction* action;
        };
        std::vector<Item> items;
        for (const ActionTable::Entry& entry : actions_.entries())
            if (entry.spec.menu == at.key()) items.push_back({entry.spec.group, entry.action});
        for (const Submenu& submenu : submenus_)
            if (submenu.menu == at.key()) items.push_back({submenu.group, submenu.submenu->menuAction()});
        std::stable_sort(items.begin(), items.end(),
                         [](const Item& a, const Item& b) { return a.group < b.group; });
        QMenu* menu = at.value();
        menu->clear();
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (i > 0 && items[i].group != items[i - 1].group) menu->addSeparator();
            menu->addAction(items[i].action);
        }
        menu->menuAction()->setVisible(!items.empty());
    }
}

}  // namespace filigree::ui
