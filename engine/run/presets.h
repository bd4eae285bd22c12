// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/run_file.h"

namespace filigree::run {

/// The folder with presets/, help/ and data/: $FILIGREE_ASSETS, else relative to the program:
/// ../share/filigree (installed) or ../../../assets (build folder inside the source tree). Throws Error
/// (Usage) naming the places looked at.
std::filesystem::path assetsFolder();

struct Preset {
    std::string name;  ///< "dst_ee/digits"
    std::filesystem::path path;
};

/// Every assets/presets/<method>/<name>.toml, by name.
std::vector<Preset> presets();

/// What a person may write after `run`: the path of a .toml file, a preset, or the last word of one if that
/// is enough. Throws Error (Usage) with the nearest names.
config::RunFile openRunFile(const std::string& presetOrFile);

/// The preset with its method, title and so on.
config::RunFile read(const Preset& preset);

}  // namespace filigree::run
