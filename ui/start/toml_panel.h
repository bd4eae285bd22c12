// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include "ui/base/theme.h"
#include "ui/start/experiment_draft.h"

class QLabel;
class QCheckBox;
class QPlainTextEdit;

namespace filigree::ui {

/// The experiment as TOML, in step with the form both ways. A text that cannot be read changes nothing; the
/// line is marked and the reason stands below.
class TomlPanel : public QWidget {
    Q_OBJECT
  public:
    TomlPanel(const Theme& theme, ExperimentDraft& draft, QWidget* parent);

    /// Why the text is not what the form shows: "line 3: …"; empty if it is.
    const QString& problem() const { return problem_; }
    QPlainTextEdit* editor() const { return editor_; }
    /// Reads what was typed now instead of a moment later.
    void flush();

  signals:
    void problemChanged();

  private:
    void showDraft();
    void readText();
    void setProblem(const QString& problem, int line);

    const Theme& theme_;
    ExperimentDraft& draft_;
    QPlainTextEdit* editor_;
    QCheckBox* everyKey_;
    QLabel* message_;
    QTimer pause_;
    QString problem_;
    int problemLine_ = 0;
    bool reading_ = false;  ///< the draft changes because of this text
};

}  // namespace filigree::ui
