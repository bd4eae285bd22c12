// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace filigree::tests {

/// A file of tests/golden.
inline nlohmann::json goldenFile(const std::string& name) {
    std::ifstream file(std::string(FILIGREE_SOURCE_DIR "/tests/golden/") + name);
    return nlohmann::json::parse(file);
}

}  // namespace filigree::tests
