// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "config/config.h"
#include "data/search_path.h"
#include "train/experiment.h"

namespace filigree::methods {

class RunQueue;

/// What an experiment needs beside its configuration.
struct Environment {
    std::uint64_t seed = 0;
    data::SearchPath dataFolders;
    std::filesystem::path weightsFolder{};  ///< of WeightsFolder; empty: there is no store
    std::shared_ptr<RunQueue> runs{};       ///< for methods that train in runs of their own; may be null
    Tensor::Device device{};                ///< what computes; null: the processor
};

/// One published system.
struct Method {
    std::string_view name;     ///< "dst_ee": the folder, the key in files
    std::string_view title;    ///< "DST-EE"
    std::string_view summary;  ///< one sentence
    std::string_view paper;    ///< citation
    const config::Schema& (*schema)();
    std::unique_ptr<train::Experiment> (*create)(const config::Config& config,
                                                 const Environment& environment);
    bool usesDevice = false;  ///< computes on Environment::device; the others know the processor alone
};

std::span<const Method> all();
/// Throws Error (Usage) with the nearest name if there is no such method.
const Method& find(std::string_view name);

}  // namespace filigree::methods
