// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/added_records.h"
#include "store/store.h"

namespace filigree::ui {

/// What a list tells of one landscape.
struct LandscapeEntry {
    store::SurfaceListing listing;
    std::string directions;           ///< "random", "trajectory", "networks"
    std::string normalization;        ///< of random directions
    std::size_t columns = 0;          ///< places along x
    std::size_t rows = 0;             ///< along y; 1: a line
    std::size_t known = 0;            ///< places that were computed
    std::int64_t samples = 0;         ///< 0: all
    std::string split;                ///< "train", "test", "both"
    std::vector<std::string> recipe;  ///< the whole recipe, as below the picture
    std::vector<std::string> fields;  ///< without the preview

    bool complete() const { return known == columns * rows; }
    /// The same landscape, perhaps with more places.
    bool sameAs(const LandscapeEntry& other) const {
        return listing.tag == other.listing.tag && listing.step == other.listing.step &&
               listing.attempt == other.listing.attempt;
    }
};

/// The landscapes of a run, the one that was written last first. Those that are in `before` and were not
/// written since are taken from there: reading one means reading all its values.
std::vector<LandscapeEntry> listLandscapes(const store::Store& store, std::int64_t run,
                                           const std::vector<LandscapeEntry>& before = {});

}  // namespace filigree::ui
