// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/model/workspace.h"

class QLabel;
class QStatusBar;

namespace filigree::ui {

/// The right end of the status bar: the store that new runs go to, and how many runs are going on.
class StatusLine : public QObject {
    Q_OBJECT
  public:
    StatusLine(Workspace& workspace, QStatusBar* bar);

  private:
    void refresh();

    Workspace& workspace_;
    QLabel* store_;
    QLabel* active_;
    Request request_;
    QTimer timer_;
};

}  // namespace filigree::ui
