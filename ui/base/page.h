// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QWidget>

namespace filigree::ui {

/// One tab in the centre of the window.
class Page : public QWidget {
    Q_OBJECT
  public:
    explicit Page(QWidget* parent = nullptr) : QWidget(parent) { setProperty("role", "page"); }

    /// On the tab; `titleChanged` when it changes.
    virtual QString title() const = 0;
    /// The help page that F1 opens while this one has the focus: "connectivity" for
    /// assets/help/connectivity.md.
    virtual QString helpTopic() const = 0;
    /// What survives a restart: scroll positions, ranges, column sets. `restore` must take any object.
    virtual QJsonObject save() const { return {}; }
    virtual void restore(const QJsonObject& state) { Q_UNUSED(state); }
    /// Ctrl+F.
    virtual void focusSearch() {}

  signals:
    void titleChanged();
};

}  // namespace filigree::ui
