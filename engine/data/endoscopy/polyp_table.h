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

/// A folder of REAL-Colon (Biffi et al., Scientific Data 2024) as it is published:
///   lesion_info.csv                       unique_object_id and "size [mm]" of each polyp
///   SSS-VVV_frames/SSS-VVV_t.jpg          pictures of a video
///   SSS-VVV_annotations/SSS-VVV_t.xml     boxes (also "_annotation")
/// unique_id is the polyp's unique_object_id, frame_id the text behind the last '_'. Skipped, and counted,
/// are frames without a polyp, annotations that cannot be read, polyps that lesion_info.csv does not know or
/// whose size is blank or 0, a polyp's second box in a frame, empty boxes and missing pictures. Throws Error
/// (Data) if lesion_info.csv cannot be read or there is no folder of annotations.
PolypTable readRealColon(const std::filesystem::path& root);

/// A folder of the SUN database (Misawa et al., Gastrointestinal Endoscopy 2021):
///   annotation_txt/caseM.txt              lines "<file> xmin,ymin,xmax,ymax,class", class 0 a polyp
///   renamed/caseM/image_NNN.jpg           pictures by number; or under their published names, which end in
///                                         imageNNNN.jpg, in a folder caseM of the root or of one in it
///   a CSV with the columns ID (M) and Size ("13mm")
/// unique_id is "caseM", frame_id the number. Skipped and counted as above. Throws Error (Data) if there is
/// no such CSV or no annotation.
PolypTable readSun(const std::filesystem::path& root);

/// readPolypTable for a file; for a folder its kfold_polypsizing_lists_per_object.csv if it has one, else
/// readRealColon or readSun. Throws Error (Data) for another folder.
PolypTable readPolyps(const std::filesystem::path& path);

/// Writes the columns that readPolypTable knows, and gt_group. Pictures are written as `prefix` (such as
/// "$REAL_COLON_PATH/") and their path below `root`. Throws Error (Run) if it cannot.
void writePolypTable(const PolypTable& table, const std::filesystem::path& root, const std::string& prefix,
                     const std::filesystem::path& path);

/// The box limited to the frame, or to what is not negative where its size is not known (0).
Box boxWithin(double left, double top, double right, double bottom, std::int64_t width, std::int64_t height);

}  // namespace filigree::data::endoscopy
