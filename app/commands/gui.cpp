// SPDX-License-Identifier: GPL-3.0-or-later
#include <memory>
#include <string>
#include <vector>

#include "app/command_tree.h"
#include "app/context.h"
#include "app/window_program.h"
#include "base/error.h"
#include "base/platform.h"
#include "base/process.h"

/// gui: opens the window, which is a program of its own so that this one needs no window system.
namespace filigree::app {
namespace {

namespace fs = std::filesystem;

int openWindow(Context& context, const std::vector<std::string>& files, bool safe) {
    const fs::path program = windowProgram();
    if (!platform::hasDisplay())
        throw Error(
            ErrorKind::Device, "there is no screen to open a window on",
            "DISPLAY and WAYLAND_DISPLAY are not set",
            "everything can be done without a window: filigree run digits, filigree render connectivity");
    std::vector<std::string> arguments;
    if (safe) arguments.emplace_back("--safe");
    if (!context.settings().storeIsDefault()) {
        arguments.emplace_back("--store");
        arguments.push_back(fs::absolute(context.settings().store()).string());
    }
    arguments.emplace_back("--");
    arguments.insert(arguments.end(), files.begin(), files.end());
    return platform::runProgram(program, arguments);
}

}  // namespace

void addWindowCommands(CommandTree& tree) {
    struct Options {
        std::vector<std::string> files;
        bool safe = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* gui =
        tree.add(nullptr, "gui", "Open the window",
                 {{"filigree gui", "the window, as it was left"},
                  {"filigree gui results/ mine.toml", "every store of a folder, and a run file in the form"}},
                 [options](Context& context) { return openWindow(context, options->files, options->safe); });
    gui->add_option("files", options->files, "Stores, folders of stores, run files, presets")
        ->type_name("FILE");
    gui->add_flag("--safe", options->safe, "Start fresh: nothing of the last session, no Vulkan");
}

}  // namespace filigree::app
