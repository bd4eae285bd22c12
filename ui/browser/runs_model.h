// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QElapsedTimer>
#include <QThreadPool>
#include <optional>
#include <vector>

#include "ui/browser/arrangement.h"
#include "ui/browser/run_index.h"
#include "ui/browser/sparklines.h"

namespace filigree::ui {

class Workspace;

/// The lines of a run table: runs, and headers of groups. Filtering, sorting and grouping happen on a worker;
/// this object swaps in what comes back. If only values changed, only cells are painted again; if lines
/// moved, the model is reset, and RunsView keeps selection and scroll position by run.
class RunsModel : public QAbstractTableModel {
    Q_OBJECT
  public:
    RunsModel(Workspace& workspace, RunIndex& index, QObject* parent = nullptr);
    ~RunsModel() override;

    void setQuery(const store::Query& query);
    void setScope(Scope scope);
    void setSort(const Column& column, bool descending);
    void setRunningFirst(bool on);
    void setGrouping(const Grouping& grouping);
    /// Columns of keys: only those that differ among the shown runs, or all.
    void setOnlyDifferences(bool on);
    /// These columns and no others; nothing: chosen by what the runs have.
    void setChosenColumns(const std::optional<std::vector<Column>>& columns);
    /// Empty: the one that `mainMetric` chooses.
    void setMetric(const std::string& metric);
    void setCollapsed(const QSet<QString>& labels);
    void toggleGroup(int line);
    /// While held (a name is being edited) nothing moves.
    void setHeld(bool held);
    /// A table that nobody sees is not arranged.
    void setShown(bool shown);

    Scope scope() const { return request_.scope; }
    const Column& sortColumn() const { return request_.sortColumn; }
    bool descending() const { return request_.descending; }
    bool runningFirst() const { return request_.runningFirst; }
    const Grouping& grouping() const { return request_.grouping; }
    bool onlyDifferences() const { return onlyDifferences_; }
    const std::optional<std::vector<Column>>& chosenColumns() const { return chosen_; }
    const std::string& chosenMetric() const { return chosenMetric_; }
    const std::string& metric() const { return metric_; }  ///< the one that is shown
    const QSet<QString>& collapsed() const { return request_.collapsed; }

    const std::vector<Column>& columns() const { return columns_; }
    const Arrangement& arrangement() const { return arrangement_; }
    /// Null for the header of a group.
    RowPointer rowAt(int line) const;
    const Group* groupAt(int line) const;  ///< nullptr unless the line is a group's header
    /// The run of the line, or all of its group's.
    QList<RunKey> runsAt(int line) const;
    int lineOf(const RunKey& run) const;  ///< -1 if it is not shown
    std::size_t numberOfColumn(int column) const { return numbers_[static_cast<std::size_t>(column)]; }
    Sparklines& sparklines() { return sparklines_; }
    /// An arrangement is being made, or waits for being made.
    bool isBusy() const { return busy_ || dirty_; }
    /// How long the newest arrangement took, from the wish to the new lines.
    double lastArrangement_ms() const { return lastArrangement_ms_; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    /// All digits, with a header line.
    QString asTsv(const QList<RunKey>& runs) const;
    QString asCsv(const QList<RunKey>& runs) const;

  signals:
    /// New lines or values are in place.
    void arranged();
    /// Somebody typed another name.
    void renamed(const filigree::ui::RunKey& run, const QString& name);

  private:
    void wish();
    void start();
    void apply(Arrangement arrangement);
    std::vector<Column> columnsFor(const Arrangement& arrangement, const std::string& metric) const;
    bool needMetricAt();
    QString groupText(const Group& group, const Column& column, std::size_t number) const;
    QString table(const QList<RunKey>& runs, QChar separator) const;

    Workspace& workspace_;
    RunIndex& index_;
    Sparklines sparklines_;
    ArrangeRequest request_;
    bool onlyDifferences_ = true;
    std::optional<std::vector<Column>> chosen_;
    std::string chosenMetric_;
    std::string metric_;
    Arrangement arrangement_;
    std::vector<Column> columns_;
    std::vector<std::size_t> numbers_;
    std::optional<Arrangement> heldBack_;
    bool held_ = false;
    bool shown_ = true;
    bool busy_ = false;
    bool dirty_ = false;
    bool sortIsDefault_ = true;
    QElapsedTimer sinceWish_;
    double lastArrangement_ms_ = 0;
    std::shared_ptr<const RunTable> metricAtOf_;  ///< that request_.metricAt was read for
    std::vector<store::MetricTerm> metricAtTerms_;
    QTimer ageTimer_;
    QThreadPool worker_;
};

}  // namespace filigree::ui
