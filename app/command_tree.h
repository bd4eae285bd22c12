// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace filigree::app {

class Context;

/// One line to copy, and what it does.
struct Example {
    std::string line;
    std::string meaning;
};

/// What runs a command; returns the exit code.
using Action = std::function<int(Context&)>;

/// Options that every command has.
struct GlobalOptions {
    std::string store;
    bool json = false;
    bool plain = false;
    std::string colour = "auto";
    bool quiet = false;
    int verbosity = 0;
    bool help = false;
};

/// All commands with their options, examples and actions. Parsing, help, the reference page and completion
/// all come from this one tree.
class CommandTree {
  public:
    CommandTree();
    CommandTree(const CommandTree&) = delete;
    CommandTree& operator=(const CommandTree&) = delete;

    /// A command below `parent` (nullptr: below the program). A group of commands has no action of its own.
    CLI::App* add(CLI::App* parent, const std::string& name, const std::string& summary,
                  std::vector<Example> examples, Action action);
    /// Hidden from help, reference and completion.
    CLI::App* addHidden(const std::string& name, Action action);

    CLI::App& root() { return root_; }
    const CLI::App& root() const { return root_; }
    const std::vector<Example>& examples(const CLI::App* command) const;
    const GlobalOptions& globals() const { return globals_; }

    /// Throws Error (Usage): unknown word or option (with the nearest one), missing or malformed values.
    void parse(const std::vector<std::string>& arguments);
    /// The action of the command that was parsed; empty for a group or no command at all.
    Action parsedAction() const;

    /// How far `words` lead: used for help, for errors and for completion.
    struct Position {
        const CLI::App* command = nullptr;
        const CLI::Option* awaiting = nullptr;  ///< the option whose value comes next
        std::vector<std::string> positionals;   ///< values without an option so far
        std::string unknown;                    ///< the first word or option that nobody knows
        bool optionsEnded = false;              ///< "--" was seen
    };
    Position walk(const std::vector<std::string>& words) const;

    /// Commands below `command`, in order, without hidden ones.
    static std::vector<const CLI::App*> visibleCommands(const CLI::App* command);
    /// "run", "data fetch".
    static std::string pathOf(const CLI::App* command);
    /// Options of the command, without positionals; with those of its parents if `inherited`.
    static std::vector<const CLI::Option*> options(const CLI::App* command, bool inherited);
    static std::vector<const CLI::Option*> positionals(const CLI::App* command);
    /// "RUN", "FILE", …: what kind of value it takes, without what CLI11 adds about its checks.
    static std::string typeOf(const CLI::Option* option);
    static bool takesValue(const CLI::Option* option) { return option->get_items_expected_max() > 0; }

  private:
    CLI::App root_;
    GlobalOptions globals_;
    std::map<const CLI::App*, std::vector<Example>> examples_;
    std::map<const CLI::App*, Action> actions_;
};

/// Every family of commands adds its own. In the order of the help page.
void addRunCommands(CommandTree& tree);         ///< run, resume
void addSweepCommands(CommandTree& tree);       ///< sweep
void addWindowCommands(CommandTree& tree);      ///< gui
void addControlCommands(CommandTree& tree);     ///< pause, continue, stop
void addRunsCommands(CommandTree& tree);        ///< runs, show, metrics, log
void addTableCommands(CommandTree& tree);       ///< table
void addAnnotationCommands(CommandTree& tree);  ///< rm, restore, tag, note, name
void addPresetCommands(CommandTree& tree);      ///< presets, describe
void addDataCommands(CommandTree& tree);        ///< data list, data fetch
void addExportCommands(CommandTree& tree);      ///< export
void addAnalyzeCommands(CommandTree& tree);     ///< analyze landscape, hessian, connect, soup, lesion
void addRenderCommands(CommandTree& tree);      ///< render connectivity, render landscape
void addStoreCommands(CommandTree& tree);       ///< store info, check, migrate, merge
void addMachineCommands(CommandTree& tree);     ///< devices, bench, doctor, version
void addProfileCommands(CommandTree& tree);     ///< profile
void addHelpCommands(CommandTree& tree);        ///< help, completion

}  // namespace filigree::app
