// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QScrollArea>
#include <QString>
#include <string>
#include <vector>

class QLabel;
class QVBoxLayout;

namespace filigree::ui {

class ExperimentDraft;
class FieldGroup;
class FieldRow;
class Workspace;

/// The keys of a draft's method in groups that fold, a control for each. Rows are made a group at a time, so
/// that the window stays awake; some can be hidden by words or by what was changed.
class FormFields : public QScrollArea {
    Q_OBJECT
  public:
    FormFields(Workspace& workspace, ExperimentDraft& draft, QWidget* parent);

    /// Shows the draft anew: other rows if its method is another.
    void showDraft();
    void refresh(const QString& key);
    /// All rows that contain every word; only those that differ from the preset if `onlyChanged`.
    void setFilter(const QString& text, bool onlyChanged);
    void refreshChangedCounts();
    /// The line that holds `now` shows all it has; the one before folds.
    void activate(QWidget* now);
    /// Of the line in use; empty: none.
    QString activeKey() const;
    bool isReady() const { return nextGroup_ < 0; }

  signals:
    void ready();  ///< all rows are there
    void helpWanted();

  private:
    void rebuildRows();
    void buildNextGroup();
    FieldGroup* addGroup(const QString& table, const QString& title, const QString& help);
    void addRow(FieldGroup& group, FieldRow* row);
    void applyFilter();

    Workspace& workspace_;
    ExperimentDraft& draft_;
    QWidget* inner_;
    QVBoxLayout* groupsLayout_;
    QLabel* nothing_;
    QWidget* emptyState_;
    std::vector<FieldGroup*> groups_;
    QHash<QString, FieldRow*> rows_;
    FieldRow* active_ = nullptr;
    std::string shownMethod_;
    int nextGroup_ = -1;
    QString filter_;
    bool onlyChanged_ = false;
};

}  // namespace filigree::ui
