// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QWidget>

#include "ui/model/workspace.h"

class QLabel;
class QVBoxLayout;

namespace filigree::ui {

/// The stores that were open lately: name, folder, how many runs, how old the newest is. What is in them is
/// read on workers; a click opens one.
class RecentStores : public QWidget {
    Q_OBJECT
  public:
    RecentStores(Workspace& workspace, QWidget* parent);

    int count() const;
    /// Reads the stores again; called when the page is shown.
    void refresh();

  signals:
    void openWanted(const QString& path);

  private:
    struct Summary {
        qint64 runs = 0;
        qint64 running = 0;
        double newest = 0;  ///< Unix seconds; 0: no run
        bool exists = true;
        bool readable = true;
    };
    void rebuild();
    void read(const QString& path);
    QWidget* makeRow(const QString& path);
    QString factsOf(const QString& path) const;

    Workspace& workspace_;
    QVBoxLayout* rows_;
    QHash<QString, Summary> summaries_;
    QHash<QString, QLabel*> facts_;
};

}  // namespace filigree::ui
