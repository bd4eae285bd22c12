// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/command_tree.h"

namespace filigree::app {

/// bench vulkan: a command below `bench`.
void addVulkanBenchCommand(CommandTree& tree, CLI::App* bench);

}  // namespace filigree::app
