// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTextBrowser>

#include "ui/model/workspace.h"

namespace filigree::ui {

/// Everything known about what is selected (run, layer, connection), as text that can be copied.
class Inspector : public QTextBrowser {
    Q_OBJECT
  public:
    Inspector(Workspace& workspace, QWidget* parent = nullptr);

  private:
    void refresh();

    Workspace& workspace_;
    Request request_;
    QTimer delay_;
};

}  // namespace filigree::ui
