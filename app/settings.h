// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/search_path.h"

namespace filigree::app {

/// The few things that can be said once for all commands: store, threads, data_dir, device.
///
/// Which one counts: option, then environment variable (FILIGREE_STORE, FILIGREE_THREADS, FILIGREE_DATA,
/// FILIGREE_DEVICE), then `filigree.toml` of the project (this folder or the nearest one above), then
/// `filigree.toml` of the person (in the settings folder), then the default. Paths in a file are relative to
/// that file.
class Settings {
  public:
    /// `options`: key and text of those that were given on the command line. Throws Error (Usage).
    static Settings load(const std::map<std::string, std::string>& options);

    /// What can be written into filigree.toml.
    static const config::Schema& schema();

    std::filesystem::path store() const;
    bool storeIsDefault() const { return origin("store") == "default"; }
    std::optional<int> threads() const;  ///< none: as the run's configuration says
    std::string device() const { return values_.text("device"); }
    bool deviceIsDefault() const { return origin("device") == "default"; }
    data::SearchPath dataFolders() const;

    struct Line {
        std::string key;
        std::string value;
        std::string origin;  ///< "--store", "FILIGREE_STORE", the path of a file, or "default"
    };
    /// Every setting, where it came from: for `filigree doctor`.
    std::vector<Line> lines() const;

  private:
    explicit Settings(config::Config values) : values_(std::move(values)) {}
    void readFile(const std::filesystem::path& path);
    void assign(const std::string& key, const std::string& text, const std::string& origin);
    const std::string& origin(const std::string& key) const { return origins_.at(key); }

    config::Config values_;
    std::map<std::string, std::string> origins_;
};

}  // namespace filigree::app
