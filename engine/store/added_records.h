// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/record.h"
#include "store/reader.h"
#include "store/store.h"

/// Records that are added to a run after the fact, by an analysis of one of its checkpoints. They belong to
/// the checkpoint's attempt and step, whether the run goes on or has ended; a second one of one kind, tag,
/// attempt and step takes the place of the first.
namespace filigree::store {

struct RecordPlace {
    std::int64_t run = 0;
    std::int64_t attempt = 0;
    std::int64_t step = 0;
};

/// Each is one transaction. Throw Error (Usage) for a run that does not exist, Error (Run) if the store
/// cannot be written.
void add(Store& store, const RecordPlace& place, const record::Surface& surface);
void add(Store& store, const RecordPlace& place, const record::Matrix& matrix);
void add(Store& store, const RecordPlace& place, const record::Image& image);
void add(Store& store, const RecordPlace& place, const record::Text& text);

/// The surface as it was added; none if there is none.
std::optional<record::Surface> surfaceAt(const Store& store, const RecordPlace& place, std::string_view tag);

struct SurfaceListing {
    std::string tag;
    std::int64_t step = 0;
    std::int64_t attempt = 0;
    double added = 0;  ///< Unix seconds
};
/// Surviving surfaces of a run, the one that was added last first.
std::vector<SurfaceListing> surfaces(const Store& store, std::int64_t run);

}  // namespace filigree::store
