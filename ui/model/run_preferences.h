// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/run_file.h"
#include "ui/model/session.h"

namespace filigree::ui {

/// The file as a new run gets it: what the person's settings say about every run ("compute.threads") takes
/// the place of a default that the file leaves open.
config::RunFile withPreferences(const Session& session, config::RunFile file);

}  // namespace filigree::ui
