// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace filigree::app {

/// The program with the window, beside this one. Throws Error (Usage) if it is not installed.
std::filesystem::path windowProgram();

}  // namespace filigree::app
