// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/completion.h"

#include <set>

#include "base/error.h"
#include "data/catalogue.h"
#include "methods/registry.h"
#include "run/presets.h"
#include "run/shared_schema.h"
#include "store/reader.h"
#include "store/run_table.h"

namespace filigree::app {
namespace {

using Words = std::vector<std::string>;

constexpr const char* bash = R"(# bash completion for filigree
_filigree() {
    local words=() word start candidate i program
    # The program as typed, with its backslashes and tilde, as the shell will read it.
    program=${COMP_WORDS[0]//\\/}
    [[ $program == "~/"* ]] && program=$HOME/${program#"~/"}
    # Readline splits words at '='; put them together again.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ ${#words[@]} -gt 0 && ($word == "=" || ${words[-1]} == *=) ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
    done
    word=${words[-1]}
    start=""
    [[ $word == *=* && $COMP_WORDBREAKS == *=* ]] && start=${word%=*}=
    COMPREPLY=()
    while IFS= read -r candidate; do
        if [[ $candidate == ":files" ]]; then
            compopt -o filenames
            while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -f -- "${word#"$start"}")
        else
            COMPREPLY+=("${candidate#"$start"}")
        fi
    done < <("$program" __complete -- "${words[@]}" 2>/dev/null)
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    return 0
}
complete -F _filigree filigree
)";

constexpr const char* zsh = R"(#compdef filigree
# zsh completion for filigree
_filigree() {
    local -a candidates
    candidates=("${(@f)$(${(Q)words[1]} __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if (( ${candidates[(Ie):files]} )); then
        _files
        candidates=("${(@)candidates:#:files}")
    fi
    compadd -S '' -- ${(M)candidates:#*=}
    compadd -- ${candidates:#*=}
}
if [[ $funcstack[1] == _filigree ]]; then
    _filigree "$@"
else
    compdef _filigree filigree
fi
)";

constexpr const char* fish = R"(# fish completion for filigree
function __filigree_complete
    set -l words (commandline -opc) (commandline -ct)
    for candidate in ($words[1] __complete -- $words[2..-1] 2>/dev/null)
        if test "$candidate" = ":files"
            __fish_complete_path (commandline -ct)
        else
            echo $candidate
        end
    end
end
complete -c filigree -f -a '(__filigree_complete)'
)";

Words runWords(Context& context, bool binned) {
    Words words;
    const auto opened = context.openStoreIfAny(store::Mode::ReadOnly);
    if (!opened) return words;
    store::RunFilter filter;
    filter.withDeleted = binned;
    if (!binned) words.push_back("last");
    for (const store::RunInfo& run : store::Reader(*opened).runs(filter)) {
        if (binned && !run.deleted) continue;
        words.push_back(std::to_string(run.id));
        if (!run.name.empty() && !binned) words.push_back(run.name);
    }
    return words;
}

Words metricTags(Context& context, const Words& positionals) {
    const auto opened = context.openStoreIfAny(store::Mode::ReadOnly);
    if (!opened || positionals.empty()) return {};
    const store::Reader reader(*opened);
    return reader.scalarTags(reader.find(positionals[0]));
}

Words tagsInUse(Context& context) {
    const auto opened = context.openStoreIfAny(store::Mode::ReadOnly);
    if (!opened) return {};
    std::set<std::string> tags;
    for (const store::RunInfo& run : store::Reader(*opened).runs())
        tags.insert(run.tags.begin(), run.tags.end());
    return {tags.begin(), tags.end()};
}

/// What a table of runs can be made over.
Words keysInUse(Context& context) {
    Words words{"method", "preset", "name", "seed"};
    if (const auto opened = context.openStoreIfAny(store::Mode::ReadOnly))
        for (const store::NamedId& key : store::configKeys(*opened)) words.push_back(key.name);
    return words;
}

Words presetWords() {
    Words words;
    std::multiset<std::string> shortNames;
    for (const run::Preset& preset : run::presets()) {
        words.push_back(preset.name);
        shortNames.insert(preset.name.substr(preset.name.find('/') + 1));
    }
    for (const std::string& name : shortNames)
        if (shortNames.count(name) == 1) words.push_back(name);
    return words;
}

/// Keys of the method that the file or preset names; "key=" first, then the values that the schema knows.
Words assignments(const Words& positionals, const std::string& typed) {
    if (positionals.empty()) return {};
    const config::Schema& schema = run::schemaOf(run::openRunFile(positionals[0]).method);
    Words words;
    for (const config::Field& field : schema.fields()) {
        const std::string start = field.key + "=";
        if (!typed.starts_with(start)) {
            words.push_back(start);
            continue;
        }
        Words values = field.choices;
        if (field.type == config::Type::Boolean) values = {"true", "false"};
        if (values.empty()) values = {config::toToml(field.defaultValue)};
        for (const std::string& value : values) words.push_back(start + value);
    }
    return words;
}

/// Values for an option or a positional, by the name of its type.
Words valuesFor(Context& context, const std::string& type, const CommandTree::Position& at,
                const std::string& typed) {
    if (type == "RUN") return runWords(context, at.command->get_name() == "restore");
    if (type == "PRESET|FILE.toml") {
        Words words = presetWords();
        words.push_back(":files");
        return words;
    }
    if (type == "KEY=VALUE") return assignments(at.positionals, typed);
    if (type == "TAG") return metricTags(context, at.positionals);
    if (type == "WORD") return tagsInUse(context);
    if (type == "METHOD") {
        Words words;
        for (const methods::Method& method : methods::all()) words.emplace_back(method.name);
        return words;
    }
    if (type == "SET") {
        Words words;
        for (const data::DatasetInfo& info : data::catalogue())
            if (!info.downloads.empty()) words.push_back(info.name);
        return words;
    }
    if (type == "COMMAND") {
        Words words;
        for (const CLI::App* command : CommandTree::visibleCommands(&context.tree().root()))
            words.push_back(command->get_name());
        return words;
    }
    if (type == "STATE")
        return {"queued", "running", "paused", "finished", "failed", "stopped", "interrupted"};
    if (type == "WHEN") return {"auto", "always", "never"};
    if (type == "KIND") return {"auto", "bar", "plain", "json", "none"};
    if (type == "DEVICE") return {"cpu"};
    if (type == "SHELL") return {"bash", "zsh", "fish"};
    if (type == "COLOURING") return {"presence", "sign", "magnitude", "age", "activity"};
    if (type == "FIELD") return {"train/loss", "train/acc", "test/loss", "test/acc"};
    if (type == "AXES") return {"random", "trajectory", "networks"};
    if (type == "SPLIT") return {"train", "test", "both"};
    if (type == "NORM") return {"filter", "layer", "weight", "dfilter", "dlayer", "none"};
    if (type == "FORM") return {"markdown", "csv", "latex"};
    if (type == "SPREAD") return {"sd", "ci95", "none"};
    if (type == "VALUE") return {"last", "best", "min", "max"};
    if (type == "KEY") return keysInUse(context);
    if (type == "THEME") return {"light", "dark"};
    if (type == "FILE" || type == "DIR") return {":files"};
    return {};
}

Words candidates(Context& context, const Words& before, const std::string& typed) {
    const CommandTree& tree = context.tree();
    const CommandTree::Position at = tree.walk(before);
    if (!at.unknown.empty()) return {};
    if (at.awaiting) return valuesFor(context, CommandTree::typeOf(at.awaiting), at, typed);
    if (!at.optionsEnded && typed.starts_with('-')) {
        Words words;
        const auto equals = typed.find('=');
        for (const CLI::Option* option : CommandTree::options(at.command, true))
            for (const std::string& name : option->get_lnames()) {
                const std::string word = "--" + name;
                if (equals == std::string::npos) {
                    words.push_back(word);
                } else if (word == typed.substr(0, equals) && CommandTree::takesValue(option)) {
                    for (const std::string& value :
                         valuesFor(context, CommandTree::typeOf(option), at, typed.substr(equals + 1)))
                        words.push_back(word + "=" + value);
                }
            }
        return words;
    }
    Words words;
    for (const CLI::App* command : CommandTree::visibleCommands(at.command))
        words.push_back(command->get_name());
    if (!words.empty()) return words;
    const auto positionals = CommandTree::positionals(at.command);
    if (positionals.empty()) return {};
    const std::size_t index = at.positionals.size();
    const CLI::Option* next = index < positionals.size() ? positionals[index] : positionals.back();
    if (index >= positionals.size() && next->get_items_expected_max() <= 1) return {};
    return valuesFor(context, CommandTree::typeOf(next), at, typed);
}

}  // namespace

std::vector<std::string> completions(Context& context, const std::vector<std::string>& words) {
    if (words.empty()) return {};
    const std::string& typed = words.back();
    Words fitting;
    for (const std::string& candidate : candidates(context, Words(words.begin(), words.end() - 1), typed))
        if (candidate == ":files" || candidate.starts_with(typed)) fitting.push_back(candidate);
    return fitting;
}

std::string completionScript(const std::string& shell) {
    if (shell == "bash") return bash;
    if (shell == "zsh") return zsh;
    if (shell == "fish") return fish;
    throw Error(ErrorKind::Usage, "no completion for the shell \"" + shell + "\"", "filigree completion",
                "say bash, zsh or fish");
}

}  // namespace filigree::app
