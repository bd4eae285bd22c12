// SPDX-License-Identifier: Apache-2.0
#include "data/csv.h"

#include <cmath>
#include <locale>
#include <sstream>
#include <string_view>

#include "base/error.h"

namespace filigree::data {
namespace {

constexpr std::uintmax_t mostBytes = std::uintmax_t{1} << 30;

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

bool nextLine(std::ifstream& file, std::string& line) {
    if (!std::getline(file, line)) return false;
    if (line.ends_with('\r')) line.pop_back();
    return true;
}

}  // namespace

std::optional<double> numberFrom(const std::string& text) {
    std::istringstream stream(text);
    stream.imbue(std::locale::classic());
    double value = 0;
    if (!(stream >> value) || !std::isfinite(value)) return {};
    if (!stream.eof() && !(stream >> std::ws).eof()) return {};
    return value;
}

std::string csvField(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

CsvReader::CsvReader(const std::filesystem::path& path) : path_(path), file_(path, std::ios::binary) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error || !file_) throw Error(ErrorKind::Data, "the table cannot be read", path.string());
    if (size > mostBytes) throw Error(ErrorKind::Data, "the table is too large", path.string());
    std::string line;
    if (!nextLine(file_, line)) return;
    if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    const std::vector<std::string> names = fieldsOf(line);
    for (std::size_t i = 0; i < names.size(); ++i) columns_[names[i]] = i;
}

void CsvReader::require(const std::string& column) const {
    if (!has(column))
        throw Error(ErrorKind::Data, "the table has no column " + column, path_.string(),
                    "the first line names the columns");
}

bool CsvReader::next() {
    std::string line;
    do {
        if (!nextLine(file_, line)) return false;
    } while (line.empty());
    fields_ = fieldsOf(line);
    return true;
}

std::string CsvReader::text(const std::string& column) const {
    const auto found = columns_.find(column);
    return found == columns_.end() || found->second >= fields_.size() ? std::string()
                                                                      : fields_[found->second];
}

}  // namespace filigree::data
