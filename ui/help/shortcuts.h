// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "ui/base/action_table.h"
#include "ui/model/session.h"

namespace filigree::ui {

/// The person's own shortcuts: kept in the session, given to every action of the table, those added later
/// too.
class Shortcuts : public QObject {
    Q_OBJECT
  public:
    Shortcuts(ActionTable& actions, Session& session, QObject* parent = nullptr);

    QList<QKeySequence> defaults(const QString& id) const;
    bool isChanged(const QString& id) const;
    /// An empty sequence takes the action's shortcut away.
    void set(const QString& id, const QKeySequence& shortcut);
    void reset(const QString& id);
    void resetAll();
    /// Other actions that the same keys would reach where `id` works: then neither would be done.
    QStringList conflicts(const QString& id) const;

  signals:
    void changed();

  private:
    void apply(const QString& id);

    ActionTable& actions_;
    Session& session_;
};

}  // namespace filigree::ui
