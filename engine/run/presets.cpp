// SPDX-License-Identifier: Apache-2.0
#include "run/presets.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/platform.h"
#include "config/nearest.h"
#include "run/shared_schema.h"

namespace filigree::run {
namespace fs = std::filesystem;

fs::path assetsFolder() {
    std::vector<fs::path> places;
    if (const std::string named = platform::environment("FILIGREE_ASSETS"); !named.empty()) {
        places = {named};
    } else {
        const fs::path program = platform::programFolder();
        // Installed; unpacked beside the program; built in <source>/build/<preset>/bin.
        for (const char* relative : {"../share/filigree", "assets", "../../../assets"})
            places.push_back((program / relative).lexically_normal());
    }
    std::error_code ignored;
    std::string looked;
    for (const fs::path& place : places) {
        if (fs::is_directory(place / "presets", ignored)) return place;
        looked += (looked.empty() ? "" : ", ") + place.string();
    }
    throw Error(ErrorKind::Usage, "the folder with presets and help pages was not found", looked,
                "set FILIGREE_ASSETS to the folder that holds presets/");
}

fs::path ownPresetsFolder() {
    return platform::folders().data / "presets";
}

namespace {

/// <root>/<method>/<name>.toml.
std::vector<Preset> presetsIn(const fs::path& root, bool own, std::error_code& code) {
    std::vector<Preset> found;
    for (const auto& method : fs::directory_iterator(root, code)) {
        std::error_code ignored;
        if (!method.is_directory(ignored)) continue;
        for (const auto& file : fs::directory_iterator(method.path(), ignored))
            if (file.path().extension() == ".toml")
                found.push_back({method.path().filename().string() + "/" + file.path().stem().string(),
                                 file.path(), own});
    }
    return found;
}

}  // namespace

std::vector<Preset> presets() {
    const fs::path root = assetsFolder() / "presets";
    std::error_code code;
    std::vector<Preset> found = presetsIn(root, false, code);
    if (code) throw Error(ErrorKind::Usage, "cannot read the presets: " + code.message(), root.string());
    // Most people have none.
    const std::size_t shipped = found.size();
    for (Preset& own : presetsIn(ownPresetsFolder(), true, code))
        if (std::none_of(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(shipped),
                         [&](const Preset& preset) { return preset.name == own.name; }))
            found.push_back(std::move(own));
    std::sort(found.begin(), found.end(), [](const Preset& a, const Preset& b) { return a.name < b.name; });
    return found;
}

config::RunFile read(const Preset& preset) {
    config::RunFile file = config::readRunFile(preset.path.string(), schemaOf);
    file.preset = preset.name;
    return file;
}

config::RunFile openRunFile(const std::string& presetOrFile) {
    if (presetOrFile.ends_with(".toml")) return config::readRunFile(presetOrFile, schemaOf);
    const std::vector<Preset> all = presets();
    std::vector<Preset> matches;
    for (const Preset& preset : all) {
        if (preset.name == presetOrFile) return read(preset);
        if (preset.name.substr(preset.name.find('/') + 1) == presetOrFile) matches.push_back(preset);
    }
    if (matches.size() == 1) return read(matches.front());

    std::vector<std::string> names;
    for (const Preset& preset : all) {
        names.push_back(preset.name);
        names.push_back(preset.name.substr(preset.name.find('/') + 1));
    }
    if (matches.size() > 1) {
        names.clear();
        for (const Preset& preset : matches) names.push_back(preset.name);
        throw Error(ErrorKind::Usage, fmt::format("several presets are called \"{}\"", presetOrFile), "",
                    fmt::format("say which: {}", fmt::join(names, ", ")));
    }
    const std::string near = config::didYouMean(presetOrFile, names);
    throw Error(ErrorKind::Usage, fmt::format("no preset is called \"{}\"", presetOrFile), "",
                near.empty() ? "filigree presets lists them; a file must end in .toml" : near);
}

}  // namespace filigree::run
