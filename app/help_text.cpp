// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/help_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/settings.h"
#include "base/version.h"
#include "methods/registry.h"
#include "run/shared_schema.h"

namespace filigree::app {
namespace {

std::string nameOf(const CLI::Option* option) {
    std::string text;
    for (const std::string& name : option->get_snames()) text += (text.empty() ? "-" : ", -") + name;
    for (const std::string& name : option->get_lnames()) text += (text.empty() ? "--" : ", --") + name;
    if (CommandTree::takesValue(option)) text += " " + CommandTree::typeOf(option);
    return text;
}

bool repeats(const CLI::Option* option) {
    return option->get_items_expected_max() > 1;
}

std::string meaningOf(const CLI::Option* option) {
    std::string text = option->get_description();
    if (!option->get_default_str().empty()) text += fmt::format(" (default: {})", option->get_default_str());
    if (repeats(option) && !option->get_positional()) text += " (may be repeated)";
    return text;
}

std::string usageOf(const CLI::App* command) {
    std::string text = "filigree";
    if (const std::string path = CommandTree::pathOf(command); !path.empty()) text += " " + path;
    if (!CommandTree::visibleCommands(command).empty()) text += " COMMAND";
    for (const CLI::Option* positional : CommandTree::positionals(command)) {
        std::string word = CommandTree::typeOf(positional) + (repeats(positional) ? "..." : "");
        text += positional->get_required() ? " " + word : " [" + word + "]";
    }
    for (const CLI::Option* option : CommandTree::options(command, false)) {
        if (!option->get_required()) continue;
        text += " " + nameOf(option);
    }
    return text + " [OPTIONS]";
}

/// Two columns, the first as wide as its longest entry.
std::string listOf(const std::vector<std::pair<std::string, std::string>>& entries) {
    std::size_t widest = 0;
    for (const auto& entry : entries) widest = std::max(widest, entry.first.size());
    std::string text;
    for (const auto& [name, meaning] : entries) text += fmt::format("  {:<{}}  {}\n", name, widest, meaning);
    return text;
}

std::vector<std::pair<std::string, std::string>> optionEntries(
    const std::vector<const CLI::Option*>& options) {
    std::vector<std::pair<std::string, std::string>> entries;
    for (const CLI::Option* option : options) entries.emplace_back(nameOf(option), meaningOf(option));
    return entries;
}

std::vector<std::pair<std::string, std::string>> positionalEntries(const CLI::App* command) {
    std::vector<std::pair<std::string, std::string>> entries;
    for (const CLI::Option* positional : CommandTree::positionals(command))
        entries.emplace_back(CommandTree::typeOf(positional), meaningOf(positional));
    return entries;
}

void appendMarkdown(const CommandTree& tree, const CLI::App* command, std::string& text) {
    text +=
        fmt::format("\n## filigree {}\n\n{}.\n", CommandTree::pathOf(command), command->get_description());
    if (!tree.examples(command).empty()) {
        text += "\n```sh\n";
        for (const Example& example : tree.examples(command))
            text += fmt::format("{}  # {}\n", example.line, example.meaning);
        text += "```\n";
    }
    text += fmt::format("\nUsage: `{}`\n", usageOf(command));
    auto entries = positionalEntries(command);
    const auto options = optionEntries(CommandTree::options(command, false));
    entries.insert(entries.end(), options.begin(), options.end());
    if (!entries.empty()) text += "\n| | |\n|---|---|\n";
    for (auto [name, meaning] : entries) {
        for (std::string* cell : {&name, &meaning})
            for (std::size_t at = 0; (at = cell->find('|', at)) != std::string::npos; at += 2)
                cell->insert(at, "\\");
        text += fmt::format("| `{}` | {} |\n", name, meaning);
    }
    for (const CLI::App* below : CommandTree::visibleCommands(command)) appendMarkdown(tree, below, text);
}

}  // namespace

std::string shortHelp(const CommandTree& tree) {
    return fmt::format(
        "Filigree {}. {}\n\n"
        "  filigree run digits                    train a sparse network on handwritten digits\n"
        "  filigree show last                     what came out of it\n\n"
        "Watch and steer   runs, show, metrics, log, pause, continue, stop, resume\n"
        "Prepare           presets, describe, data, devices, bench\n"
        "Keep and share    tag, note, name, rm, restore, export, store\n"
        "Help              help, help COMMAND, completion, doctor, version\n\n"
        "filigree help lists every command; every command takes --help and --json.\n",
        version(), tree.root().get_description());
}

std::string helpOf(const CommandTree& tree, const CLI::App* command) {
    std::string text = command->get_description();
    if (!text.ends_with('.')) text += ".";
    text += "\n";
    if (!tree.examples(command).empty()) {
        text += "\nExamples:\n";
        std::vector<std::pair<std::string, std::string>> lines;
        for (const Example& example : tree.examples(command))
            lines.emplace_back(example.line, "# " + example.meaning);
        text += listOf(lines);
    }
    text += "\nUsage:\n  " + usageOf(command) + "\n";
    if (const auto below = CommandTree::visibleCommands(command); !below.empty()) {
        text += "\nCommands:\n";
        std::vector<std::pair<std::string, std::string>> lines;
        for (const CLI::App* next : below) lines.emplace_back(next->get_name(), next->get_description());
        text += listOf(lines);
    }
    if (const auto entries = positionalEntries(command); !entries.empty())
        text += "\nArguments:\n" + listOf(entries);
    const auto own = CommandTree::options(command, false);
    if (command->get_parent() && !own.empty()) text += "\nOptions:\n" + listOf(optionEntries(own));
    return text + "\nOptions of every command:\n" +
           listOf(optionEntries(CommandTree::options(&tree.root(), false)));
}

std::string commandReference(const CommandTree& tree) {
    std::string text =
        "# Commands\n\n"
        "This page is generated by `filigree help --markdown`; the same text is shown by `filigree help "
        "COMMAND`.\n\n"
        "RUN is the id of a run, its name, or `last` for the newest one. Results go to stdout, everything "
        "else to stderr.\n"
        "Exit codes: 0 done, 1 the run failed, 2 wrong command or configuration, 3 input data, 4 device, 130 "
        "interrupted "
        "with its state saved.\n\n"
        "With `--json` a command prints one object with the number `schema`; keys are only ever added to "
        "it.\n\n"
        "## Options of every command\n\n| | |\n|---|---|\n";
    for (const auto& [name, meaning] : optionEntries(CommandTree::options(&tree.root(), false)))
        text += fmt::format("| `{}` | {} |\n", name, meaning);
    for (const CLI::App* command : CommandTree::visibleCommands(&tree.root()))
        appendMarkdown(tree, command, text);
    return text;
}

std::string configReference() {
    std::string text =
        "# Configuration\n\n"
        "This page is generated by `filigree help --config-markdown` from the schemas that check every "
        "file.\n\n"
        "A preset or a file of your own is TOML. At its top stand\n\n"
        "| Key | Meaning |\n|---|---|\n"
        "| `method` | name of the method, required |\n"
        "| `title`, `description` | what it is, for lists |\n"
        "| `name` | name that its runs get |\n"
        "| `seed` | seed of every random stream, at least 0 (default 0) |\n"
        "| `minutes` | about how long it takes on two cores |\n\n"
        "and below them the tables of the method. A key that is left out has its default. One key can be set "
        "on the command "
        "line:\n`filigree run digits --set table.key=value`. Lists are written `[512, 256]`.\n";
    for (const methods::Method& method : methods::all()) {
        text += fmt::format("\n## {} (`method = \"{}\"`)\n\n{}\n\n{}\n\n", method.title, method.name,
                            method.summary, method.paper);
        text += config::referenceMarkdown(run::schemaOf(std::string(method.name)));
    }
    text +=
        "\n## Settings (`filigree.toml`)\n\n"
        "An option of the command wins over a variable (`FILIGREE_STORE`, `FILIGREE_THREADS`, "
        "`FILIGREE_DATA`, "
        "`FILIGREE_DEVICE`), that over\n`filigree.toml` in this folder or the nearest above, that over "
        "`filigree.toml` in the "
        "settings folder. `filigree doctor` shows which one won.\n\n";
    return text + config::referenceMarkdown(Settings::schema());
}

nlohmann::json describeCommand(const CommandTree& tree, const CLI::App* command) {
    using nlohmann::json;
    json options = json::array(), arguments = json::array(), commands = json::array(),
         examples = json::array();
    for (const CLI::Option* option : CommandTree::options(command, false))
        options.push_back({{"name", nameOf(option)}, {"meaning", meaningOf(option)}});
    for (const auto& [name, meaning] : positionalEntries(command))
        arguments.push_back({{"name", name}, {"meaning", meaning}});
    for (const Example& example : tree.examples(command))
        examples.push_back({{"line", example.line}, {"meaning", example.meaning}});
    for (const CLI::App* below : CommandTree::visibleCommands(command))
        commands.push_back(describeCommand(tree, below));
    return {{"name", CommandTree::pathOf(command)},
            {"summary", command->get_description()},
            {"usage", usageOf(command)},
            {"arguments", arguments},
            {"options", options},
            {"examples", examples},
            {"commands", commands}};
}

}  // namespace filigree::app
