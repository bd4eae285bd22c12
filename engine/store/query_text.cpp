// SPDX-License-Identifier: Apache-2.0
#include "store/query_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>

namespace filigree::store {
namespace {

char lower(char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character + ('a' - 'A')) : character;
}

bool sameLetter(char left, char right) {
    return lower(left) == lower(right);
}

std::optional<double> plainNumber(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

/// Takes digits from the front; empty if there is none, or more than `most`.
std::optional<int> takeDigits(std::string_view& text, std::size_t most) {
    std::size_t length = 0;
    while (length < text.size() && text[length] >= '0' && text[length] <= '9') ++length;
    if (length == 0 || length > most) return std::nullopt;
    int value = 0;
    std::from_chars(text.data(), text.data() + length, value);
    text.remove_prefix(length);
    return value;
}

std::optional<double> clockDuration(std::string_view text) {
    double seconds = 0;
    for (int part = 0; part < 3; ++part) {
        const auto value = takeDigits(text, 6);
        if (!value || (part > 0 && *value > 59)) return std::nullopt;
        seconds = seconds * 60 + *value;
        if (text.empty()) return part > 0 ? std::optional(seconds) : std::nullopt;
        if (text[0] != ':') return std::nullopt;
        text.remove_prefix(1);
    }
    return std::nullopt;
}

std::tm localParts(std::time_t time) {
    std::tm parts{};
#ifdef _WIN32
    localtime_s(&parts, &time);
#else
    localtime_r(&time, &parts);
#endif
    return parts;
}

double localTime(const std::tm& parts) {
    std::tm copy = parts;
    copy.tm_isdst = -1;
    return static_cast<double>(std::mktime(&copy));
}

}  // namespace

bool isSpace(char character) {
    return character == ' ' || (character >= '\t' && character <= '\r');
}

bool isLetter(char character) {
    return lower(character) >= 'a' && lower(character) <= 'z';
}

bool isOperator(char character) {
    return std::string_view(":=!<>~").find(character) != std::string_view::npos;
}

std::string_view plainWord(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && !isSpace(text[end]) && !isOperator(text[end]) && text[end] != '(' &&
           text[end] != ')' && text[end] != '"')
        ++end;
    return text.substr(0, end);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && isSpace(text.front())) text.remove_prefix(1);
    while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
    return text;
}

std::string lowered(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

bool equalsIgnoringCase(std::string_view left, std::string_view right) {
    return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(), sameLetter);
}

bool containsIgnoringCase(std::string_view text, std::string_view part) {
    return std::search(text.begin(), text.end(), part.begin(), part.end(), sameLetter) != text.end() ||
           part.empty();
}

int compareIgnoringCase(std::string_view left, std::string_view right) {
    const std::size_t both = std::min(left.size(), right.size());
    for (std::size_t i = 0; i < both; ++i) {
        const auto a = static_cast<unsigned char>(lower(left[i])),
                   b = static_cast<unsigned char>(lower(right[i]));
        if (a != b) return a < b ? -1 : 1;
    }
    return left.size() == right.size() ? 0 : left.size() < right.size() ? -1 : 1;
}

std::optional<double> parseNumber(std::string_view text) {
    if (!text.ends_with('%')) return plainNumber(text);
    const auto share = plainNumber(text.substr(0, text.size() - 1));
    return share ? std::optional(*share / 100) : std::nullopt;
}

std::optional<double> parseTruth(std::string_view text) {
    if (equalsIgnoringCase(text, "true") || equalsIgnoringCase(text, "yes")) return 1;
    if (equalsIgnoringCase(text, "false") || equalsIgnoringCase(text, "no")) return 0;
    return std::nullopt;
}

std::optional<double> parseDuration(std::string_view text) {
    if (const auto clock = clockDuration(text)) return clock;
    struct Unit {
        const char* name;
        double seconds;
    };
    static constexpr std::array<Unit, 6> units{
        {{"min", 60}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400.0}}};
    for (const Unit& unit : units) {
        const std::size_t length = std::string_view(unit.name).size();
        if (text.size() <= length || !equalsIgnoringCase(text.substr(text.size() - length), unit.name))
            continue;
        const auto number = plainNumber(trimmed(text.substr(0, text.size() - length)));
        if (number && *number >= 0) return *number * unit.seconds;
    }
    const auto seconds = plainNumber(text);
    return seconds && *seconds >= 0 ? seconds : std::nullopt;
}

std::optional<TimeValue> parseTime(std::string_view text) {
    if (equalsIgnoringCase(text, "today")) {
        std::tm parts = localParts(std::time(nullptr));
        parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
        const double begin = localTime(parts);
        ++parts.tm_mday;
        return TimeValue{false, begin, localTime(parts)};
    }
    if (!text.empty() && isLetter(text.back()))
        if (const auto age = parseDuration(text)) return TimeValue{true, *age, *age};
    // year - month - day T hour : minute : second, each but the first three may be absent.
    constexpr std::string_view separators = "--T::";
    std::array<int, 6> values{};
    std::size_t given = 0;
    for (; given < values.size(); ++given) {
        const auto value = takeDigits(text, given == 0 ? 4 : 2);
        if (!value) return std::nullopt;
        values[given] = *value;
        if (text.empty()) break;
        if (given == 5) return std::nullopt;
        const bool space = given == 2 && text[0] == ' ';
        if (!space && !sameLetter(text[0], separators[given])) return std::nullopt;
        text.remove_prefix(1);
    }
    if (given < 2 || values[0] < 1970 || values[1] < 1 || values[1] > 12 || values[2] < 1 || values[2] > 31 ||
        values[3] > 23 || values[4] > 59 || values[5] > 59)
        return std::nullopt;
    std::tm parts{};
    parts.tm_year = values[0] - 1900;
    parts.tm_mon = values[1] - 1;
    parts.tm_mday = values[2];
    parts.tm_hour = values[3];
    parts.tm_min = values[4];
    parts.tm_sec = values[5];
    const double begin = localTime(parts);
    std::array<int*, 6> fields{nullptr,        nullptr,       &parts.tm_mday,
                               &parts.tm_hour, &parts.tm_min, &parts.tm_sec};
    ++*fields[given];
    return TimeValue{false, begin, localTime(parts)};
}

}  // namespace filigree::store
