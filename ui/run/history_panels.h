// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "store/annotations.h"
#include "ui/run/panel.h"
#include "ui/run/rows_model.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QTableView;

namespace filigree::ui {

/// What happened when: rewiring rounds, evaluations, checkpoints, pauses, warnings, bookmarks. A click makes
/// the step the common one.
class EventsPanel : public RunPanel {
    Q_OBJECT
  public:
    EventsPanel(Workspace& workspace, QWidget* parent);

  protected:
    void reset() override;
    void load(StoreSource& source) override;

  private:
    struct Entry {
        std::int64_t step;
        std::string kind;
        std::string text;
        double time;
    };
    static std::vector<Entry> read(const store::Reader& reader, std::int64_t run);
    void fill();

    RowsModel* model_;
    QComboBox* kind_;
    QTableView* table_;
    std::vector<Entry> entries_;
};

/// What the run said, with levels.
class LogPanel : public RunPanel {
    Q_OBJECT
  public:
    LogPanel(Workspace& workspace, QWidget* parent);

  protected:
    void reset() override;
    void load(StoreSource& source) override;

  private:
    void add(const std::vector<store::LogLine>& lines, bool anew);
    RowsModel::Row rowOf(const store::LogLine& line) const;
    bool matches(const store::LogLine& line) const;

    RowsModel* model_;
    QComboBox* level_;
    QLineEdit* filter_;
    QCheckBox* follow_;
    QTableView* table_;
    std::vector<store::LogLine> lines_;
};

/// Files from which the run can go on, or which other programs read.
class CheckpointPanel : public RunPanel {
    Q_OBJECT
  public:
    CheckpointPanel(Workspace& workspace, QWidget* parent);

    /// Copies the file of a row to `path`, on a worker.
    void exportTo(int row, const QString& path);

  signals:
    void exported(const QString& path);

  protected:
    void reset() override;
    void load(StoreSource& source) override;

  private:
    int chosenRow() const;
    void showButtons();

    RowsModel* model_;
    QTableView* table_;
    QPushButton *copy_, *export_;
    QLabel* empty_;
};

/// The computer and the attempts.
class MachinePanel : public RunPanel {
    Q_OBJECT
  public:
    MachinePanel(Workspace& workspace, QWidget* parent);

  protected:
    void reset() override;
    void load(StoreSource& source) override;

  private:
    RowsModel *facts_, *attempts_;
};

}  // namespace filigree::ui
