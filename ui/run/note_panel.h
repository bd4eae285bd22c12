// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>

#include "ui/run/panel.h"

class QPlainTextEdit;
class QPushButton;
class QStackedWidget;
class QTextBrowser;

namespace filigree::ui {

/// What a person writes about the run, in Markdown: read by default, edited by a click, kept half a second
/// after the last key.
class NotePanel : public RunPanel {
    Q_OBJECT
  public:
    NotePanel(Workspace& workspace, QWidget* parent);
    ~NotePanel() override;

  protected:
    void reset() override;
    void load(StoreSource& source) override;
    void hideEvent(QHideEvent* event) override;

  private:
    void take(const QString& note);
    void edit(bool on);
    void keep();

    QStackedWidget* stack_;
    QTextBrowser* view_;
    QPlainTextEdit* editor_;
    QPushButton* button_;
    QTimer timer_;
    QString stored_;  ///< as the store has it, or will have it
    RunKey owner_;    ///< whose note the editor holds
};

}  // namespace filigree::ui
