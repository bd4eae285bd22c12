// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/command_tree.h"
#include "app/context.h"
#include "app/format.h"
#include "base/error.h"
#include "store/annotations.h"
#include "store/reader.h"

/// rm, restore, tag, note, name: what a person says about runs.
namespace filigree::app {
namespace {

using nlohmann::json;

struct RemoveOptions {
    std::vector<std::string> runs;
    bool yes = false;
    bool dryRun = false;
    bool forever = false;
};

std::vector<std::int64_t> findAll(const store::Reader& reader, const std::vector<std::string>& words) {
    std::vector<std::int64_t> ids;
    for (const std::string& word : words) {
        const std::int64_t id = reader.find(word);
        if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    }
    return ids;
}

std::string listOf(const std::vector<std::int64_t>& ids) {
    return fmt::format("{} {}", ids.size() == 1 ? "run" : "runs", fmt::join(ids, ", "));
}

void printIds(Output& output, const char* what, const std::vector<std::int64_t>& ids, bool done) {
    if (output.json()) output.print({{"action", what}, {"runs", ids}, {"done", done}});
}

/// The bin is emptied as a whole: what else lies in it must not go unasked.
void refuseOthersInBin(const store::Reader& reader, const std::vector<std::int64_t>& ids) {
    store::RunFilter filter;
    filter.withDeleted = true;
    std::vector<std::int64_t> others;
    for (const store::RunInfo& run : reader.runs(filter))
        if (run.deleted && std::find(ids.begin(), ids.end(), run.id) == ids.end()) others.push_back(run.id);
    if (!others.empty())
        throw Error(
            ErrorKind::Usage, fmt::format("the bin also holds {}, which would be lost too", listOf(others)),
            "", "restore them first (filigree restore RUN), or empty the whole bin: filigree rm --forever");
}

int removeForever(Context& context, const RemoveOptions& options) {
    store::Store opened = context.openStore(store::Mode::ReadWrite);
    const store::Reader reader(opened);
    std::vector<std::int64_t> ids = findAll(reader, options.runs);
    if (!ids.empty()) {
        refuseOthersInBin(reader, ids);
    } else {
        store::RunFilter filter;
        filter.withDeleted = true;
        for (const store::RunInfo& run : reader.runs(filter))
            if (run.deleted) ids.push_back(run.id);
    }
    Output& output = context.output();
    if (ids.empty()) {
        output.note("the bin is empty");
        printIds(output, "delete", ids, true);
        return 0;
    }
    if (options.dryRun) {
        output.note(fmt::format("would delete {} with all records and checkpoints", listOf(ids)));
        printIds(output, "delete", ids, false);
        return 0;
    }
    if (!options.yes &&
        !context.confirm(fmt::format("Delete {} with all records and checkpoints?", listOf(ids)))) {
        output.note("nothing was deleted");
        return 0;
    }
    if (!options.runs.empty()) store::moveToBin(opened, ids);
    const store::BinContents removed = store::emptyBin(opened);
    output.note(fmt::format("deleted {}, {} checkpoint files, {}", listOf(ids), removed.checkpointFiles,
                            shortBytes(static_cast<double>(removed.checkpointBytes))));
    printIds(output, "delete", ids, true);
    return 0;
}

int remove(Context& context, const RemoveOptions& options) {
    if (options.forever) return removeForever(context, options);
    if (options.runs.empty())
        throw Error(ErrorKind::Usage, "which run?", "filigree rm",
                    "name it, or empty the bin: filigree rm --forever");
    store::Store opened = context.openStore(store::Mode::ReadWrite);
    const std::vector<std::int64_t> ids = findAll(store::Reader(opened), options.runs);
    Output& output = context.output();
    if (!options.dryRun) store::moveToBin(opened, ids);
    output.note(options.dryRun ? fmt::format("would move {} to the bin", listOf(ids))
                               : fmt::format("{} in the bin; undo with: filigree restore {}", listOf(ids),
                                             fmt::join(ids, " ")));
    printIds(output, "bin", ids, !options.dryRun);
    return 0;
}

int restore(Context& context, const std::vector<std::string>& runs) {
    store::Store opened = context.openStore(store::Mode::ReadWrite);
    const std::vector<std::int64_t> ids = findAll(store::Reader(opened), runs);
    store::restoreFromBin(opened, ids);
    context.output().note(fmt::format("{} restored", listOf(ids)));
    printIds(context.output(), "restore", ids, true);
    return 0;
}

struct TextOptions {
    std::string run;
    std::string text;
    std::vector<std::string> words;
    bool remove = false;
};

int changeTags(Context& context, const TextOptions& options) {
    store::Store opened = context.openStore(store::Mode::ReadWrite);
    const store::Reader reader(opened);
    const std::vector<std::int64_t> ids{reader.find(options.run)};
    for (const std::string& word : options.words)
        options.remove ? store::untag(opened, ids, word) : store::tag(opened, ids, word);
    if (context.output().json()) context.output().print({{"run", ids[0]}, {"tags", reader.run(ids[0]).tags}});
    return 0;
}

int changeText(Context& context, const TextOptions& options, const char* key,
               void (*change)(store::Store&, std::int64_t, std::string_view)) {
    store::Store opened = context.openStore(store::Mode::ReadWrite);
    const std::int64_t id = store::Reader(opened).find(options.run);
    change(opened, id, options.text);
    if (context.output().json()) context.output().print({{"run", id}, {key, options.text}});
    return 0;
}

void addRun(CLI::App* command, std::string& run) {
    command->add_option("run", run, "Id, name, or last")->required()->type_name("RUN");
}

}  // namespace

void addAnnotationCommands(CommandTree& tree) {
    const auto removal = std::make_shared<RemoveOptions>();
    CLI::App* rm = tree.add(nullptr, "rm", "Move runs to the bin, or delete them for good",
                            {{"filigree rm 3 4", "into the bin; filigree restore 3 brings it back"},
                             {"filigree rm 3 --forever --yes", "gone, with its checkpoints"},
                             {"filigree rm --forever --dry-run", "what emptying the bin would delete"}},
                            [removal](Context& context) { return remove(context, *removal); });
    rm->add_option("runs", removal->runs, "Ids, names, or last")->type_name("RUN");
    rm->add_flag("--forever", removal->forever, "Delete for good; without RUN: empty the bin");
    rm->add_flag("--dry-run", removal->dryRun, "Only say what would be done");
    rm->add_flag("-y,--yes", removal->yes, "Do not ask");

    const auto back = std::make_shared<std::vector<std::string>>();
    CLI::App* restoring = tree.add(nullptr, "restore", "Take runs out of the bin",
                                   {{"filigree restore 3", "runs in the bin are named by their id"}},
                                   [back](Context& context) { return restore(context, *back); });
    restoring->add_option("runs", *back, "Ids of runs in the bin")->required()->type_name("RUN");

    const auto tags = std::make_shared<TextOptions>();
    CLI::App* tag = tree.add(
        nullptr, "tag", "Add tags to a run",
        {{"filigree tag last paper baseline", "two tags"}, {"filigree tag 3 paper --remove", "one less"}},
        [tags](Context& context) { return changeTags(context, *tags); });
    addRun(tag, tags->run);
    tag->add_option("tags", tags->words, "Words without commas")->required()->type_name("WORD");
    tag->add_flag("--remove", tags->remove, "Take them away instead");

    const auto note = std::make_shared<TextOptions>();
    CLI::App* noting =
        tree.add(nullptr, "note", "Write the note of a run",
                 {{"filigree note last \"lr too high\"", "replaces the note"}},
                 [note](Context& context) { return changeText(context, *note, "note", store::setNote); });
    addRun(noting, note->run);
    noting->add_option("text", note->text, "Markdown; \"\" clears the note")->required()->type_name("TEXT");

    const auto name = std::make_shared<TextOptions>();
    CLI::App* naming =
        tree.add(nullptr, "name", "Rename a run",
                 {{"filigree name last baseline", "commands then know it by this name"}},
                 [name](Context& context) { return changeText(context, *name, "name", store::setName); });
    addRun(naming, name->run);
    naming->add_option("name", name->text, "The new name")->required()->type_name("NAME");
}

}  // namespace filigree::app
