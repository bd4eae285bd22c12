// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "app/command_tree.h"
#include "app/context.h"

namespace filigree::app {

/// What may stand in the place of the last of `words` (what was typed of it so far): commands, options, runs,
/// presets, keys, metrics, … from the tree and the store. ":files" asks the shell to complete names of files.
/// A word that ends in
/// '=' is to be continued without a space.
std::vector<std::string> completions(Context& context, const std::vector<std::string>& words);

/// The script for "bash", "zsh" or "fish". Throws Error (Usage) for another shell.
std::string completionScript(const std::string& shell);

}  // namespace filigree::app
