// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace filigree::tests {

/// An entry of tests/golden/analysis.json.
inline nlohmann::json golden(const std::string& entry) {
    std::ifstream file(FILIGREE_SOURCE_DIR "/tests/golden/analysis.json");
    return nlohmann::json::parse(file).at(entry);
}

inline bool near(double a, double b, double tolerance = 1e-8) {
    return std::abs(a - b) <= tolerance * (1 + std::abs(b));
}

}  // namespace filigree::tests
