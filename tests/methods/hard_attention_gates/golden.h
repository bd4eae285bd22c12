// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace filigree::tests {

/// Lives as long as the program, so that a loop may run over a part of it.
inline const nlohmann::json& goldenGates() {
    static const nlohmann::json all = [] {
        std::ifstream file(std::string(FILIGREE_SOURCE_DIR) + "/tests/golden/hard_attention_gates.json");
        return nlohmann::json::parse(file);
    }();
    return all;
}

inline bool near(double value, double expected, double tolerance = 1e-9) {
    return std::abs(value - expected) <= tolerance;
}

}  // namespace filigree::tests
