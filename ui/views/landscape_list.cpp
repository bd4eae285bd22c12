// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/landscape_list.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ui/views/landscape_model.h"

namespace filigree::ui {
namespace {

using nlohmann::json;

LandscapeEntry entryOf(const store::SurfaceListing& listing, record::Surface surface, std::int64_t run) {
    LandscapeEntry entry;
    entry.listing = listing;
    entry.columns = surface.x.size();
    entry.rows = surface.y.size();
    const json recipe = json::parse(surface.recipe, nullptr, false);
    if (recipe.is_object()) {
        entry.directions = recipe.value("directions", "");
        entry.normalization = recipe.value("normalization", "");
        entry.samples = recipe.value("samples", std::int64_t{0});
        entry.split = recipe.value("split", "");
    }
    std::copy_if(surface.fields.begin(), surface.fields.end(), std::back_inserter(entry.fields),
                 [](const std::string& field) { return !field.starts_with("preview/"); });
    const LandscapeModel model(std::move(surface), run, listing.step, "");
    entry.known = model.known();
    entry.recipe = model.recipeLines();
    return entry;
}

}  // namespace

std::vector<LandscapeEntry> listLandscapes(const store::Store& store, std::int64_t run,
                                           const std::vector<LandscapeEntry>& before) {
    std::vector<LandscapeEntry> all;
    for (const store::SurfaceListing& listing : store::surfaces(store, run)) {
        const auto kept = std::find_if(before.begin(), before.end(), [&](const LandscapeEntry& entry) {
            return entry.listing.tag == listing.tag && entry.listing.step == listing.step &&
                   entry.listing.attempt == listing.attempt && entry.listing.added >= listing.added;
        });
        if (kept != before.end()) {
            all.push_back(*kept);
            continue;
        }
        auto surface = store::surfaceAt(store, {run, listing.attempt, listing.step}, listing.tag);
        if (surface) all.push_back(entryOf(listing, std::move(*surface), run));
    }
    return all;
}

}  // namespace filigree::ui
