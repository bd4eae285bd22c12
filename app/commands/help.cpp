// SPDX-License-Identifier: GPL-3.0-or-later
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/command_tree.h"
#include "app/completion.h"
#include "app/context.h"
#include "app/help_text.h"
#include "base/error.h"
#include "config/nearest.h"

/// help, completion.
namespace filigree::app {
namespace {

struct HelpOptions {
    std::vector<std::string> words;
    bool markdown = false;
    bool configMarkdown = false;
};

int help(Context& context, const HelpOptions& options) {
    Output& output = context.output();
    if (options.markdown || options.configMarkdown) {
        output.out() << (options.markdown ? commandReference(context.tree()) : configReference());
        return 0;
    }
    const CommandTree::Position at = context.tree().walk(options.words);
    if (!at.unknown.empty() || !at.positionals.empty()) {
        const std::string word = at.unknown.empty() ? at.positionals.front() : at.unknown;
        std::vector<std::string> known;
        for (const CLI::App* command : CommandTree::visibleCommands(at.command))
            known.push_back(command->get_name());
        const std::string near = config::didYouMean(word, known);
        throw Error(ErrorKind::Usage, "unknown command \"" + word + "\"", "filigree help",
                    near.empty() ? "filigree help lists what there is" : near);
    }
    if (output.json())
        output.print(describeCommand(context.tree(), at.command));
    else
        output.out() << helpOf(context.tree(), at.command);
    return 0;
}

int complete(Context& context, const std::vector<std::string>& words) {
    // Completion must never disturb the prompt: what cannot be found out offers nothing.
    try {
        for (const std::string& word : completions(context, words)) context.output().out() << word << '\n';
    } catch (const Error&) {
    }
    return 0;
}

}  // namespace

void addHelpCommands(CommandTree& tree) {
    const auto options = std::make_shared<HelpOptions>();
    CLI::App* helping = tree.add(nullptr, "help", "Explain a command, or list all of them",
                                 {{"filigree help run", "the same as filigree run --help"}},
                                 [options](Context& context) { return help(context, *options); });
    helping->add_option("command", options->words, "A command")->type_name("COMMAND");
    helping->add_flag("--markdown", options->markdown, "Print the reference page of all commands")->group("");
    helping
        ->add_flag("--config-markdown", options->configMarkdown,
                   "Print the reference page of the configuration")
        ->group("");

    const auto shell = std::make_shared<std::string>();
    CLI::App* script =
        tree.add(nullptr, "completion", "Print the completion script of a shell",
                 {{"filigree completion bash > ~/.local/share/bash-completion/completions/filigree", "bash"},
                  {"filigree completion zsh > ~/.zfunc/_filigree", "zsh; the folder must be in fpath"},
                  {"filigree completion fish > ~/.config/fish/completions/filigree.fish", "fish"}},
                 [shell](Context& context) {
                     context.output().out() << completionScript(*shell);
                     return 0;
                 });
    script->add_option("shell", *shell, "bash, zsh or fish")->required()->type_name("SHELL");

    const auto words = std::make_shared<std::vector<std::string>>();
    CLI::App* completing =
        tree.addHidden("__complete", [words](Context& context) { return complete(context, *words); });
    completing->add_option("words", *words, "Words typed so far, the last one unfinished")->type_name("TEXT");
}

}  // namespace filigree::app
