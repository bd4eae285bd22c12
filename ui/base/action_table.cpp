// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/base/action_table.h"

#include <QWidget>
#include <stdexcept>
#include <utility>

namespace filigree::ui {

QAction* ActionTable::add(QWidget* context, const Spec& given) {
    // A standard key is on some systems what stands beside it: twice on one action it would be ambiguous.
    Spec spec = given;
    spec.shortcuts.clear();
    for (const QKeySequence& keys : given.shortcuts)
        if (!keys.isEmpty() && !spec.shortcuts.contains(keys)) spec.shortcuts.append(keys);
    if (find(spec.id)) throw std::logic_error("two actions are called " + spec.id.toStdString());
    auto* action = new QAction(spec.text, this);
    action->setObjectName(spec.id);
    action->setStatusTip(spec.tip);
    action->setShortcuts(spec.shortcuts);
    action->setShortcutContext(context->isWindow() ? Qt::WindowShortcut : Qt::WidgetWithChildrenShortcut);
    action->setCheckable(spec.checkable);
    action->setMenuRole(spec.role);
    QString tip = QString(spec.text).remove('&').remove(QStringLiteral("…"));
    if (!spec.shortcuts.isEmpty())
        tip += QStringLiteral(" (%1)").arg(spec.shortcuts.first().toString(QKeySequence::NativeText));
    action->setToolTip(tip + (spec.tip.isEmpty() ? QString() : '\n' + spec.tip));
    context->addAction(action);
    entries_.push_back({spec, action});
    emit added(spec.id);
    return action;
}

QAction* ActionTable::add(QWidget* context, const Spec& spec, std::function<void()> triggered) {
    QAction* action = add(context, spec);
    connect(action, &QAction::triggered, context, [function = std::move(triggered)] { function(); });
    return action;
}

QAction* ActionTable::find(const QString& id) const {
    for (const Entry& entry : entries_)
        if (entry.spec.id == id) return entry.action;
    return nullptr;
}

}  // namespace filigree::ui
