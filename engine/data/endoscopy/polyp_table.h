// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/endoscopy/frame.h"

namespace filigree::data::endoscopy {

/// A frame of a video with one polyp of known size.
struct PolypFrame {
    std::string database;                ///< REALC, SUN, PROC; "" if not said
    std::string polyp;                   ///< unique_id
    std::string frame;                   ///< frame_id
    Box box;                             ///< inside the frame; all of it if not said
    std::int64_t width = 0, height = 0;  ///< 0 if not said
    std::filesystem::path picture;
    double sizeMm = 0;
    int fold = -1;  ///< kfold_id, -1 if not said
};

/// What a table holds, and what of it is not used and why.
struct PolypTable {
    std::vector<PolypFrame> frames;               ///< in the order of the file
    std::map<std::string, std::int64_t> skipped;  ///< reason ("picture missing") and how many rows

    /// "120 frames of 12 polyps; skipped: 3 picture missing, 1 size not known".
    std::string report() const;
};

/// Reads the intermediate CSV of the published tool: columns unique_id, frame_path and gt (mm) are needed;
/// database, frame_id, bbox_xmin, bbox_xmax, bbox_ymin, bbox_ymax, width, height, kfold_id are used where
/// they are; others (gt_group) are not. A path may begin with $REAL_COLON_PATH or $SUN_DATA_PATH, else it is
/// relative to the folder of the table. Rows are skipped, and counted, whose picture is missing, whose size
/// is blank or 0, whose box is empty once limited to the frame, that say the same frame of a polyp again, or
/// that cannot be read. Throws Error (Data) if the file cannot be read, is larger than 1 GiB or lacks a
/// column.
PolypTable readPolypTable(const std::filesystem::path& path);

}  // namespace filigree::data::endoscopy
