// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"

namespace filigree::config {

/// A preset or a file that a person wrote: which method, what it is, and its configuration.
///
///     method = "dst_ee"
///     title = "Digits in a minute"
///     minutes = 1
///     [sparsity]
///     density = 0.1
struct RunFile {
    std::string method;       ///< required
    std::string preset;       ///< not in the file: "dst_ee/digits" when the file is a preset
    std::string title;        ///< a line for lists
    std::string description;  ///< a paragraph
    std::string name;         ///< name that runs get; empty: chosen by the store
    double minutes = 0;       ///< about how long it takes on two cores; 0: unknown
    std::optional<std::uint64_t> seed;
    Config config;
};

/// Finds the schema of a method; throws Error (Usage) when there is no such method.
using SchemaFinder = std::function<const Schema&(const std::string& method)>;

/// Reads the file in two stages: the method first, then everything else by its schema. Errors as
/// Config::parse.
RunFile parseRunFile(std::string_view toml, const std::string& fileName, const SchemaFinder& schemaOf);

/// Reads a file from the disk (at most 1 MiB). Error (Usage) when there is none.
RunFile readRunFile(const std::string& path, const SchemaFinder& schemaOf);

/// The whole file again; parseRunFile reads it back exactly (except `preset`).
std::string toToml(const RunFile& file);

}  // namespace filigree::config
