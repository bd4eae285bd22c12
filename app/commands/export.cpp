// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/command_tree.h"
#include "app/context.h"
#include "base/error.h"
#include "store/export_csv.h"
#include "store/reader.h"

/// export: runs for other programs.
namespace filigree::app {
namespace {

namespace fs = std::filesystem;

struct ExportOptions {
    std::string run;
    std::string safetensors, csv;
    std::int64_t step = -1;
    bool overwrite = false;
};

/// Refuses to write over a file unless that was asked for.
void requireFree(const fs::path& path, bool overwrite) {
    std::error_code ignored;
    if (!overwrite && fs::exists(path, ignored))
        throw Error(ErrorKind::Usage, "the file exists already", path.string(),
                    "choose another folder, or add --overwrite");
}

void makeFolder(const fs::path& folder) {
    std::error_code code;
    fs::create_directories(folder, code);
    if (code)
        throw Error(ErrorKind::Usage, "cannot make the folder: " + code.message(), folder.string(),
                    "choose a folder that can be written");
}

template <typename Write>
fs::path writeCsv(const fs::path& path, bool overwrite, Write write) {
    requireFree(path, overwrite);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    write(file);
    file.close();
    if (!file)
        throw Error(ErrorKind::Run, "cannot write the file", path.string(),
                    "check that the disk has free space");
    return path;
}

/// The checkpoint of that step, or the newest.
fs::path exportCheckpoint(const store::Store& opened, const store::Reader& reader, std::int64_t run,
                          const ExportOptions& options) {
    const auto checkpoints = reader.checkpoints(run);
    const store::CheckpointInfo* chosen = nullptr;
    for (const store::CheckpointInfo& checkpoint : checkpoints)
        if (options.step < 0 || checkpoint.step == options.step) chosen = &checkpoint;
    if (!chosen) {
        std::string steps;
        for (const store::CheckpointInfo& checkpoint : checkpoints)
            steps += (steps.empty() ? "" : ", ") + std::to_string(checkpoint.step);
        throw Error(ErrorKind::Data,
                    options.step < 0 ? fmt::format("run {} has no checkpoint", run)
                                     : fmt::format("run {} has no checkpoint of step {}", run, options.step),
                    opened.path().string(),
                    steps.empty() ? "" : "there are checkpoints of the steps " + steps);
    }
    const fs::path folder = options.safetensors;
    makeFolder(folder);
    const fs::path target = folder / fmt::format("run-{}-step-{}.safetensors", run, chosen->step);
    requireFree(target, options.overwrite);
    std::error_code code;
    fs::copy_file(opened.folder() / chosen->path, target, fs::copy_options::overwrite_existing, code);
    if (code)
        throw Error(ErrorKind::Data, "cannot copy the checkpoint: " + code.message(),
                    (opened.folder() / chosen->path).string(), "filigree store check tells what is missing");
    return target;
}

int exportRun(Context& context, const ExportOptions& options) {
    if (options.safetensors.empty() && options.csv.empty())
        throw Error(ErrorKind::Usage, "nothing to export", "filigree export",
                    "say --safetensors DIR, --csv DIR, or both");
    const store::Store opened = context.openStore(store::Mode::ReadOnly);
    const store::Reader reader(opened);
    const std::int64_t run = reader.find(options.run);
    std::vector<fs::path> written;
    if (!options.safetensors.empty()) written.push_back(exportCheckpoint(opened, reader, run, options));
    if (!options.csv.empty()) {
        const fs::path folder = options.csv;
        makeFolder(folder);
        written.push_back(writeCsv(folder / fmt::format("run-{}.csv", run), options.overwrite,
                                   [&](std::ostream& out) { store::exportWide(opened, run, out); }));
        written.push_back(
            writeCsv(folder / fmt::format("run-{}-long.csv", run), options.overwrite,
                     [&](std::ostream& out) { store::exportLong(opened, std::span(&run, 1), out); }));
    }
    Output& output = context.output();
    nlohmann::json files = nlohmann::json::array();
    for (const fs::path& path : written) {
        files.push_back(path.string());
        if (!output.json()) output.out() << path.string() << '\n';
    }
    if (output.json()) output.print({{"run", run}, {"files", std::move(files)}});
    return 0;
}

}  // namespace

void addExportCommands(CommandTree& tree) {
    const auto options = std::make_shared<ExportOptions>();
    CLI::App* command = tree.add(
        nullptr, "export", "Write a run's weights or metrics to files for other programs",
        {{"filigree export last --safetensors weights", "its newest checkpoint, for PyTorch"},
         {"filigree export last --csv tables", "run-N.csv (a column per metric) and run-N-long.csv"}},
        [options](Context& context) { return exportRun(context, *options); });
    command->add_option("run", options->run, "Id, name, or last")->required()->type_name("RUN");
    command->add_option("--safetensors", options->safetensors, "Folder for the checkpoint")->type_name("DIR");
    command->add_option("--csv", options->csv, "Folder for the metrics")->type_name("DIR");
    command->add_option("--step", options->step, "The checkpoint of this step instead of the newest")
        ->type_name("STEP")
        ->check(CLI::NonNegativeNumber);
    command->add_flag("--overwrite", options->overwrite, "Write over files that exist");
}

}  // namespace filigree::app
