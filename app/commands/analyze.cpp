// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/analyze.h"

#include <algorithm>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "base/parallel.h"

namespace filigree::app {

void addAnalysisOptions(CLI::App* command, AnalysisOptions& options) {
    command->add_option("--threads", options.threads, "Threads to compute with")->type_name("N");
    command->add_option("--data-dir", options.dataDir, "Folder in which data sets are looked for first")
        ->type_name("DIR");
}

void addSampleOptions(CLI::App* command, std::int64_t& samples, std::string& data) {
    command->add_option("--samples", samples, "Samples to evaluate; 0 for all")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command->add_option("--data", data, "train, test or both")
        ->type_name("SPLIT")
        ->check(CLI::IsMember({"train", "test", "both"}))
        ->capture_default_str();
}

data::SearchPath applyAnalysisOptions(Context& context, const AnalysisOptions& options) {
    if (!options.threads.empty()) context.override("threads", options.threads);
    if (!options.dataDir.empty()) context.override("data_dir", options.dataDir);
    const int all = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    setThreadCount(context.settings().threads().value_or(all));
    return context.settings().dataFolders();
}

void writeTable(const std::string& csv, const std::string& path) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << csv;
    file.close();
    if (!file)
        throw Error(ErrorKind::Run, "cannot write the file", path, "check the folder and its free space");
}

void addAnalyzeCommands(CommandTree& tree) {
    CLI::App* group = tree.add(nullptr, "analyze", "Study a trained network: landscape, sharpness, lesions",
                               {{"filigree analyze landscape last", "the loss around the newest network"},
                                {"filigree analyze connect 3 4", "how far apart two networks are"}},
                               {});
    addLandscape(tree, group);
    addHessian(tree, group);
    addConnect(tree, group);
    addBarriers(tree, group);
    addSoup(tree, group);
    addLesion(tree, group);
    addAblation(tree, group);
    addPrune(tree, group);
    addFrames(tree, group);
}

}  // namespace filigree::app
