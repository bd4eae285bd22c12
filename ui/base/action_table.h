// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QKeySequence>
#include <QObject>
#include <QString>
#include <functional>
#include <vector>

namespace filigree::ui {

enum class MenuId { File, Edit, Run, View, Analyse, Window, Help };

/// Every action of the program by id. The menus, the tool bar and the command palette are made of it, so
/// nothing can be done by mouse alone and every shortcut can be found and changed.
class ActionTable : public QObject {
    Q_OBJECT
  public:
    struct Spec {
        QString id;  ///< "run.pause"; unique
        MenuId menu = MenuId::File;
        int group = 0;  ///< a separator stands between groups of a menu; ascending
        QString text;   ///< with '&'; "…" at the end only if more input is needed
        QString tip;    ///< one sentence, for the status bar and the palette
        QList<QKeySequence> shortcuts;
        bool checkable = false;
        QAction::MenuRole role = QAction::NoRole;
    };

    explicit ActionTable(QObject* parent = nullptr) : QObject(parent) {}

    /// Adds an action. Its owner is the table; `context` (a page, the main window) gets it, so that the
    /// shortcut works where that widget is: a page's actions only while the page is visible.
    QAction* add(QWidget* context, const Spec& spec, std::function<void()> triggered);
    /// As above, without a function: connect to triggered/toggled yourself.
    QAction* add(QWidget* context, const Spec& spec);

    QAction* find(const QString& id) const;  ///< nullptr if there is none

    struct Entry {
        Spec spec;
        QAction* action;
    };
    const std::vector<Entry>& entries() const { return entries_; }

  signals:
    void added(const QString& id);

  private:
    std::vector<Entry> entries_;
};

}  // namespace filigree::ui
