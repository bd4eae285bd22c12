// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/model/workspace.h"

namespace filigree::ui {

Workspace::Workspace(const Options& options, QObject* parent)
    : QObject(parent),
      session(options.sessionPath),
      launcher(stores, options.program),
      defaultStore(options.defaultStore) {}

void Workspace::needTarget() {
    if (!stores.target() && !defaultStore.isEmpty()) stores.open(defaultStore);
}

void Workspace::start(const config::RunFile& file) {
    needTarget();
    launcher.start(file);
}

void Workspace::queue(const config::RunFile& file) {
    needTarget();
    launcher.queue(file);
}

void Workspace::sayUndoable(const QString& text) {
    const int index = undo.index();
    emit showToast(text, tr("Undo"), [this, index] {
        // Something else may have been done since: undo just that command while it is still the last one.
        if (undo.index() == index) undo.undo();
    });
}

}  // namespace filigree::ui
