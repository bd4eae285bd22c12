// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QTimer>
#include <optional>

#include "ui/base/page.h"
#include "ui/model/workspace.h"
#include "ui/start/experiment_draft.h"

class QCheckBox;
class QComboBox;
class QLineEdit;
class QSplitter;
class QTabWidget;
class QToolButton;

namespace filigree::ui {

class CommandPanel;
class ErrorBar;
class FormFields;
class FormFooter;
class PreviewPanel;
class TomlPanel;

/// An experiment as a form that is made from the schema of its method: every key with a control, its range,
/// its default and one line of help; beside it what it means, the same as TOML, and the command that does the
/// same. What is typed survives a restart.
class FormPage : public Page {
    Q_OBJECT
  public:
    FormPage(Workspace& workspace, QWidget* parent);
    ~FormPage() override;

    QString title() const override;
    QString helpTopic() const override;
    QJsonObject save() const override;
    void restore(const QJsonObject& state) override;
    void focusSearch() override;

    /// Shows an experiment: a preset, a file, the configuration of a run.
    void edit(const config::RunFile& file);

    /// Every value at its default; Undo brings back what was there.
    void beginNew();

    ExperimentDraft& draft() { return draft_; }
    /// Rows are made a group at a time, so that the window stays awake; true when all are there.
    bool isReady() const;
    /// Why it cannot be started; empty if it can.
    QString objection() const;
    /// The commands that the page shows, one line per run.
    QString commandText() const;

  signals:
    void ready();

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    void buildBar();
    void buildBody();
    void addActions();
    void draftReplaced();
    void fieldChanged(const QString& key);
    void refreshSummary();
    void filter();
    void focusMoved(QWidget* now);
    void fillPresets();
    void choosePreset(int index);
    config::RunFile baseOf(const config::RunFile& file) const;
    /// A preset from which the command line can start, if there is one of this method.
    const PresetEntry* commandPreset() const;
    void start();
    void queue();
    void copyCommand();
    void savePreset();
    void keepDraft();

    Workspace& workspace_;
    ExperimentDraft draft_;
    ErrorBar* errors_;
    QComboBox* presets_;
    QLineEdit* search_;
    QCheckBox* onlyChanged_;
    QToolButton* undo_;
    QToolButton* redo_;
    QToolButton* previewToggle_;
    QSplitter* splitter_;
    FormFields* fields_;
    QTabWidget* side_;
    PreviewPanel* preview_;
    TomlPanel* toml_;
    CommandPanel* command_;
    FormFooter* footer_;
    QAction* startAction_ = nullptr;
    QAction* queueAction_ = nullptr;

    QPointer<QWidget> watched_;
    bool sideWanted_ = true;
    QTimer refreshPause_;
    QTimer keepPause_;
};

}  // namespace filigree::ui
