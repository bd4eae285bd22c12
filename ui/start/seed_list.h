// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <cstdint>
#include <vector>

namespace filigree::ui {

/// The seeds that a person asked for, one run each.
struct SeedList {
    std::vector<std::uint64_t> seeds;  ///< in the order written; empty text: {0}
    QString problem;                   ///< why the text cannot be read; then `seeds` is empty
};

/// "3", "0-4", "0, 1, 7-9": at most 1000 different seeds from 0 to 2^63 - 1.
SeedList readSeeds(const QString& text);

}  // namespace filigree::ui
