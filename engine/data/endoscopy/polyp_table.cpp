// SPDX-License-Identifier: Apache-2.0
#include "data/endoscopy/polyp_table.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <locale>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>

#include "base/error.h"
#include "base/platform.h"

namespace filigree::data::endoscopy {
namespace {

constexpr std::uintmax_t mostBytes = std::uintmax_t{1} << 30;

/// Fields of a line; a field in double quotes may hold commas, and "" for a quote.
std::vector<std::string> fieldsOf(std::string_view line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
            fields.back() += '"';
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return fields;
}

std::optional<double> number(const std::string& text) {
    std::istringstream stream(text);
    stream.imbue(std::locale::classic());
    double value = 0;
    if (!(stream >> value) || !std::isfinite(value)) return {};
    if (!stream.eof() && !(stream >> std::ws).eof()) return {};
    return value;
}

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

/// A row by the names of its columns.
class Row {
  public:
    Row(const std::map<std::string, std::size_t>& columns, std::vector<std::string> fields)
        : columns_(columns), fields_(std::move(fields)) {}
    std::string text(const std::string& name) const {
        const auto found = columns_.find(name);
        return found == columns_.end() || found->second >= fields_.size() ? std::string()
                                                                          : fields_[found->second];
    }
    std::optional<double> number(const std::string& name) const { return endoscopy::number(text(name)); }

  private:
    const std::map<std::string, std::size_t>& columns_;
    std::vector<std::string> fields_;
};

/// A coordinate, limited so that no arithmetic on it can overflow.
std::int64_t pixel(double value) {
    return static_cast<std::int64_t>(std::clamp(value, -1e6, 1e6));
}

/// Fills what the row says; returns the reason if it cannot be used, else "".
std::string fill(const Row& row, const std::filesystem::path& folder, PolypFrame& frame) {
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
    const auto limited = [](double value, std::int64_t size_) {
        return size_ > 0 ? std::clamp<std::int64_t>(pixel(value), 0, size_)
                         : std::max<std::int64_t>(pixel(value), 0);
    };
    frame.box = {limited(*left, frame.width), limited(*top, frame.height), limited(*right, frame.width),
                 limited(*bottom, frame.height)};
    return frame.box.width() > 0 && frame.box.height() > 0 ? "" : "box empty or outside the frame";
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

PolypTable readPolypTable(const std::filesystem::path& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    std::ifstream file(path, std::ios::binary);
    if (error || !file) throw Error(ErrorKind::Data, "the table of polyps cannot be read", path.string());
    if (size > mostBytes) throw Error(ErrorKind::Data, "the table of polyps is too large", path.string());
    std::string line;
    const auto next = [&] {
        if (!std::getline(file, line)) return false;
        if (line.ends_with('\r')) line.pop_back();
        return true;
    };
    std::map<std::string, std::size_t> columns;
    if (next()) {
        if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
        const std::vector<std::string> names = fieldsOf(line);
        for (std::size_t i = 0; i < names.size(); ++i) columns[names[i]] = i;
    }
    for (const char* needed : {"unique_id", "frame_path", "gt"})
        if (!columns.contains(needed))
            throw Error(ErrorKind::Data, std::string("the table of polyps has no column ") + needed,
                        path.string(), "the first line names the columns: unique_id,frame_path,gt,…");
    PolypTable table;
    std::set<std::pair<std::string, std::string>> seen;
    while (next()) {
        if (line.empty()) continue;
        PolypFrame frame;
        std::string reason = fill(Row(columns, fieldsOf(line)), path.parent_path(), frame);
        if (reason.empty() && !seen.emplace(frame.polyp, frame.frame).second) reason = "said twice";
        if (reason.empty())
            table.frames.push_back(std::move(frame));
        else
            ++table.skipped[reason];
    }
    return table;
}

}  // namespace filigree::data::endoscopy
