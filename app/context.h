// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "app/output.h"
#include "app/settings.h"
#include "store/store.h"

namespace filigree::app {

class CommandTree;

/// What every command gets: where to write, which settings hold, which store is meant.
class Context {
  public:
    Context(const CommandTree& tree, Output& output, std::map<std::string, std::string> options)
        : tree_(tree), output_(output), options_(std::move(options)) {}

    Output& output() { return output_; }
    const CommandTree& tree() const { return tree_; }

    /// An option that takes the place of a setting, for example {"threads", "2"}; before the first use of
    /// `settings`.
    void override(const std::string& key, const std::string& text) { options_[key] = text; }
    /// Read when first asked for, so that help works beside a broken settings file.
    const Settings& settings();

    store::Store openStore(store::Mode mode);
    /// The store to read from, or none if it is the default one and nobody has made a run yet.
    std::optional<store::Store> openStoreIfAny(store::Mode mode);

    /// Asks before what cannot be undone. Without a terminal it throws Error (Usage): add --yes.
    bool confirm(const std::string& question);

  private:
    const CommandTree& tree_;
    Output& output_;
    std::map<std::string, std::string> options_;
    std::optional<Settings> settings_;
};

}  // namespace filigree::app
