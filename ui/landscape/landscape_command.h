// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "run/landscape.h"

namespace filigree::ui {

/// The words after `filigree` that compute what is asked for in the store at that path. Only what differs
/// from the command's own defaults is named.
std::vector<std::string> wordsOf(const run::LandscapeRequest& request, const std::string& store);

/// The whole line as a person would type it; words are quoted for a POSIX shell where needed.
std::string lineOf(const run::LandscapeRequest& request, const std::string& store);

}  // namespace filigree::ui
