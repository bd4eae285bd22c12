// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

#include "config/config.h"
#include "config/toml_reader.h"

namespace filigree::config {

/// Assigns every value of the table to the configuration, except the top-level keys in `others`, which the
/// caller reads. Of several mistakes the first in the file is thrown.
void readTable(Config& config, const toml::table& table, const std::string& fileName,
               const std::set<std::string, std::less<>>& others);

}  // namespace filigree::config
