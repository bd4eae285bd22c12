// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <optional>

#include "store/reader.h"

class QLabel;
class QPushButton;

namespace filigree::ui {

class Workspace;

/// Says why a run does not go on, and what can be done about it. Hidden for runs that do or have finished.
class RunBanner : public QFrame {
    Q_OBJECT
  public:
    RunBanner(Workspace& workspace, QWidget* parent);

    /// `checkpoint`: step of the newest one. `lastWords`: what the process printed at the end.
    void showRun(const store::RunInfo& run, std::optional<std::int64_t> checkpoint, const QString& lastWords);
    QString text() const;

  signals:
    void resumeWanted();

  private:
    QLabel *message_, *details_;
    QPushButton *resume_, *copy_;
};

}  // namespace filigree::ui
