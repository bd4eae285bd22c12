// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/store.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/command_tree.h"
#include "app/context.h"
#include "app/format.h"
#include "base/error.h"
#include "store/annotations.h"
#include "store/merge.h"
#include "store/reader.h"
#include "store/schema.h"
#include "train/checkpoint.h"

/// store info, check, migrate, merge.
namespace filigree::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

store::RunFilter everything() {
    store::RunFilter filter;
    filter.withDeleted = true;
    return filter;
}

int info(Context& context) {
    Output& output = context.output();
    const fs::path path = context.settings().store();
    const auto opened = context.openStoreIfAny(store::Mode::ReadOnly);
    if (!opened) {
        output.note("there is no store yet; the first run makes it");
        if (output.json())
            output.print({{"path", path.string()}, {"exists", false}});
        else
            output.out() << path.string() << '\n';
        return 0;
    }
    const store::Reader reader(*opened);
    std::map<std::string, int> states;
    std::int64_t runs = 0, checkpointFiles = 0, checkpointBytes = 0;
    for (const store::RunInfo& run : reader.runs(everything())) {
        ++runs;
        ++states[std::string(store::toString(run.state))];
        for (const store::CheckpointInfo& checkpoint : reader.checkpoints(run.id)) {
            ++checkpointFiles;
            checkpointBytes += checkpoint.bytes;
        }
    }
    const store::BinContents bin = store::binContents(*opened);
    std::error_code ignored;
    const auto bytes = static_cast<std::int64_t>(fs::file_size(path, ignored));
    if (output.json()) {
        output.print({{"path", path.string()},
                      {"exists", true},
                      {"version", store::schemaVersion()},
                      {"views_version", store::viewsVersion},
                      {"bytes", bytes},
                      {"runs", runs},
                      {"states", states},
                      {"checkpoint_files", checkpointFiles},
                      {"checkpoint_bytes", checkpointBytes},
                      {"bin_runs", bin.runs},
                      {"bin_bytes", bin.checkpointBytes}});
        return 0;
    }
    Table table({{"what"}, {"value"}});
    table.add({"path", path.string()});
    table.add({"version", std::to_string(store::schemaVersion())});
    table.add({"size", shortBytes(static_cast<double>(bytes))});
    table.add({"runs", std::to_string(runs)});
    for (const auto& [state, count] : states) table.add({"  " + state, std::to_string(count)});
    table.add({"checkpoints", fmt::format("{} files, {}", checkpointFiles,
                                          shortBytes(static_cast<double>(checkpointBytes)))});
    table.add(
        {"bin", fmt::format("{} runs, {}", bin.runs, shortBytes(static_cast<double>(bin.checkpointBytes)))});
    table.print(output);
    return 0;
}

/// What is wrong with a checkpoint file; empty if it is as its row says.
std::string problemOf(const fs::path& path, const store::CheckpointInfo& checkpoint) {
    std::error_code code;
    const auto bytes = fs::file_size(path, code);
    if (code) return code.message();
    if (bytes != static_cast<std::uintmax_t>(checkpoint.bytes))
        return fmt::format("{} bytes instead of {}", bytes, checkpoint.bytes);
    std::string digest = checkpoint.digest;
    if (digest.starts_with("sha256:")) digest = digest.substr(7);
    if (train::sha256OfFile(path) != digest) return "its digest is wrong";
    return {};
}

int check(Context& context) {
    Output& output = context.output();
    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    opened.checkIntegrity();
    const store::Reader reader(opened);
    std::vector<std::string> problems;
    std::int64_t files = 0;
    for (const store::RunInfo& run : reader.runs(everything()))
        for (const store::CheckpointInfo& checkpoint : reader.checkpoints(run.id)) {
            ++files;
            const std::string problem = problemOf(opened.folder() / checkpoint.path, checkpoint);
            if (!problem.empty())
                problems.push_back(fmt::format("run {}, step {}: {}: {}", run.id, checkpoint.step,
                                               checkpoint.path, problem));
        }
    if (output.json())
        output.print({{"path", opened.path().string()}, {"checkpoint_files", files}, {"problems", problems}});
    else
        for (const std::string& problem : problems) output.out() << printable(problem) << '\n';
    if (!problems.empty())
        throw Error(ErrorKind::Data,
                    fmt::format("{} of {} checkpoint files are damaged", problems.size(), files),
                    opened.path().string(), "resuming takes the newest sound one");
    output.note(fmt::format("the store and its {} checkpoint files are in order", files));
    return 0;
}

int migrate(Context& context) {
    // Opening for writing brings the schema up to date.
    const store::Store opened = context.openStore(store::Mode::ReadWrite);
    Output& output = context.output();
    output.note(fmt::format("{} has version {}", opened.path().string(), store::schemaVersion()));
    if (output.json()) output.print({{"path", opened.path().string()}, {"version", store::schemaVersion()}});
    return 0;
}

int mergeStores(Context& context, const std::vector<std::string>& others) {
    store::Store into = store::Store::openOrCreate(context.settings().store());
    Output& output = context.output();
    json list = json::array();
    Table table({{"from"}, {"run there", Table::Align::Right}, {"run here", Table::Align::Right}});
    for (const std::string& other : others) {
        const store::MergeResult result = store::merge(into, other);
        json copied = json::array();
        for (const auto& [there, here] : result.copied) {
            copied.push_back({{"there", there}, {"here", here}});
            table.add({other, std::to_string(there), std::to_string(here)});
        }
        list.push_back({{"from", other},
                        {"copied", std::move(copied)},
                        {"already_here", result.alreadyHere},
                        {"checkpoint_files", result.checkpointFiles}});
        output.note(fmt::format("{}: {} runs copied, {} were here already", other, result.copied.size(),
                                result.alreadyHere.size()));
    }
    if (output.json())
        output.print({{"into", into.path().string()}, {"merged", std::move(list)}});
    else if (!table.empty())
        table.print(output);
    return 0;
}

}  // namespace

void addStoreCommands(CommandTree& tree) {
    CLI::App* group =
        tree.add(nullptr, "store", "Look after the file that keeps the runs",
                 {{"filigree store info", "where it is, how large, what is in it"},
                  {"filigree store merge node1.filigree node2.filigree", "runs of other stores"}},
                 {});
    tree.add(group, "info", "Path, version, size, number of runs",
             {{"filigree store info", "of the default store"}}, info);
    tree.add(group, "check", "Check the file and the digests of all checkpoints",
             {{"filigree store check --store old.filigree", "exit code 3 if something is damaged"}}, check);
    tree.add(group, "migrate", "Bring a store of an older version up to date",
             {{"filigree store migrate --store old.filigree", "runs do this by themselves"}}, migrate);
    const auto others = std::make_shared<std::vector<std::string>>();
    CLI::App* merging =
        tree.add(group, "merge", "Copy the runs of other stores into this one; twice adds nothing",
                 {{"filigree store merge node1.filigree --store all.filigree", "with their checkpoints"}},
                 [others](Context& context) { return mergeStores(context, *others); });
    merging->add_option("others", *others, "Stores to copy from")->required()->type_name("FILE");
}

}  // namespace filigree::app
