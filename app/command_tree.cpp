// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/command_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "config/nearest.h"

namespace filigree::app {
namespace {

bool isOption(const std::string& word) {
    return word.size() > 1 && word[0] == '-';
}

/// Options are given as "--name", "--name=value", "-n", "-nvalue".
const CLI::Option* findOption(const CLI::App* command, const std::string& word) {
    const std::string name = word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
    for (const CLI::App* at = command; at; at = at->get_parent())
        if (const CLI::Option* option = at->get_option_no_throw(name)) return option;
    return nullptr;
}

/// What CLI11 says, as a sentence of ours.
std::string sentence(std::string text) {
    for (char& c : text)
        if (c == '\n') c = ' ';
    if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
}

}  // namespace

CommandTree::CommandTree()
    : root_("Train sparse neural networks, watch their wiring change, keep every run.", "filigree") {
    root_.set_help_flag("");
    root_.require_subcommand(0, 1);
    root_.add_option("--store", globals_.store, "Store file to work with")->type_name("FILE");
    root_.add_flag("--json", globals_.json, "Print results as JSON");
    root_.add_flag("--plain", globals_.plain,
                   "Print tables tab-separated, one record a line, without headings");
    root_.add_option("--color", globals_.colour, "When to use colour: auto, always, never")
        ->type_name("WHEN")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->default_str("auto");
    root_.add_flag("-q,--quiet", globals_.quiet, "Say nothing but results and errors");
    root_.add_flag("-v,--verbose", globals_.verbosity, "Say more; twice for even more");
    root_.add_flag("-h,--help", globals_.help, "Show help; wins over everything else");
    addRunCommands(*this);
    addSweepCommands(*this);
    addWindowCommands(*this);
    addControlCommands(*this);
    addRunsCommands(*this);
    addTableCommands(*this);
    addAnnotationCommands(*this);
    addPresetCommands(*this);
    addDataCommands(*this);
    addExportCommands(*this);
    addAnalyzeCommands(*this);
    addRenderCommands(*this);
    addStoreCommands(*this);
    addMachineCommands(*this);
    addProfileCommands(*this);
    addHelpCommands(*this);
}

CLI::App* CommandTree::add(CLI::App* parent, const std::string& name, const std::string& summary,
                           std::vector<Example> examples, Action action) {
    CLI::App* command = (parent ? parent : &root_)->add_subcommand(name, summary);
    command->set_help_flag("");
    command->fallthrough();
    // At most one command below, so that the name of a run may be the name of a command.
    command->require_subcommand(0, 1);
    examples_[command] = std::move(examples);
    if (action) actions_[command] = std::move(action);
    return command;
}

CLI::App* CommandTree::addHidden(const std::string& name, Action action) {
    CLI::App* command = add(nullptr, name, "", {}, std::move(action));
    command->group("");
    return command;
}

const std::vector<Example>& CommandTree::examples(const CLI::App* command) const {
    static const std::vector<Example> none;
    const auto found = examples_.find(command);
    return found == examples_.end() ? none : found->second;
}

CommandTree::Position CommandTree::walk(const std::vector<std::string>& words) const {
    Position at;
    at.command = &root_;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (at.awaiting) {
            at.awaiting = nullptr;
        } else if (!at.optionsEnded && word == "--") {
            at.optionsEnded = true;
        } else if (!at.optionsEnded && isOption(word)) {
            const CLI::Option* option = findOption(at.command, word);
            if (!option) {
                at.unknown = word;
                return at;
            }
            const bool attached =
                word.starts_with("--") ? word.find('=') != std::string::npos : word.size() > 2;
            if (takesValue(option) && !attached) at.awaiting = option;
        } else {
            const auto below = at.command->get_subcommands([](const CLI::App*) { return true; });
            if (below.empty()) {
                at.positionals.push_back(word);
                continue;
            }
            const auto next = std::find_if(below.begin(), below.end(), [&](const CLI::App* command) {
                return command->get_name() == word;
            });
            if (next == below.end()) {
                at.unknown = word;
                return at;
            }
            at.command = *next;
        }
    }
    return at;
}

void CommandTree::parse(const std::vector<std::string>& arguments) {
    const Position end = walk(arguments);
    const std::string name = pathOf(end.command);
    const std::string help = name.empty() ? "filigree help" : "filigree help " + name;
    if (!end.unknown.empty()) {
        std::vector<std::string> known;
        if (isOption(end.unknown)) {
            for (const CLI::Option* option : options(end.command, true))
                for (const std::string& word : option->get_lnames()) known.push_back("--" + word);
        } else {
            for (const CLI::App* command : visibleCommands(end.command)) known.push_back(command->get_name());
        }
        const std::string word = end.unknown.substr(0, std::min(end.unknown.find('='), std::size_t{80}));
        const std::string near = config::didYouMean(word, known);
        throw Error(ErrorKind::Usage,
                    fmt::format("unknown {} \"{}\"", isOption(end.unknown) ? "option" : "command", word),
                    name.empty() ? "" : "filigree " + name,
                    near.empty() ? help + " lists what there is" : near);
    }
    try {
        // CLI11 wants the words in reverse.
        std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
        root_.parse(reversed);
    } catch (const CLI::RequiredError& error) {
        const auto wanted = positionals(end.command);
        const std::size_t given = end.positionals.size();
        throw Error(ErrorKind::Usage,
                    given < wanted.size() ? typeOf(wanted[given]) + " is missing" : sentence(error.what()),
                    "filigree " + name, help + " shows how to write it");
    } catch (const CLI::ParseError& error) {
        throw Error(ErrorKind::Usage, sentence(error.what()), name.empty() ? "" : "filigree " + name,
                    help + " shows how to write it");
    }
    if (globals_.json && globals_.plain)
        throw Error(ErrorKind::Usage, "--json and --plain exclude each other", "", "leave one of them out");
}

Action CommandTree::parsedAction() const {
    const CLI::App* command = &root_;
    while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
    const auto found = actions_.find(command);
    return found == actions_.end() ? Action() : found->second;
}

std::vector<const CLI::App*> CommandTree::visibleCommands(const CLI::App* command) {
    return command->get_subcommands([](const CLI::App* below) { return !below->get_group().empty(); });
}

std::string CommandTree::pathOf(const CLI::App* command) {
    std::string path;
    for (; command->get_parent(); command = command->get_parent())
        path = command->get_name() + (path.empty() ? "" : " ") + path;
    return path;
}

std::vector<const CLI::Option*> CommandTree::options(const CLI::App* command, bool inherited) {
    std::vector<const CLI::Option*> found;
    for (; command; command = inherited ? command->get_parent() : nullptr)
        for (const CLI::Option* option : command->get_options())
            if (!option->get_positional() && !option->get_group().empty()) found.push_back(option);
    return found;
}

std::string CommandTree::typeOf(const CLI::Option* option) {
    const std::string text = option->get_type_name();
    return text.substr(0, text.find(':'));
}

std::vector<const CLI::Option*> CommandTree::positionals(const CLI::App* command) {
    return command->get_options([](const CLI::Option* option) { return option->get_positional(); });
}

}  // namespace filigree::app
