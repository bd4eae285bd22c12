// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "app/command_tree.h"
#include "app/context.h"
#include "app/format.h"
#include "base/error.h"
#include "base/parallel.h"
#include "data/endoscopy/polyp_table.h"
#include "data/endoscopy/video_set.h"
#include "data/fetch.h"
#include "data/load.h"
#include "methods/hard_attention_gates/sizing.h"
#include "run/interrupt.h"

/// data list, data fetch, data endoscopy, data polyps: the data sets of this computer.
namespace filigree::app {
namespace {

using nlohmann::json;

int listData(Context& context, const std::string& dataDir) {
    if (!dataDir.empty()) context.override("data_dir", dataDir);
    const data::SearchPath path = context.settings().dataFolders();
    Output& output = context.output();
    json list = json::array();
    Table table({{"name"},
                 {"available"},
                 {"training", Table::Align::Right},
                 {"test", Table::Align::Right},
                 {"where"},
                 {"title"}});
    for (const data::Listing& listing : data::list(path)) {
        list.push_back({{"name", listing.info.name},
                        {"title", listing.info.title},
                        {"description", listing.info.description},
                        {"citation", listing.info.citation},
                        {"licence", listing.info.licence},
                        {"shape", listing.info.sampleShape},
                        {"classes", listing.info.classes},
                        {"available", listing.available},
                        {"where", listing.where},
                        {"train_count", listing.trainCount},
                        {"test_count", listing.testCount},
                        {"bytes", listing.bytes},
                        {"problem", listing.problem},
                        {"advice", listing.advice},
                        {"looked_at", listing.lookedAt}});
        const auto count = [&](std::int64_t n) {
            return listing.available ? std::to_string(n) : std::string();
        };
        table.add({listing.info.name, listing.available ? "yes" : "no", count(listing.trainCount),
                   count(listing.testCount), listing.where, listing.info.title},
                  listing.available ? Style::Plain : Style::Faint);
        if (listing.available) continue;
        output.detail(listing.info.name + ": " + listing.problem);
        for (const std::string& place : listing.lookedAt) output.detail("  " + place);
        output.detail("  " + listing.advice);
    }
    if (output.json()) {
        json folders = json::array();
        for (const auto& folder : path.folders) folders.push_back(folder.string());
        output.print({{"datasets", std::move(list)}, {"folders", std::move(folders)}});
    } else {
        table.print(output);
    }
    return 0;
}

struct FetchChoice {
    std::string name, folder, url;
};

int fetchData(Context& context, const FetchChoice& choice) {
    Output& output = context.output();
    data::FetchOptions options;
    options.baseUrl = choice.url;
    if (!options.baseUrl.empty() && !options.baseUrl.ends_with('/')) options.baseUrl += '/';
    const data::DatasetInfo& info = data::datasetInfo(choice.name);
    const std::filesystem::path folder =
        choice.folder.empty() ? data::userDatasetFolder() : std::filesystem::path(choice.folder);

    run::countInterrupts();
    const bool bar = output.streams().errIsTerminal && !output.quiet();
    int announced = -1;
    const auto progress = [&](const data::FetchProgress& now) {
        const std::string total =
            now.totalBytes > 0 ? " of " + shortBytes(static_cast<double>(now.totalBytes)) : std::string();
        const std::string text = fmt::format("{} ({}/{})  {}{}", now.file, now.fileIndex + 1, now.fileCount,
                                             shortBytes(static_cast<double>(now.receivedBytes)), total);
        if (bar)
            output.err() << '\r' << fmt::format("{:<78}", text) << std::flush;
        else if (announced != now.fileIndex)
            output.note(fmt::format("{} ({}/{})", now.file, now.fileIndex + 1, now.fileCount));
        announced = now.fileIndex;
        return run::interruptsSoFar() == 0;
    };
    std::vector<std::filesystem::path> files;
    try {
        files = data::fetch(info, folder, progress, options);
    } catch (const Error& error) {
        if (bar) output.err() << '\n';
        if (run::interruptsSoFar() == 0) throw;
        output.note(error.message() + "; the same command goes on where it stopped");
        return 130;
    }
    if (bar && announced >= 0) output.err() << '\n';
    json list = json::array();
    for (const auto& file : files) {
        list.push_back(file.string());
        if (!output.json()) output.out() << file.string() << '\n';
    }
    if (output.json()) output.print({{"name", info.name}, {"files", std::move(list)}});
    return 0;
}

struct EndoscopyChoice {
    std::string folder;
    data::endoscopy::SetRequest request;
    bool clinical = false;
};

int renderEndoscopy(Context& context, EndoscopyChoice choice) {
    namespace endoscopy = data::endoscopy;
    Output& output = context.output();
    if (choice.clinical) choice.request.mix = endoscopy::clinicalMix;
    setThreadCount(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
    run::countInterrupts();
    const bool bar = output.streams().errIsTerminal && !output.quiet();
    const auto progress = [&](std::int64_t done, std::int64_t all) {
        if (bar) output.err() << '\r' << fmt::format("{}/{} pictures", done, all) << std::flush;
        return run::interruptsSoFar() == 0;
    };
    endoscopy::VideoSet set;
    try {
        set = endoscopy::cachedSet(choice.request, endoscopy::cacheFolder(), progress);
    } catch (const Error& error) {
        if (bar) output.err() << '\n';
        if (run::interruptsSoFar() == 0) throw;
        output.note(error.message());
        return 130;
    }
    if (bar) output.err() << '\n';
    endoscopy::exportSet(set, choice.folder);
    const auto unseen = std::count_if(set.frames.begin(), set.frames.end(),
                                      [](const endoscopy::StoredFrame& frame) { return !frame.valid; });
    if (output.json()) {
        output.print({{"folder", choice.folder},
                      {"pictures", set.frames.size()},
                      {"without_visible_polyp", unseen},
                      {"notice", "computed pictures, for research, not for diagnosis"}});
    } else {
        output.out() << choice.folder << '\n';
        output.note(
            fmt::format("{} computed pictures, {} of them without a visible polyp and not in "
                        "polypsizing_proc.csv; for research, not for diagnosis",
                        set.frames.size(), unseen));
    }
    return 0;
}

struct PolypsChoice {
    std::string folder;
    std::string table;
};

/// A fold of six for each polyp, in place.
void assignFolds(data::endoscopy::PolypTable& table) {
    std::map<std::string, double> sizes;
    for (const auto& frame : table.frames) sizes.emplace(frame.polyp, frame.sizeMm);
    std::vector<double> inOrder;
    for (const auto& [polyp, size] : sizes) inOrder.push_back(size);
    const std::vector<int> folds = methods::hard_attention_gates::stratifiedFolds(inOrder, 6, 1);
    std::map<std::string, int> foldOf;
    for (const auto& [polyp, size] : sizes) foldOf.emplace(polyp, folds[foldOf.size()]);
    for (auto& frame : table.frames) frame.fold = foldOf.at(frame.polyp);
}

int listPolyps(Context& context, const PolypsChoice& choice) {
    namespace endoscopy = data::endoscopy;
    Output& output = context.output();
    endoscopy::PolypTable table = endoscopy::readPolyps(choice.folder);
    const std::string report = table.report();
    if (table.frames.empty()) throw Error(ErrorKind::Data, "no frame can be used", choice.folder, report);
    const bool sun = table.frames.front().database == "SUN";
    assignFolds(table);
    endoscopy::writePolypTable(table, choice.folder, sun ? "$SUN_DATA_PATH/" : "$REAL_COLON_PATH/",
                               choice.table);
    if (output.json()) {
        json skipped = json::object();
        for (const auto& [reason, count] : table.skipped) skipped[reason] = count;
        output.print({{"table", choice.table}, {"frames", table.frames.size()}, {"skipped", skipped}});
    } else {
        output.out() << choice.table << '\n';
        output.note(report + "; to use the table, set " + (sun ? "SUN_DATA_PATH" : "REAL_COLON_PATH") +
                    " to the folder; for research, not for diagnosis");
    }
    return 0;
}

}  // namespace

void addDataCommands(CommandTree& tree) {
    CLI::App* group = tree.add(nullptr, "data", "List or download data sets",
                               {{"filigree data list", "what was found where"},
                                {"filigree data fetch fashion-mnist", "download one"}},
                               {});
    const auto dataDir = std::make_shared<std::string>();
    CLI::App* list =
        tree.add(group, "list", "Say which data sets were found where; -v says where they were looked for",
                 {{"filigree data list -v", "with every place looked at"}},
                 [dataDir](Context& context) { return listData(context, *dataDir); });
    list->add_option("--data-dir", *dataDir, "Folder in which data sets are looked for first")
        ->type_name("DIR");

    const auto choice = std::make_shared<FetchChoice>();
    CLI::App* fetch = tree.add(group, "fetch", "Download a data set; goes on where an earlier call stopped",
                               {{"filigree data fetch cifar10", "into the data folder"},
                                {"filigree data fetch mnist --to ./sets", "into a folder of your own"}},
                               [choice](Context& context) { return fetchData(context, *choice); });
    fetch->add_option("name", choice->name, "Name of a data set")->required()->type_name("SET");
    fetch->add_option("--to", choice->folder, "Folder to put it into")->type_name("DIR");
    fetch->add_option("--url", choice->url, "Folder of a mirror to download from (http or https)")
        ->type_name("URL");

    const auto scene = std::make_shared<EndoscopyChoice>();
    CLI::App* endoscopy =
        tree.add(group, "endoscopy",
                 "Compute colonoscopy pictures with polyps of known size (for research, not for diagnosis)",
                 {{"filigree data endoscopy --out pictures --polyps 4", "PNG, depth, masks and a CSV"}},
                 [scene](Context& context) { return renderEndoscopy(context, *scene); });
    endoscopy->add_option("--out", scene->folder, "Folder to put the pictures into")
        ->required()
        ->type_name("DIR");
    endoscopy->add_option("--seed", scene->request.seed, "Seed of scenes and cameras")
        ->capture_default_str()
        ->type_name("N");
    endoscopy->add_option("--polyps", scene->request.polyps, "Number of polyps")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000000))
        ->type_name("N");
    endoscopy->add_option("--frames", scene->request.frames, "Pictures of each polyp")
        ->capture_default_str()
        ->check(CLI::Range(1, 100000))
        ->type_name("N");
    endoscopy->add_option("--size", scene->request.width, "Width and height in pixels")
        ->capture_default_str()
        ->check(CLI::Range(1, 4096))
        ->type_name("W");
    endoscopy->add_flag("--clinical", scene->clinical,
                        "Sizes as often as in clinical collections instead of a balanced mix");

    const auto polyps = std::make_shared<PolypsChoice>();
    CLI::App* listing =
        tree.add(group, "polyps",
                 "List the frames of REAL-Colon or SUN with their sizes and folds; say what is left out",
                 {{"filigree data polyps real-colon --out kfold_polypsizing_lists_per_object.csv",
                   "a CSV for data.table"}},
                 [polyps](Context& context) { return listPolyps(context, *polyps); });
    listing->add_option("folder", polyps->folder, "Folder of REAL-Colon or SUN as it is published")
        ->required()
        ->type_name("DIR");
    listing->add_option("--out", polyps->table, "CSV to write")->required()->type_name("FILE.csv");
}

}  // namespace filigree::app
