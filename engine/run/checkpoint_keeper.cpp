// SPDX-License-Identifier: Apache-2.0
#include "run/checkpoint_keeper.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "train/checkpoint.h"

namespace filigree::run {
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// A disk that was full is not asked again at every step.
constexpr double secondsBetweenFailures = 10;

fs::path fileName(std::int64_t step) {
    std::string digits = std::to_string(step);
    if (digits.size() < 8) digits.insert(0, 8 - digits.size(), '0');
    return "step-" + digits + ".safetensors";
}

Settings parseSettings(const train::Checkpoint& checkpoint) {
    Settings settings;
    if (!checkpoint.texts().contains("settings")) return settings;
    const json parsed = json::parse(checkpoint.text("settings"), nullptr, false);
    if (!parsed.is_object())
        throw Error(ErrorKind::Data, "the checkpoint's changed values are not a JSON object");
    for (const auto& [key, value] : parsed.items()) {
        if (!value.is_number())
            throw Error(ErrorKind::Data, "the checkpoint's value of " + key + " is not a number");
        settings[key] = value.get<double>();
    }
    return settings;
}

/// Empty if the row names a file outside the store's folder: such a file is neither read nor, later, removed.
fs::path fileOf(const store::Store& store, const store::CheckpointInfo& row) {
    const fs::path relative = fs::path(std::u8string(row.path.begin(), row.path.end())).lexically_normal();
    if (relative.empty() || relative.is_absolute() || relative.has_root_name() || *relative.begin() == "..")
        return {};
    return (store.folder() / relative).lexically_normal();
}

void requireSame(const train::Checkpoint& checkpoint, const char* key, const std::string& expected) {
    if (checkpoint.text(key) != expected)
        throw Error(ErrorKind::Data, std::string("its text \"") + key + "\" is that of another run");
}

}  // namespace

CheckpointKeeper::CheckpointKeeper(fs::path folder, Identity identity, const config::Config& config)
    : folder_(std::move(folder)),
      identity_(std::move(identity)),
      everySeconds_(config.real("checkpoint.every_seconds")),
      everySteps_(config.integer("checkpoint.every_steps")),
      keep_(static_cast<std::size_t>(config.integer("checkpoint.keep"))) {}

bool CheckpointKeeper::isDue(std::int64_t step, double seconds) const {
    if (step == newestStep_) return false;
    if (failedSeconds_) return seconds - *failedSeconds_ >= secondsBetweenFailures;
    if (everySteps_ > 0 && step % everySteps_ == 0) return true;
    return everySeconds_ > 0 && seconds - lastSeconds_ >= everySeconds_;
}

void CheckpointKeeper::write(const train::Experiment& experiment, const Settings& settings,
                             store::RunWriter& writer, double seconds) {
    const std::int64_t step = experiment.progress().step;
    train::Checkpoint checkpoint;
    experiment.save(checkpoint);
    checkpoint.putText("method", identity_.method);
    checkpoint.putText("config", identity_.configToml);
    checkpoint.putText("seed", std::to_string(identity_.seed));
    checkpoint.putText("step", std::to_string(step));
    checkpoint.putText("weights_digest", experiment.weightsDigest());
    if (!settings.empty()) checkpoint.putText("settings", json(settings).dump());

    const fs::path path = folder_ / fileName(step);
    store::CheckpointFile row;
    try {
        std::error_code code;
        fs::create_directories(folder_, code);
        if (code)
            throw Error(ErrorKind::Run, "cannot make the folder of the checkpoints: " + code.message(),
                        folder_.string(),
                        "check that the folder of the store can be written and has free space");
        row = {path, step, "sha256:" + checkpoint.write(path),
               static_cast<std::int64_t>(fs::file_size(path))};
    } catch (...) {
        failedSeconds_ = seconds;
        throw;
    }
    failedSeconds_.reset();
    lastSeconds_ = seconds;

    // Whoever finds the row must find all records up to its step, else a resumed run would lack some.
    writer.flush();
    writer.checkpointWritten(row);
    std::erase(kept_, path);
    kept_.push_back(path);
    newestStep_ = step;
    std::vector<fs::path> old;
    for (; kept_.size() > keep_; kept_.pop_front()) old.push_back(kept_.front());
    for (const fs::path& file : old) writer.checkpointRemoved(file);
    // And the rows change before the files go: no row promises a file that is gone.
    writer.flush();
    for (const fs::path& file : old) {
        std::error_code ignored;
        fs::remove(file, ignored);
    }
}

void CheckpointKeeper::adopt(const std::vector<fs::path>& files) {
    kept_.assign(files.begin(), files.end());
}

void CheckpointKeeper::sweep() const {
    std::error_code code;
    std::vector<fs::path> useless;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_, code)) {
        const std::string name = entry.path().filename().string();
        const bool ours = name.starts_with("step-") && name.find(".safetensors") != std::string::npos;
        if (ours && std::find(kept_.begin(), kept_.end(), entry.path()) == kept_.end())
            useless.push_back(entry.path());
    }
    for (const fs::path& path : useless) fs::remove(path, code);
}

Restored restore(const store::Store& store, std::int64_t run, const Identity& identity,
                 const std::function<std::unique_ptr<train::Experiment>()>& make) {
    std::vector<store::CheckpointInfo> rows = store::Reader(store).checkpoints(run);
    Restored result;
    while (!rows.empty()) {
        const store::CheckpointInfo row = rows.back();
        const fs::path path = fileOf(store, row);
        try {
            if (path.empty()) throw Error(ErrorKind::Data, "its file lies outside the folder of the store");
            if ("sha256:" + train::sha256OfFile(path) != row.digest)
                throw Error(ErrorKind::Data, "its bytes are not those that were written", path.string());
            const train::Checkpoint checkpoint = train::Checkpoint::read(path);
            requireSame(checkpoint, "method", identity.method);
            requireSame(checkpoint, "config", identity.configToml);
            requireSame(checkpoint, "seed", std::to_string(identity.seed));
            requireSame(checkpoint, "step", std::to_string(row.step));
            Settings settings = parseSettings(checkpoint);
            std::unique_ptr<train::Experiment> experiment = make();
            experiment->load(checkpoint);
            for (const auto& [key, value] : settings) experiment->set(key, value);
            if (experiment->progress().step != row.step)
                throw Error(ErrorKind::Data, "it restores another step than its own", path.string());
            result.experiment = std::move(experiment);
            result.settings = std::move(settings);
            result.step = row.step;
            break;
        } catch (const Error& error) {
            result.warnings.push_back("the checkpoint of step " + std::to_string(row.step) +
                                      " cannot be used: " + error.message() + " (" +
                                      path.filename().string() + ")");
            rows.pop_back();
        }
    }
    if (!result.experiment) {
        if (!result.warnings.empty())
            result.warnings.push_back("no checkpoint can be used; the run begins anew");
        result.experiment = make();
    }
    for (const store::CheckpointInfo& row : rows) {
        const fs::path path = fileOf(store, row);
        if (path.empty()) continue;
        std::erase(result.sound, path);
        result.sound.push_back(path);
    }
    return result;
}

}  // namespace filigree::run
