// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/help/shortcuts.h"

#include <QJsonObject>
#include <QWidget>

namespace filigree::ui {
namespace {

const QString& sessionKey() {
    static const QString key = QStringLiteral("shortcuts");
    return key;
}

/// Where the action's shortcut works: the widget that it was added to.
QWidget* contextOf(const QAction* action) {
    for (QObject* object : action->associatedObjects())
        if (auto* widget = qobject_cast<QWidget*>(object); widget && !widget->inherits("QMenu") &&
                                                           !widget->inherits("QToolBar") &&
                                                           !widget->inherits("QToolButton"))
            return widget;
    return nullptr;
}

bool meet(const QAction* a, const QAction* b) {
    const QWidget* here = contextOf(a);
    const QWidget* there = contextOf(b);
    if (!here || !there || here == there) return true;
    return here->isAncestorOf(there) || there->isAncestorOf(here);
}

}  // namespace

Shortcuts::Shortcuts(ActionTable& actions, Session& session, QObject* parent)
    : QObject(parent), actions_(actions), session_(session) {
    for (const ActionTable::Entry& entry : actions_.entries()) apply(entry.spec.id);
    connect(&actions_, &ActionTable::added, this, &Shortcuts::apply);
}

QList<QKeySequence> Shortcuts::defaults(const QString& id) const {
    for (const ActionTable::Entry& entry : actions_.entries())
        if (entry.spec.id == id) return entry.spec.shortcuts;
    return {};
}

bool Shortcuts::isChanged(const QString& id) const {
    return session_.value(sessionKey()).toObject().contains(id);
}

void Shortcuts::apply(const QString& id) {
    QAction* action = actions_.find(id);
    const QJsonValue own = session_.value(sessionKey()).toObject().value(id);
    if (!action) return;
    if (own.isString())
        action->setShortcut(QKeySequence::fromString(own.toString(), QKeySequence::PortableText));
    else
        action->setShortcuts(defaults(id));
}

void Shortcuts::set(const QString& id, const QKeySequence& shortcut) {
    const QList<QKeySequence> usual = defaults(id);
    if (usual.size() == 1 ? usual.front() == shortcut : usual.isEmpty() && shortcut.isEmpty())
        return reset(id);
    QJsonObject all = session_.value(sessionKey()).toObject();
    all.insert(id, shortcut.toString(QKeySequence::PortableText));
    session_.setValue(sessionKey(), all);
    apply(id);
    emit changed();
}

void Shortcuts::reset(const QString& id) {
    QJsonObject all = session_.value(sessionKey()).toObject();
    all.remove(id);
    session_.setValue(sessionKey(), all);
    apply(id);
    emit changed();
}

void Shortcuts::resetAll() {
    session_.remove(sessionKey());
    for (const ActionTable::Entry& entry : actions_.entries()) apply(entry.spec.id);
    emit changed();
}

QStringList Shortcuts::conflicts(const QString& id) const {
    QStringList others;
    const QAction* action = actions_.find(id);
    if (!action) return others;
    for (const ActionTable::Entry& entry : actions_.entries()) {
        if (entry.spec.id == id) continue;
        for (const QKeySequence& mine : action->shortcuts())
            if (!mine.isEmpty() && entry.action->shortcuts().contains(mine) && meet(action, entry.action)) {
                others.append(QString(entry.action->text()).remove('&'));
                break;
            }
    }
    return others;
}

}  // namespace filigree::ui
