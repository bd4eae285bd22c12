// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineEdit>
#include <QTimer>
#include <optional>

#include "store/query.h"
#include "ui/browser/run_index.h"

class QCompleter;
class QStandardItemModel;

namespace filigree::ui {

class Workspace;

/// The field in which a query is typed: proposes how to go on, underlines what is wrong and meanwhile keeps
/// the last query that was right.
class FilterEdit : public QLineEdit {
    Q_OBJECT
  public:
    FilterEdit(Workspace& workspace, RunIndex& index, QWidget* parent = nullptr);

    const store::Query& query() const { return query_; }
    /// Why the text is no query; empty if it is one.
    QString problem() const { return error_ ? QString::fromStdString(error_->message) : QString(); }

  signals:
    void queryChanged();
    void problemChanged();

  protected:
    void keyPressEvent(QKeyEvent* event) override;

  private:
    void parse();
    void parseSoon();
    void underline();
    void propose();
    store::QueryFields fields() const;
    std::vector<std::string> valuesOf(const std::string& field) const;

    Workspace& workspace_;
    RunIndex& index_;
    store::Query query_;
    std::optional<store::QueryError> error_;
    QCompleter* completer_;
    QStandardItemModel* proposals_;
    RunDictionary::Keys knownKeys_;
    RunDictionary::Names knownMetrics_;
    QTimer typing_;
    bool underlining_ = false;
    bool typed_ = false;
};

}  // namespace filigree::ui
