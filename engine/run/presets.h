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

/// Where a person's own presets live: presets/<method>/<name>.toml in the data folder.
std::filesystem::path ownPresetsFolder();

struct Preset {
    std::string name;  ///< "dst_ee/digits"
    std::filesystem::path path;
    bool own = false;  ///< the person's, not one that came with the program
};

/// Every <method>/<name>.toml of assets/presets and of the person's own, by name. A shipped preset hides an
/// own one of the same name, so that a name that is written down means the same on every computer.
std::vector<Preset> presets();

/// What a person may write after `run`: the path of a .toml file, a preset, or the last word of one if that
/// is enough. Throws Error (Usage) with the nearest names.
config::RunFile openRunFile(const std::string& presetOrFile);

/// The preset with its method, title and so on.
config::RunFile read(const Preset& preset);

}  // namespace filigree::run
