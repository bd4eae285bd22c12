// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/settings.h"

#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/platform.h"
#include "store/store.h"

namespace filigree::app {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t maximumFileBytes = 1 << 20;
constexpr const char* fileName = "filigree.toml";

/// The nearest filigree.toml in this folder or one above, if any.
std::optional<fs::path> projectFile() {
    std::error_code code;
    for (fs::path folder = fs::current_path(code); !code && !folder.empty(); folder = folder.parent_path()) {
        if (fs::is_regular_file(folder / fileName, code)) return folder / fileName;
        if (folder == folder.parent_path()) break;
    }
    return std::nullopt;
}

bool isPath(const std::string& key) {
    return key == "store" || key == "data_dir";
}

}  // namespace

const config::Schema& Settings::schema() {
    static const config::Schema schema = [] {
        config::Schema s;
        s.text("store", "", "The store that commands use; empty: runs.filigree in the person's data folder.");
        s.integer("threads", 0, "Threads for training; 0: as the configuration of the run says.")
            .range(0, 1024);
        s.text("data_dir", "", "Folder in which data sets are looked for first.");
        s.text("device", "cpu", "Device to compute on; filigree devices lists them.");
        return s;
    }();
    return schema;
}

Settings Settings::load(const std::map<std::string, std::string>& options) {
    Settings settings(config::Config::defaults(schema()));
    for (const config::Field& field : schema().fields()) settings.origins_[field.key] = "default";

    const fs::path personal = platform::folders().settings / fileName;
    std::error_code ignored;
    if (fs::is_regular_file(personal, ignored)) settings.readFile(personal);
    if (const auto project = projectFile(); project && *project != personal) settings.readFile(*project);

    // FILIGREE_DATA, a list of folders, is read by data::searchPath: here it only takes the place of
    // data_dir.
    const std::map<std::string, std::string> variables{
        {"store", "FILIGREE_STORE"}, {"threads", "FILIGREE_THREADS"}, {"device", "FILIGREE_DEVICE"}};
    for (const auto& [key, variable] : variables)
        if (const std::string text = platform::environment(variable); !text.empty())
            settings.assign(key, text, variable);
    if (!platform::environment("FILIGREE_DATA").empty()) settings.assign("data_dir", "", "FILIGREE_DATA");

    for (const auto& [key, text] : options) {
        std::string option = "--" + key;
        for (char& c : option)
            if (c == '_') c = '-';
        settings.assign(key, text, option);
    }
    return settings;
}

void Settings::readFile(const fs::path& path) {
    std::error_code code;
    const auto bytes = fs::file_size(path, code);
    if (code || bytes > maximumFileBytes)
        throw Error(ErrorKind::Usage,
                    code ? "cannot read the settings: " + code.message() : "the file is too large",
                    path.string(), "a filigree.toml holds a few lines; filigree doctor shows what counts");
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream)
        throw Error(ErrorKind::Usage, "cannot read the settings", path.string(), "check that it may be read");

    // What the file says itself, apart from what was known before: only that comes from it.
    const config::Config before = values_;
    values_.read(text.str(), path.string());
    for (const config::Field& field : schema().fields()) {
        if (values_.value(field.key) == before.value(field.key)) continue;
        origins_[field.key] = path.string();
        if (!isPath(field.key) || values_.text(field.key).empty()) continue;
        const fs::path written = values_.text(field.key);
        if (written.is_relative())
            values_.assign(field.key, (path.parent_path() / written).lexically_normal().string(),
                           path.string());
    }
}

void Settings::assign(const std::string& key, const std::string& text, const std::string& origin) {
    // An error of Config::set speaks of --set; here the person wrote something else.
    try {
        values_.set(key + "=" +
                    (isPath(key) || key == "device" ? config::toToml(config::Value(text)) : text));
    } catch (const Error& error) {
        throw Error(error.kind(), error.message(), origin + " " + text, error.advice());
    }
    origins_[key] = origin;
}

fs::path Settings::store() const {
    const std::string& written = values_.text("store");
    return written.empty() ? store::defaultStorePath() : fs::path(written);
}

std::optional<int> Settings::threads() const {
    const auto count = values_.integer("threads");
    return count > 0 ? std::optional<int>(static_cast<int>(count)) : std::nullopt;
}

data::SearchPath Settings::dataFolders() const {
    const std::string& folder = values_.text("data_dir");
    return folder.empty() ? data::searchPath() : data::searchPath(fs::path(folder));
}

std::vector<Settings::Line> Settings::lines() const {
    std::vector<Line> lines;
    for (const config::Field& field : schema().fields()) {
        std::string value;
        if (field.key == "store")
            value = store().string();
        else if (field.key == "threads")
            value = threads() ? std::to_string(*threads()) : "as the run says";
        else if (field.key == "data_dir" && origin("data_dir") == "FILIGREE_DATA")
            value = platform::environment("FILIGREE_DATA");
        else
            value = values_.text(field.key);
        lines.push_back({field.key, value, origin(field.key)});
    }
    return lines;
}

}  // namespace filigree::app
