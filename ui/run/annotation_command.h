// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QUndoCommand>
#include <functional>

#include "store/store.h"
#include "ui/model/run_key.h"

namespace filigree::ui {

class Workspace;

/// A change of what a person wrote about a run. Done and undone on the store's writing thread; an error goes
/// to Workspace::showError.
class AnnotationCommand : public QUndoCommand {
  public:
    using Change = std::function<void(store::Store&)>;
    /// Commands with the same `mergeKey` (not empty) that follow each other become one: typing is undone at
    /// once.
    AnnotationCommand(Workspace& workspace, const RunKey& run, const QString& text, Change change,
                      Change back, const QString& mergeKey = {});

    void redo() override { apply(change_); }
    void undo() override { apply(back_); }
    int id() const override { return mergeKey_.isEmpty() ? -1 : 1; }
    bool mergeWith(const QUndoCommand* other) override;

  private:
    void apply(const Change& change) const;

    Workspace& workspace_;
    RunKey run_;
    Change change_, back_;
    QString mergeKey_;
};

}  // namespace filigree::ui
