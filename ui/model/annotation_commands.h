// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <functional>
#include <vector>

#include "ui/model/run_key.h"

namespace filigree::ui {

class Workspace;

/// What a person writes about runs, as commands on the workspace's undo stack. Each is done at once; the
/// writing itself is on the store's own thread, and an error comes back as Workspace::showError. Undoing
/// writes back what the run had before.
namespace annotation {

/// A run and what it has now.
struct Text {
    RunKey run;
    QString before;
};
struct Tags {
    RunKey run;
    bool had = false;  ///< the tag in question
};
struct Flag {
    RunKey run;
    bool before = false;
};

/// `done`: called when the store has it, for a toast.
using Done = std::function<void()>;

void rename(Workspace& workspace, const Text& run, const QString& name);
void setNote(Workspace& workspace, const std::vector<Text>& runs, const QString& note);
/// "#rrggbb", or empty for the palette's own.
void setColour(Workspace& workspace, const std::vector<Text>& runs, const QString& colour);
void setTag(Workspace& workspace, const std::vector<Tags>& runs, const QString& tag, bool on, Done done = {});
void setArchived(Workspace& workspace, const std::vector<Flag>& runs, bool archived, Done done = {});
/// None of them may be running or paused.
void moveToBin(Workspace& workspace, const QList<RunKey>& runs, Done done = {});
void restoreFromBin(Workspace& workspace, const QList<RunKey>& runs, Done done = {});

}  // namespace annotation
}  // namespace filigree::ui
