// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

/// What a person writes about runs. The engine never touches these tables after a run's creation.
/// All throw Error (Usage) for a run that does not exist; several runs change together or not at all.
namespace filigree::store {

void setName(Store& store, std::int64_t run, std::string_view name);
void setNote(Store& store, std::int64_t run, std::string_view markdown);
/// "#rrggbb" or empty.
void setColour(Store& store, std::int64_t run, std::string_view colour);
void setArchived(Store& store, std::span<const std::int64_t> runs, bool archived);
void tag(Store& store, std::span<const std::int64_t> runs, std::string_view tag);
void untag(Store& store, std::span<const std::int64_t> runs, std::string_view tag);

struct Bookmark {
    std::int64_t id = 0;
    std::int64_t run = 0;
    std::int64_t step = 0;
    std::string label;
    double created = 0;
};
std::int64_t addBookmark(Store& store, std::int64_t run, std::int64_t step, std::string_view label);
void removeBookmark(Store& store, std::int64_t bookmark);
/// Ascending step.
std::vector<Bookmark> bookmarks(const Store& store, std::int64_t run);

/// Into the bin: nothing is lost yet. Throws Error (Usage) if one of the runs is running or paused (as
/// observed).
void moveToBin(Store& store, std::span<const std::int64_t> runs);
void restoreFromBin(Store& store, std::span<const std::int64_t> runs);

struct BinContents {
    std::int64_t runs = 0;
    std::int64_t checkpointFiles = 0;
    std::int64_t checkpointBytes = 0;
};
/// What emptying would free besides the rows.
BinContents binContents(const Store& store);
/// Removes the runs of the bin with all their records, and their checkpoint files; frees the file's space.
/// A checkpoint file that another run's row names too stays. Returns what was removed.
BinContents emptyBin(Store& store);

/// Writes `interrupted` into the row of every running or paused run whose process is gone (state.h); returns
/// their ids.
std::vector<std::int64_t> markInterrupted(Store& store);

}  // namespace filigree::store
