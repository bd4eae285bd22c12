// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/network.h"
#include "config/config.h"
#include "data/dataset.h"
#include "data/search_path.h"
#include "store/added_records.h"
#include "store/reader.h"
#include "train/checkpoint.h"
#include "train/experiment.h"

namespace filigree::run {

/// The network of one checkpoint of one run.
struct StoredNetwork {
    std::int64_t run = 0;
    std::string uuid;
    store::CheckpointInfo checkpoint;
    analysis::SavedWeights weights;

    std::int64_t step() const { return checkpoint.step; }
    store::RecordPlace place() const { return {run, checkpoint.attempt, checkpoint.step}; }
    /// "3@4000"
    std::string label() const { return std::to_string(run) + "@" + std::to_string(step()); }
};

/// A checkpoint as it was written, of any method.
struct StoredCheckpoint {
    store::RunInfo info;
    store::CheckpointInfo checkpoint;
    train::Checkpoint content;
};
/// `name`: run (id, name or "last"), or run@step; the newest checkpoint if no step is given. Throws Error
/// (Usage) for one that does not exist, Error (Data) for a damaged file.
StoredCheckpoint readCheckpoint(const store::Store& store, const std::string& name);
/// The experiment that wrote it, as it was then. Throws Error (Data) for data that are not there.
std::unique_ptr<train::Experiment> restore(const store::Store& store, const StoredCheckpoint& checkpoint,
                                           const data::SearchPath& folders);

/// Networks of stored runs and what it takes to compute with them: their architecture and their data. Dropout
/// is left out, as in evaluation.
class StoredNetworks {
  public:
    /// `names`: run (id, name or "last"), or run@step; the newest checkpoint if no step is given. Throws
    /// Error (Usage) for a run, a step or a checkpoint that does not exist, a method without a classifier,
    /// and networks of different architectures or data; Error (Data) for damaged checkpoints and missing
    /// data.
    StoredNetworks(const store::Store& store, const std::vector<std::string>& names,
                   const data::SearchPath& folders);

    const std::vector<StoredNetwork>& networks() const { return networks_; }
    const StoredNetwork& first() const { return networks_.front(); }
    /// Every surviving checkpoint of the first network's run up to its step, ascending.
    std::vector<StoredNetwork> trajectory(const store::Store& store) const;

    const config::Config& config() const { return config_; }
    /// "train" is there already, "test" is read when it is asked for first.
    const data::Dataset& data(std::string_view split);
    std::size_t layers() const { return layers_.size(); }
    /// Those whose weights may be sparse, from input to output.
    const std::vector<nn::LayerWeight>& layerWeights() const { return layers_; }

    /// A network with the given patterns; layers that are not named are dense. Its parameters are not set.
    std::unique_ptr<analysis::Network> make(const nn::Topologies& topologies, DType type = DType::F32) const;

  private:
    StoredNetwork read(const store::Store& store, std::int64_t run, const std::string& uuid,
                       const store::CheckpointInfo& checkpoint) const;

    config::Config config_;
    data::SearchPath folders_;
    data::Dataset train_;
    data::Dataset test_;
    std::vector<nn::LayerWeight> layers_;
    std::vector<StoredNetwork> networks_;
};

}  // namespace filigree::run
