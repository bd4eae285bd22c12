// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace filigree::tests {

/// tests/golden/optim.json, made by make_optim.py with PyTorch in f64.
inline nlohmann::json optimGolden() {
    const std::string path = std::string(FILIGREE_SOURCE_DIR) + "/tests/golden/optim.json";
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    return nlohmann::json::parse(file);
}

}  // namespace filigree::tests
