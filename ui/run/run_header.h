// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QStringList>

#include "store/reader.h"
#include "ui/model/run_key.h"

class QHBoxLayout;
class QLabel;
class QLineEdit;
class QProgressBar;
class QToolButton;

namespace filigree::ui {

class Workspace;

/// The top of the run page: state, name, tags, progress, and the buttons that the state allows.
class RunHeader : public QFrame {
    Q_OBJECT
  public:
    /// `actions`: ids of the actions that are buttons here.
    RunHeader(Workspace& workspace, const QStringList& actions, QWidget* parent);

    void showRun(const store::RunInfo& run);
    void editName();

  signals:
    void renamed(const QString& name);
    void tagAdded(const QString& tag);
    void tagRemoved(const QString& tag);

  private:
    void showTags(const store::RunInfo& run);
    void applyTheme();

    Workspace& workspace_;
    store::RunInfo run_;
    QLabel* state_;
    QLineEdit* name_;
    QLabel* method_;
    QWidget* tags_;
    QHBoxLayout* tagRow_;
    QLineEdit* newTag_;
    QProgressBar* progress_;
    QLabel* numbers_;
    QStringList shownTags_;
};

/// "step 4 000 of 10 000 · epoch 12.3 · 1 240 steps/s · 2:11 · 3:10 left", as far as known.
QString progressText(const store::RunInfo& run);

}  // namespace filigree::ui
