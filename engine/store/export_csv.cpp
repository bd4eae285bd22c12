// SPDX-License-Identifier: Apache-2.0
#include "store/export_csv.h"

#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <ostream>

#include "base/error.h"
#include "store/reader.h"

namespace filigree::store {
namespace {

constexpr const char* lineEnd = "\r\n";

void checkWritten(const std::ostream& out) {
    if (!out)
        throw Error(ErrorKind::Run, "the CSV file cannot be written", {},
                    "Free some space or name another folder.");
}

}  // namespace

std::string csvField(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
    std::string quoted = "\"";
    for (const char letter : text) {
        if (letter == '"') quoted += '"';
        quoted += letter;
    }
    return quoted + '"';
}

std::string csvNumber(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return std::string(digits.data(), end);
}

void exportLong(const Store& store, std::span<const std::int64_t> runs, std::ostream& out) {
    const Reader reader(store);
    out << "run,attempt,step,time,key,value" << lineEnd;
    for (const std::int64_t run : runs) {
        const std::string id = std::to_string(reader.run(run).id);
        for (const std::string& tag : reader.scalarTags(run)) {
            const std::string key = csvField(tag);
            for (const ScalarPoint& point : reader.scalars(run, tag))
                out << id << ',' << point.attempt << ',' << point.step << ',' << csvNumber(point.time) << ','
                    << key << ',' << csvNumber(point.value) << lineEnd;
        }
    }
    out.flush();
    checkWritten(out);
}

void exportWide(const Store& store, std::int64_t run, std::ostream& out) {
    const Reader reader(store);
    reader.run(run);
    const std::vector<std::string> tags = reader.scalarTags(run);
    std::map<std::int64_t, std::vector<std::optional<double>>> lines;
    for (std::size_t column = 0; column < tags.size(); ++column)
        for (const ScalarPoint& point : reader.scalars(run, tags[column])) {
            auto& line = lines[point.step];
            line.resize(tags.size());
            line[column] = point.value;
        }
    out << "step";
    for (const std::string& tag : tags) out << ',' << csvField(tag);
    out << lineEnd;
    for (const auto& [step, values] : lines) {
        out << step;
        for (const auto& value : values) {
            out << ',';
            if (value) out << csvNumber(*value);
        }
        out << lineEnd;
    }
    out.flush();
    checkWritten(out);
}

}  // namespace filigree::store
