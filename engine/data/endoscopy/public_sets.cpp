// SPDX-License-Identifier: Apache-2.0
// Folders of REAL-Colon and SUN as they are published.
#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>

#include "base/error.h"
#include "data/csv.h"
#include "data/endoscopy/polyp_table.h"

namespace filigree::data::endoscopy {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t mostAnnotationBytes = std::uintmax_t{1} << 20;
constexpr std::uintmax_t mostListBytes = std::uintmax_t{1} << 28;

/// The whole file, or nothing if it cannot be read or is too large.
std::optional<std::string> textOf(const fs::path& path, std::uintmax_t mostBytes) {
    std::error_code error;
    const auto size = fs::file_size(path, error);
    std::ifstream file(path, std::ios::binary);
    if (error || !file || size > mostBytes) return {};
    std::string text(static_cast<std::size_t>(size), '\0');
    file.read(text.data(), static_cast<std::streamsize>(size));
    if (!file) return {};
    return text;
}

/// Entries of a folder in the order of their names; none if it cannot be read.
std::vector<fs::path> entriesOf(const fs::path& folder) {
    std::vector<fs::path> entries;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        entries.push_back(at->path());
    std::sort(entries.begin(), entries.end());
    return entries;
}

/// What stands between <name> and </name>, first at or behind `from`; `from` moves behind it. The annotations
/// are written by one program: plain elements without attributes, and no element within one of its own name.
std::optional<std::string_view> element(std::string_view xml, std::string_view name, std::size_t& from) {
    const std::string open = "<" + std::string(name) + ">", close = "</" + std::string(name) + ">";
    const std::size_t first = xml.find(open, from);
    if (first == std::string_view::npos) return {};
    const std::size_t inner = first + open.size(), last = xml.find(close, inner);
    if (last == std::string_view::npos) return {};
    from = last + close.size();
    return xml.substr(inner, last - inner);
}

std::optional<std::string> textOfElement(std::string_view xml, std::string_view name) {
    std::size_t from = 0;
    const auto found = element(xml, name, from);
    if (!found) return {};
    const std::size_t first = found->find_first_not_of(" \t\r\n"), last = found->find_last_not_of(" \t\r\n");
    return first == std::string_view::npos ? std::string()
                                           : std::string(found->substr(first, last - first + 1));
}

std::optional<double> numberOfElement(std::string_view xml, std::string_view name) {
    const auto text = textOfElement(xml, name);
    return text ? numberFrom(*text) : std::nullopt;
}

/// Takes frames up, once each, and counts what is left out.
class Collector {
  public:
    void skip(const std::string& reason, std::int64_t count = 1) { table_.skipped[reason] += count; }
    void add(PolypFrame frame) {
        std::error_code error;
        if (frame.box.width() <= 0 || frame.box.height() <= 0) return skip("box empty or outside the frame");
        if (frame.picture.empty() || !fs::is_regular_file(frame.picture, error))
            return skip("picture missing");
        if (!seen_.emplace(frame.polyp, frame.frame).second) return skip("said twice");
        table_.frames.push_back(std::move(frame));
    }
    PolypTable take() { return std::move(table_); }

  private:
    PolypTable table_;
    std::set<std::pair<std::string, std::string>> seen_;
};

/// Sizes of polyps in mm; 0 where it is not known.
using Sizes = std::map<std::string, double>;

Sizes realColonSizes(const fs::path& table) {
    CsvReader reader(table);
    for (const char* needed : {"unique_object_id", "size [mm]"}) reader.require(needed);
    Sizes sizes;
    while (reader.next())
        sizes[reader.text("unique_object_id")] = std::max(0.0, reader.number("size [mm]").value_or(0));
    return sizes;
}

/// The picture of that name as JPEG or PNG; empty if there is none.
fs::path pictureNamed(const fs::path& folder, const std::string& stem) {
    std::error_code error;
    for (const char* ending : {".jpg", ".jpeg", ".png"})
        if (fs::path path = folder / (stem + ending); fs::is_regular_file(path, error)) return path;
    return {};
}

void addAnnotation(const fs::path& annotation, const fs::path& frames, const Sizes& sizes,
                   Collector& collector) {
    const std::string unreadable = "annotation cannot be read";
    const auto xml = textOf(annotation, mostAnnotationBytes);
    if (!xml || xml->find("<annotation>") == std::string::npos) return collector.skip(unreadable);
    const std::string stem = annotation.stem().string();
    std::size_t sizeAt = 0;
    const std::string_view size = element(*xml, "size", sizeAt).value_or(std::string_view());
    const auto width =
        static_cast<std::int64_t>(std::clamp(numberOfElement(size, "width").value_or(0), 0.0, 1e6));
    const auto height =
        static_cast<std::int64_t>(std::clamp(numberOfElement(size, "height").value_or(0), 0.0, 1e6));
    std::size_t from = 0;
    bool any = false;
    while (const auto object = element(*xml, "object", from)) {
        any = true;
        const auto polyp = textOfElement(*object, "unique_id");
        const auto left = numberOfElement(*object, "xmin"), right = numberOfElement(*object, "xmax");
        const auto top = numberOfElement(*object, "ymin"), bottom = numberOfElement(*object, "ymax");
        if (!polyp || polyp->empty() || !left || !right || !top || !bottom) {
            collector.skip(unreadable);
            continue;
        }
        const auto known = sizes.find(*polyp);
        if (known == sizes.end()) {
            collector.skip("polyp not in lesion_info.csv");
            continue;
        }
        if (known->second <= 0) {
            collector.skip("size not known");
            continue;
        }
        PolypFrame frame;
        frame.database = "REALC";
        frame.polyp = *polyp;
        frame.frame = stem.substr(stem.rfind('_') + 1);
        frame.width = width;
        frame.height = height;
        frame.box = boxWithin(*left, *top, *right, *bottom, width, height);
        frame.picture = pictureNamed(frames, stem);
        frame.sizeMm = known->second;
        collector.add(std::move(frame));
    }
    if (!any) collector.skip("frame without a polyp");
}

/// The number in "…image0012.jpg"; none for other names.
std::optional<std::int64_t> sunNumber(const std::string& name) {
    const std::size_t word = name.rfind("image"), dot = name.rfind('.');
    if (word == std::string::npos || dot == std::string::npos || dot < word) return {};
    std::string digits = name.substr(word + 5, dot - word - 5);
    if (digits.starts_with('_')) digits.erase(0, 1);
    if (digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string::npos)
        return {};
    return std::stoll(digits);
}

/// Pictures of a case by their numbers: those of renamed/caseM before others.
std::map<std::int64_t, fs::path> sunPictures(const fs::path& root, const std::string& name) {
    std::vector<fs::path> folders{root / "renamed" / name, root / name};
    std::error_code error;
    for (const fs::path& entry : entriesOf(root))
        if (entry.filename() != "renamed" && fs::is_directory(entry, error)) folders.push_back(entry / name);
    std::map<std::int64_t, fs::path> pictures;
    for (const fs::path& folder : folders)
        for (const fs::path& file : entriesOf(folder))
            if (const auto number = sunNumber(file.filename().string())) pictures.try_emplace(*number, file);
    return pictures;
}

/// Sizes by case; from the first CSV that has the columns.
Sizes sunSizes(const fs::path& root) {
    for (const fs::path& file : entriesOf(root)) {
        if (file.extension() != ".csv") continue;
        CsvReader reader(file);
        if (!reader.has("ID") || !reader.has("Size")) continue;
        Sizes sizes;
        while (reader.next()) {
            std::string size = reader.text("Size");
            if (const std::size_t unit = size.find("mm"); unit != std::string::npos) size.erase(unit, 2);
            std::erase(size, '-');
            const auto number = reader.number("ID");
            if (!number || *number < 0 || *number > 1e6) continue;
            sizes["case" + std::to_string(static_cast<std::int64_t>(*number))] =
                std::max(0.0, numberFrom(size).value_or(0));
        }
        return sizes;
    }
    throw Error(ErrorKind::Data, "the folder of SUN has no table of sizes", root.string(),
                "put a CSV with the columns ID and Size (in mm) into it");
}

void addSunLine(const std::string& line, const std::string& name, double sizeMm,
                const std::map<std::int64_t, fs::path>& pictures, Collector& collector) {
    std::istringstream words(line);
    std::string file, boxes;
    words >> file >> boxes;
    std::vector<std::optional<double>> numbers;
    std::istringstream values(boxes);
    for (std::string value; std::getline(values, value, ',');) numbers.push_back(numberFrom(value));
    const auto number = sunNumber(file);
    if (!number || numbers.size() != 5 ||
        std::find(numbers.begin(), numbers.end(), std::nullopt) != numbers.end())
        return collector.skip("annotation cannot be read");
    if (*numbers[4] != 0) return collector.skip("frame without a polyp");
    if (sizeMm <= 0) return collector.skip("size not known");
    PolypFrame frame;
    frame.database = "SUN";
    frame.polyp = name;
    frame.frame = std::to_string(*number);
    frame.box = boxWithin(*numbers[0], *numbers[1], *numbers[2], *numbers[3], 0, 0);
    if (const auto found = pictures.find(*number); found != pictures.end()) frame.picture = found->second;
    frame.sizeMm = sizeMm;
    collector.add(std::move(frame));
}

}  // namespace

PolypTable readRealColon(const fs::path& root) {
    const Sizes sizes = realColonSizes(root / "lesion_info.csv");
    Collector collector;
    bool any = false;
    for (const fs::path& folder : entriesOf(root)) {
        const std::string name = folder.filename().string();
        const std::size_t mark = name.rfind("_annotation");
        if (mark == std::string::npos ||
            (name.substr(mark) != "_annotation" && name.substr(mark) != "_annotations"))
            continue;
        any = true;
        for (const fs::path& annotation : entriesOf(folder))
            if (annotation.extension() == ".xml")
                addAnnotation(annotation, root / (name.substr(0, mark) + "_frames"), sizes, collector);
    }
    if (!any)
        throw Error(ErrorKind::Data, "the folder of REAL-Colon has no annotations", root.string(),
                    "they are in folders named SSS-VVV_annotations");
    return collector.take();
}

PolypTable readSun(const fs::path& root) {
    const Sizes sizes = sunSizes(root);
    Collector collector;
    bool any = false;
    for (const fs::path& list : entriesOf(root / "annotation_txt")) {
        const std::string name = list.stem().string();
        if (list.extension() != ".txt" || !name.starts_with("case")) continue;
        any = true;
        const auto text = textOf(list, mostListBytes);
        if (!text) {
            collector.skip("annotation cannot be read");
            continue;
        }
        const auto known = sizes.find(name);
        const auto pictures = sunPictures(root, name);
        std::istringstream lines(*text);
        for (std::string line; std::getline(lines, line);) {
            if (line.ends_with('\r')) line.pop_back();
            if (!line.empty())
                addSunLine(line, name, known == sizes.end() ? 0 : known->second, pictures, collector);
        }
    }
    if (!any)
        throw Error(ErrorKind::Data, "the folder of SUN has no annotations", root.string(),
                    "they are annotation_txt/caseM.txt");
    return collector.take();
}

}  // namespace filigree::data::endoscopy
