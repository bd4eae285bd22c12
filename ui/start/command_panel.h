// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QPlainTextEdit;

namespace filigree::ui {

class Theme;

/// The command that starts the same experiment from a terminal.
class CommandPanel : public QWidget {
    Q_OBJECT
  public:
    CommandPanel(const Theme& theme, QWidget* parent);

    /// One line per run; `valid`: they are those of what the form shows now.
    void setCommands(const QString& commands, bool valid);

  private:
    QPlainTextEdit* text_;
};

}  // namespace filigree::ui
