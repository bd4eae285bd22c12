// SPDX-License-Identifier: Apache-2.0
#include "run/sweep.h"

#include <map>

#include "run/preparation.h"
#include "run/presets.h"

namespace filigree::run {
namespace fs = std::filesystem;

namespace {

config::RunFile openBase(const config::SweepCell& cell, const fs::path& folder) {
    try {
        const bool isFile = cell.base.ends_with(".toml");
        return openRunFile(isFile ? (folder / cell.base).string() : cell.base);
    } catch (const Error& error) {
        // Where in a file that exists it is wrong is worth more than who named it.
        throw Error(error.kind(), error.message(), error.where().empty() ? cell.where : error.where(),
                    error.advice());
    }
}

}  // namespace

std::vector<RunRequest> requestsOf(const config::SweepFile& file, const fs::path& folder,
                                   const fs::path& store) {
    std::map<std::string, config::RunFile> bases;
    std::vector<RunRequest> requests;
    for (const config::SweepCell& cell : file.cells) {
        auto base = bases.find(cell.base);
        if (base == bases.end()) base = bases.emplace(cell.base, openBase(cell, folder)).first;
        RunRequest request;
        request.store = store;
        request.file = base->second;
        request.seed = cell.seed;
        request.name = cell.name;
        request.file->config.assign("run.threads", std::int64_t{file.threads}, "threads");
        for (const config::SweepAssignment& one : cell.assignments) {
            try {
                request.file->config.set(one.key + "=" + one.value);
            } catch (const Error& error) {
                throw Error(error.kind(), error.message(), one.where, error.advice());
            }
        }
        requests.push_back(std::move(request));
    }
    return requests;
}

std::vector<store::AddedRun> queueOnce(const std::vector<RunRequest>& requests) {
    std::vector<store::AddedRun> added;
    if (requests.empty()) return added;
    store::Store store = store::Store::openOrCreate(fs::absolute(requests.front().store).lexically_normal());
    for (const RunRequest& request : requests) added.push_back(store::addRunOnce(store, queuedRow(request)));
    return added;
}

}  // namespace filigree::run
