// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

#include "ui/base/theme.h"

class QLabel;
class QToolButton;
class QVBoxLayout;

namespace filigree::ui {

class FieldRow;

/// A heading that folds the rows below it, and says how many of them were changed.
class FieldGroup : public QWidget {
    Q_OBJECT
  public:
    FieldGroup(const Theme& theme, const QString& table, const QString& title, const QString& help,
               QWidget* parent);

    const QString& table() const { return table_; }
    void add(FieldRow* row);
    const std::vector<FieldRow*>& rows() const { return rows_; }

    bool isOpen() const { return open_; }
    void setOpen(bool open);
    /// Shows rows whatever the fold, while a search is on.
    void setForcedOpen(bool forced);
    void setChangedCount(int count);

  signals:
    void toggled(bool open);

  private:
    void apply();

    const Theme& theme_;
    QString table_;
    QToolButton* header_;
    QLabel* count_;
    QWidget* body_;
    QVBoxLayout* bodyLayout_;
    std::vector<FieldRow*> rows_;
    bool open_ = true;
    bool forced_ = false;
};

}  // namespace filigree::ui
