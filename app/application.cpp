// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/application.h"

#include <algorithm>
#include <exception>
#include <new>
#include <ostream>

#include "app/command_tree.h"
#include "app/context.h"
#include "app/help_text.h"
#include "base/error.h"
#include "base/version.h"

namespace filigree::app {
namespace {

Colour colourMode(const std::string& word) {
    return word == "always" ? Colour::Always : word == "never" ? Colour::Never : Colour::Auto;
}

void report(Output& output, const Error& error) {
    std::ostream& err = output.err();
    err << output.onErr(Style::Bad, "error:") << " " << error.message() << "\n";
    if (!error.where().empty()) err << "  at " << error.where() << "\n";
    if (!error.advice().empty()) err << "  " << error.advice() << "\n";
    err << std::flush;
}

/// Words up to "--": help wins over everything else, but not inside values that were set apart.
bool asksForHelp(const std::vector<std::string>& words) {
    const auto end = std::find(words.begin(), words.end(), "--");
    return std::any_of(words.begin(), end,
                       [](const std::string& word) { return word == "-h" || word == "--help"; });
}

int dispatch(CommandTree& tree, const std::vector<std::string>& arguments, Output& output) {
    if (arguments.empty()) {
        output.out() << shortHelp(tree);
        return 0;
    }
    if (asksForHelp(arguments)) {
        output.out() << helpOf(tree, tree.walk(arguments).command);
        return 0;
    }
    if (arguments.size() == 1 && arguments[0] == "--version") {
        output.out() << "filigree " << version() << "\n";
        return 0;
    }
    tree.parse(arguments);
    const GlobalOptions& globals = tree.globals();
    const Form form = globals.json ? Form::Json : globals.plain ? Form::Plain : Form::Table;
    output.configure(form, colourMode(globals.colour), globals.quiet, globals.verbosity);
    std::map<std::string, std::string> options;
    if (!globals.store.empty()) options["store"] = globals.store;

    const Action action = tree.parsedAction();
    if (!action) {
        // A group such as `filigree data` alone, or options alone.
        const CLI::App* command = tree.walk(arguments).command;
        throw Error(ErrorKind::Usage, "a command is missing", "filigree " + CommandTree::pathOf(command),
                    "filigree help " + CommandTree::pathOf(command) + " lists them");
    }
    Context context(tree, output, std::move(options));
    return action(context);
}

}  // namespace

int runApplication(const std::vector<std::string>& arguments, Streams streams) {
    Output output(streams);
    try {
        CommandTree tree;
        const int code = dispatch(tree, arguments, output);
        output.out().flush();
        if (!output.out()) throw Error(ErrorKind::Run, "the results could not be written to standard output");
        return code;
    } catch (const Error& error) {
        output.out().flush();
        report(output, error);
        return error.exitCode();
    } catch (const std::bad_alloc&) {
        report(output,
               Error(ErrorKind::Run, "there is not enough memory", "", "use a smaller network or batch"));
        return 1;
    } catch (const std::exception& error) {
        report(output,
               Error(ErrorKind::Run, std::string("unforeseen error: ") + error.what(), "",
                     "this is a mistake in the program; please report it with the command that you gave"));
        return 1;
    }
}

}  // namespace filigree::app
