// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window_program.h"

#include "base/error.h"
#include "base/platform.h"

namespace filigree::app {

std::filesystem::path windowProgram() {
#ifdef _WIN32
    const char* name = "filigree-workbench.exe";
#else
    const char* name = "filigree-workbench";
#endif
    const std::filesystem::path path = platform::programFolder() / name;
    std::error_code code;
    if (!std::filesystem::exists(path, code))
        throw Error(ErrorKind::Usage, "the window is not installed", path.string(),
                    "build the target filigree-workbench, or install the package with the window");
    return path;
}

}  // namespace filigree::app
