// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "app/output.h"

namespace filigree::app {

/// The whole program: parses the words after its name, runs the command, reports errors, returns the exit
/// code (0 done, 1 failed run, 2 usage or configuration, 3 input data, 4 device, 130 interrupted with the
/// state saved).
int runApplication(const std::vector<std::string>& arguments, Streams streams);

}  // namespace filigree::app
