// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/model/workspace.h"

namespace filigree::ui {

/// Adds to the table what belongs to no page: "edit.settings", "help.shortcuts", "help.about", with their
/// windows, and gives the person's own shortcuts to all actions, those that are added later too.
void addHelpActions(Workspace& workspace, QWidget* window);

}  // namespace filigree::ui
