// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run/annotation_command.h"

#include <utility>

#include "ui/model/workspace.h"

namespace filigree::ui {

AnnotationCommand::AnnotationCommand(Workspace& workspace, const RunKey& run, const QString& text,
                                     Change change, Change back, const QString& mergeKey)
    : QUndoCommand(text),
      workspace_(workspace),
      run_(run),
      change_(std::move(change)),
      back_(std::move(back)),
      mergeKey_(mergeKey) {}

bool AnnotationCommand::mergeWith(const QUndoCommand* other) {
    const auto* later = dynamic_cast<const AnnotationCommand*>(other);
    if (!later || later->mergeKey_ != mergeKey_ || later->run_ != run_) return false;
    change_ = later->change_;
    return true;
}

void AnnotationCommand::apply(const Change& change) const {
    StoreSource* source = workspace_.stores.of(run_);
    if (!source) return;
    source->write(
        &workspace_, [change](store::Store& store) { change(store); }, [] {},
        [workspace = &workspace_](const Error& error) { emit workspace->showError(error); });
}

}  // namespace filigree::ui
