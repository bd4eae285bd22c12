// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "store/state.h"

namespace filigree::store {

/// One key of a configuration, flattened ("optimizer.lr"). A TOML array is kept as JSON text in
/// `ConfigArray`.
struct ConfigArray {
    std::string json;
    bool operator==(const ConfigArray&) const = default;
};
using ConfigValue = std::variant<bool, std::int64_t, double, std::string, ConfigArray>;
struct ConfigEntry {
    std::string key;
    ConfigValue value;
    bool operator==(const ConfigEntry&) const = default;
};
/// "bool", "int", "float", "string" or "array".
std::string typeName(const ConfigValue& value);
/// As shown: true/false, shortest digits that read back exactly, the text itself, JSON.
std::string toText(const ConfigValue& value);

/// What is known of a run before it starts.
struct NewRun {
    std::string name;    ///< may be empty; written once, then it belongs to the person
    std::string method;  ///< "dst_ee"
    std::string preset;  ///< "dst_ee/digits", or empty
    std::string configToml;
    std::vector<ConfigEntry> config;
    std::int64_t seed = 0;
    std::int64_t totalSteps = 0;  ///< 0 if unknown
    std::string machineJson;      ///< JSON object that describes the machine, or empty
};

struct Progress {
    std::int64_t step = 0;
    std::int64_t totalSteps = 0;
    double epoch = 0;
    double stepsPerSecond = 0;
};

/// One run as the run table shows it. Times are Unix seconds; absent ones are empty.
struct RunInfo {
    std::int64_t id = 0;
    std::string uuid;
    std::string method;
    std::string preset;
    std::int64_t seed = 0;
    RunState state = RunState::Queued;  ///< as observed now: see state.h
    RunState storedState = RunState::Queued;
    bool noContact = false;
    double created = 0;
    std::optional<double> started;
    std::optional<double> ended;
    std::int64_t attempt = 0;  ///< number of the current attempt, from 1; 0 while queued
    ProcessOfRun process;
    Progress progress;
    double activeSeconds = 0;  ///< wall seconds of all attempts together, up to the last sign of life
    std::optional<std::int64_t> exitCode;
    std::string error;
    std::string weightsDigest;  ///< digest of the final weights, empty before
    std::string machineJson;
    // What a person wrote:
    std::string name;
    std::string note;
    std::string colour;  ///< "#rrggbb" or empty
    bool archived = false;
    std::optional<double> deleted;  ///< since when it lies in the bin
    std::vector<std::string> tags;  ///< ascending
};

struct AttemptInfo {
    std::int64_t attempt = 0;
    std::int64_t fromStep = 0;              ///< first step whose records it writes
    std::optional<std::int64_t> untilStep;  ///< its records from this step on are superseded
    double started = 0;
    std::optional<double> ended;
    std::string host;
    std::int64_t pid = 0;
    double stepsPerEpoch = 0;  ///< 0 if unknown
};

}  // namespace filigree::store
