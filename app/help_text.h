// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "app/command_tree.h"

/// Help, made from the tree of commands and from the schemas.
namespace filigree::app {

/// Twelve lines: what the program is, two examples, where to read on.
std::string shortHelp(const CommandTree& tree);
/// Help of one command (of the program itself: the list of commands). Examples first.
std::string helpOf(const CommandTree& tree, const CLI::App* command);
/// assets/help/commands.md.
std::string commandReference(const CommandTree& tree);
/// assets/help/config.md: every key of every method, and the settings.
std::string configReference();
nlohmann::json describeCommand(const CommandTree& tree, const CLI::App* command);

}  // namespace filigree::app
