// SPDX-License-Identifier: Apache-2.0
#include "data/endoscopy/polyp_table.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <locale>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/platform.h"
#include "data/csv.h"

namespace filigree::data::endoscopy {
namespace {

std::filesystem::path expanded(const std::string& path, const std::filesystem::path& folder) {
    for (const std::string name : {"REAL_COLON_PATH", "SUN_DATA_PATH"}) {
        const std::string variable = '$' + name;
        if (!path.starts_with(variable)) continue;
        std::string rest = path.substr(variable.size());
        rest.erase(0, rest.find_first_not_of("/\\"));
        return std::filesystem::path(platform::environment(name)) / rest;
    }
    return folder / path;
}

/// A coordinate, limited so that no arithmetic on it can overflow.
std::int64_t pixel(double value) {
    return static_cast<std::int64_t>(std::clamp(value, -1e6, 1e6));
}

constexpr const char* emptyBox = "box empty or outside the frame";

/// Fills what the row says; returns the reason if it cannot be used, else "".
std::string fill(const CsvReader& row, const std::filesystem::path& folder, PolypFrame& frame) {
    frame.database = row.text("database");
    frame.polyp = row.text("unique_id");
    frame.frame = row.text("frame_id");
    if (frame.polyp.empty() || row.text("frame_path").empty()) return "row cannot be read";
    const auto size = row.number("gt");
    if (!size || *size <= 0) return "size not known";
    frame.sizeMm = *size;
    frame.picture = expanded(row.text("frame_path"), folder);
    if (frame.frame.empty()) frame.frame = frame.picture.filename().string();
    std::error_code error;
    if (!std::filesystem::is_regular_file(frame.picture, error)) return "picture missing";
    frame.width = pixel(row.number("width").value_or(0));
    frame.height = pixel(row.number("height").value_or(0));
    frame.fold = static_cast<int>(pixel(row.number("kfold_id").value_or(-1)));
    const auto left = row.number("bbox_xmin"), right = row.number("bbox_xmax"), top = row.number("bbox_ymin"),
               bottom = row.number("bbox_ymax");
    if (!left || !right || !top || !bottom) {
        frame.box = {0, 0, frame.width, frame.height};
        return "";
    }
    frame.box = boxWithin(*left, *top, *right, *bottom, frame.width, frame.height);
    return frame.box.width() > 0 && frame.box.height() > 0 ? "" : emptyBox;
}

}  // namespace

std::string PolypTable::report() const {
    std::set<std::string> polyps;
    for (const PolypFrame& frame : frames) polyps.insert(frame.polyp);
    std::string text =
        std::to_string(frames.size()) + " frames of " + std::to_string(polyps.size()) + " polyps";
    const char* separator = "; skipped: ";
    for (const auto& [reason, count] : skipped) {
        text += separator + std::to_string(count) + ' ' + reason;
        separator = ", ";
    }
    return text;
}

Box boxWithin(double left, double top, double right, double bottom, std::int64_t width, std::int64_t height) {
    const auto limited = [](double value, std::int64_t size) {
        return size > 0 ? std::clamp<std::int64_t>(pixel(value), 0, size)
                        : std::max<std::int64_t>(pixel(value), 0);
    };
    return {limited(left, width), limited(top, height), limited(right, width), limited(bottom, height)};
}

PolypTable readPolypTable(const std::filesystem::path& path) {
    CsvReader reader(path);
    for (const char* needed : {"unique_id", "frame_path", "gt"}) reader.require(needed);
    PolypTable table;
    std::set<std::pair<std::string, std::string>> seen;
    while (reader.next()) {
        PolypFrame frame;
        std::string reason = fill(reader, path.parent_path(), frame);
        if (reason.empty() && !seen.emplace(frame.polyp, frame.frame).second) reason = "said twice";
        if (reason.empty())
            table.frames.push_back(std::move(frame));
        else
            ++table.skipped[reason];
    }
    return table;
}

PolypTable readPolyps(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) return readPolypTable(path);
    const std::filesystem::path folds = path / "kfold_polypsizing_lists_per_object.csv";
    if (std::filesystem::exists(folds, error)) return readPolypTable(folds);
    if (std::filesystem::exists(path / "lesion_info.csv", error)) return readRealColon(path);
    if (std::filesystem::is_directory(path / "annotation_txt", error)) return readSun(path);
    throw Error(ErrorKind::Data, "the folder holds neither REAL-Colon nor SUN", path.string(),
                "REAL-Colon has lesion_info.csv, SUN has annotation_txt; a CSV may be named too");
}

void writePolypTable(const PolypTable& table, const std::filesystem::path& root, const std::string& prefix,
                     const std::filesystem::path& path) {
    std::ofstream file(path, std::ios::binary);
    file << "database,unique_id,frame_id,bbox_xmin,bbox_xmax,bbox_ymin,bbox_ymax,width,height,frame_path,gt,"
            "gt_group,kfold_id\n";
    file.imbue(std::locale::classic());
    for (const PolypFrame& frame : table.frames) {
        const std::string picture = prefix + frame.picture.lexically_relative(root).generic_string();
        const char* const group = frame.sizeMm <= 5 ? "Dim" : frame.sizeMm < 10 ? "Small" : "Large";
        file << csvField(frame.database) << ',' << csvField(frame.polyp) << ',' << csvField(frame.frame)
             << ',' << frame.box.xMin << ',' << frame.box.xMax << ',' << frame.box.yMin << ','
             << frame.box.yMax << ',' << frame.width << ',' << frame.height << ',' << csvField(picture) << ','
             << frame.sizeMm << ',' << group << ','
             << (frame.fold >= 0 ? std::to_string(frame.fold) : std::string()) << '\n';
    }
    file.flush();
    if (!file) throw Error(ErrorKind::Run, "the table cannot be written", path.string());
}

}  // namespace filigree::data::endoscopy
