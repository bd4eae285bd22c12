// SPDX-License-Identifier: Apache-2.0
#include "run/stored_network.h"

#include <charconv>
#include <filesystem>

#include "base/error.h"
#include "data/load.h"
#include "methods/registry.h"
#include "run/shared_schema.h"
#include "train/model_factory.h"

namespace filigree::run {
namespace {

namespace fs = std::filesystem;

struct Name {
    std::string run;
    std::int64_t step = -1;
};

/// "3@4000", "last". A name with an @ that no step follows is a name.
Name parseName(const std::string& text) {
    const auto at = text.rfind('@');
    if (at == std::string::npos || at + 1 == text.size()) return {text};
    Name name{text.substr(0, at)};
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + at + 1, end, name.step);
    if (read.ec != std::errc() || read.ptr != end || name.step < 0) return {text};
    return name;
}

store::CheckpointInfo chosenCheckpoint(const store::Store& store, std::int64_t run, std::int64_t step) {
    const auto checkpoints = store::Reader(store).checkpoints(run);
    const store::CheckpointInfo* chosen = nullptr;
    std::string steps;
    for (const store::CheckpointInfo& checkpoint : checkpoints) {
        if (step < 0 || checkpoint.step == step) chosen = &checkpoint;
        steps += (steps.empty() ? "" : ", ") + std::to_string(checkpoint.step);
    }
    if (!chosen)
        throw Error(
            ErrorKind::Usage,
            "run " + std::to_string(run) +
                (step < 0 ? " has no checkpoint" : " has no checkpoint of step " + std::to_string(step)),
            store.path().string(),
            steps.empty() ? "a run writes one when it stops or ends; see checkpoint.every_steps"
                          : "there are checkpoints of the steps " + steps);
    return *chosen;
}

config::Config configOf(const store::Reader& reader, const store::RunInfo& info) {
    const config::Schema& schema = schemaOf(info.method);
    config::Config config = config::Config::parse(schema, reader.configToml(info.id),
                                                  "configuration of run " + std::to_string(info.id));
    bool hasModel = false, hasData = false;
    for (const config::Field& field : schema.fields()) {
        hasModel = hasModel || field.key == "model.kind";
        hasData = hasData || field.key == "data.name";
    }
    if (!hasModel || !hasData)
        throw Error(ErrorKind::Usage, "the method " + info.method + " trains no classifier",
                    "run " + std::to_string(info.id), "analyse a run of another method");
    config.assign("model.dropout", 0.0, "analysis");
    return config;
}

data::Dataset loadSplit(const config::Config& config, const data::SearchPath& folders,
                        std::string_view split) {
    data::LoadOptions options;
    options.planted.seed = static_cast<std::uint64_t>(config.integer("data.planted_seed"));
    options.planted.trapScale = config.real("data.trap_scale");
    options.limit = config.integer(split == "train" ? "data.train_limit" : "data.test_limit");
    return data::load(config.text("data.name"), split, folders, options);
}

train::Checkpoint contentOf(const store::Store& store, const store::CheckpointInfo& checkpoint) {
    const std::u8string text(checkpoint.path.begin(), checkpoint.path.end());
    const fs::path relative = fs::path(text).lexically_normal();
    // A hostile store must not name files elsewhere.
    if (relative.empty() || relative.is_absolute() || relative.has_root_name() || *relative.begin() == "..")
        throw Error(ErrorKind::Data, "a checkpoint lies outside the folder of the store", checkpoint.path);
    const fs::path path = store.folder() / relative;
    if ("sha256:" + train::sha256OfFile(path) != checkpoint.digest)
        throw Error(ErrorKind::Data, "the bytes of the checkpoint are not those that were written",
                    path.string(), "choose another one: RUN@STEP");
    return train::Checkpoint::read(path);
}

store::RunInfo infoOf(const store::Reader& reader, const std::string& run) {
    return reader.run(reader.find(run));
}

/// The configuration of the first of the networks; there must be one.
config::Config firstConfig(const store::Store& store, const std::vector<std::string>& names) {
    if (names.empty()) throw Error(ErrorKind::Usage, "an analysis needs a run");
    const store::Reader reader(store);
    return configOf(reader, infoOf(reader, parseName(names.front()).run));
}

}  // namespace

StoredCheckpoint readCheckpoint(const store::Store& store, const std::string& name) {
    const Name wanted = parseName(name);
    const store::RunInfo info = infoOf(store::Reader(store), wanted.run);
    const store::CheckpointInfo checkpoint = chosenCheckpoint(store, info.id, wanted.step);
    return {info, checkpoint, contentOf(store, checkpoint)};
}

std::unique_ptr<train::Experiment> restore(const store::Store& store, const StoredCheckpoint& checkpoint,
                                           const data::SearchPath& folders) {
    const store::RunInfo& info = checkpoint.info;
    const config::Config config =
        config::Config::parse(schemaOf(info.method), store::Reader(store).configToml(info.id),
                              "configuration of run " + std::to_string(info.id));
    std::unique_ptr<train::Experiment> experiment =
        methods::find(info.method)
            .create(config, {.seed = static_cast<std::uint64_t>(info.seed), .dataFolders = folders});
    experiment->load(checkpoint.content);
    return experiment;
}

StoredNetworks::StoredNetworks(const store::Store& store, const std::vector<std::string>& names,
                               const data::SearchPath& folders)
    : config_(firstConfig(store, names)), folders_(folders) {
    const store::Reader reader(store);
    // What costs nothing is checked before the data are read.
    struct Wanted {
        store::RunInfo info;
        store::CheckpointInfo checkpoint;
    };
    std::vector<Wanted> wanted;
    for (const std::string& text : names) {
        const Name name = parseName(text);
        const store::RunInfo info = infoOf(reader, name.run);
        wanted.push_back({info, chosenCheckpoint(store, info.id, name.step)});
    }
    train_ = loadSplit(config_, folders_, "train");
    layers_ = train::modelWeights(config_, train_);
    for (const Wanted& one : wanted) {
        const config::Config other = configOf(reader, one.info);
        const auto same = [&](const char* key) { return other.value(key) == config_.value(key); };
        bool fits =
            same("data.name") && same("model.kind") && same("model.activation") && same("model.batch_norm");
        const auto layers = fits ? train::modelWeights(other, train_) : std::vector<nn::LayerWeight>();
        fits = fits && layers.size() == layers_.size();
        for (std::size_t l = 0; fits && l < layers.size(); ++l)
            fits = layers[l].layer == layers_[l].layer && layers[l].shape == layers_[l].shape;
        if (!fits)
            throw Error(ErrorKind::Usage,
                        "run " + std::to_string(one.info.id) +
                            " has another network or other data than run " +
                            std::to_string(wanted.front().info.id),
                        store.path().string(), "compare runs of one architecture on one data set");
        networks_.push_back(read(store, one.info.id, one.info.uuid, one.checkpoint));
    }
}

StoredNetwork StoredNetworks::read(const store::Store& store, std::int64_t run, const std::string& uuid,
                                   const store::CheckpointInfo& checkpoint) const {
    return {run, uuid, checkpoint, analysis::readWeights(contentOf(store, checkpoint), layers_)};
}

std::vector<StoredNetwork> StoredNetworks::trajectory(const store::Store& store) const {
    std::vector<StoredNetwork> all;
    for (const store::CheckpointInfo& checkpoint : store::Reader(store).checkpoints(first().run)) {
        if (checkpoint.step > first().step()) continue;
        // Attempts may have written the same step: the newer one comes last.
        if (!all.empty() && all.back().step() == checkpoint.step) all.pop_back();
        all.push_back(read(store, first().run, first().uuid, checkpoint));
    }
    return all;
}

const data::Dataset& StoredNetworks::data(std::string_view split) {
    if (split == "train") return train_;
    if (split != "test")
        throw Error(ErrorKind::Usage, "no part of the data is called \"" + std::string(split) + "\"", {},
                    "say train or test");
    if (test_.labels.empty()) test_ = loadSplit(config_, folders_, "test");
    return test_;
}

std::unique_ptr<analysis::Network> StoredNetworks::make(const nn::Topologies& topologies, DType type) const {
    auto model = train::makeModel(config_, train_, topologies, 0);
    // As in training: above half density a dense product of a scattered copy takes less time.
    for (const auto& weight : model->sparseWeights())
        if (weight->denseShape().rank() == 2 && weight->topology().density() > 0.5)
            weight->setExecution(sparse::Execution::MaskedDense);
    return std::make_unique<analysis::Network>(std::move(model), type);
}

}  // namespace filigree::run
