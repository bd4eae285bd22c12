// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QWidget>

#include "ui/compare/sweep_view.h"
#include "ui/model/workspace.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QToolButton;

namespace filigree::ui {

struct FigureSource;

/// What a sweep varied and what came of it: parallel coordinates and a scatter of two axes, linked.
class SweepPanel : public QWidget {
    Q_OBJECT
  public:
    SweepPanel(Workspace& workspace, QWidget* parent);

    /// Any number of entries; `metrics` are what can be drawn, the first is the outcome until another is
    /// chosen.
    void setRuns(std::shared_ptr<const RunTable> runs, std::vector<Compared> entries,
                 const QStringList& metrics);
    const SweepTable& table() const { return table_; }
    const SweepFilter& filter() const { return filter_; }

    /// Both pictures side by side as .pdf, .svg or .png, or the values as .csv; what does not pass the filter
    /// is left out of the values. Throws Error.
    void exportTo(const QString& path) const;
    /// The same for files: pictures in light colours and the values as a table.
    FigureSource figure() const;
    /// The values of what passes the filter, tab-separated.
    QString asTsv() const;

    QJsonObject save() const;
    void restore(const QJsonObject& state);

  private:
    void rebuild();
    void refreshChoices();
    void refreshViews();
    void chooseFile();

    Workspace& workspace_;
    std::shared_ptr<const RunTable> runs_;
    std::vector<Compared> entries_;
    QStringList metrics_;
    SweepTable table_;
    SweepFilter filter_;
    QString outcome_, x_;  ///< chosen by a person; empty: chosen for him
    QComboBox* outcomeBox_;
    QComboBox* valueBox_;
    QComboBox* xBox_;
    QCheckBox* front_;
    QLabel* passing_;
    QToolButton* clear_;
    QToolButton* export_;
    ParallelCoordinates* lines_;
    SweepScatter* points_;
    bool filling_ = false;
};

}  // namespace filigree::ui
