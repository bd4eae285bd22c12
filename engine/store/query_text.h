// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// The words and values of the query language.
namespace filigree::store {

bool isSpace(char character);
bool isLetter(char character);  ///< ASCII
/// One of : = ! < > ~
bool isOperator(char character);
/// What stands at the beginning of `text` up to a space, bracket, quotation mark or operator.
std::string_view plainWord(std::string_view text);
std::string_view trimmed(std::string_view text);

/// Case of ASCII letters does not count; all others are compared as they are.
std::string lowered(std::string_view text);
bool equalsIgnoringCase(std::string_view left, std::string_view right);
bool containsIgnoringCase(std::string_view text, std::string_view part);
int compareIgnoringCase(std::string_view left, std::string_view right);

/// "0.1", "1e-1", "10%"; empty if the text is not wholly a number.
std::optional<double> parseNumber(std::string_view text);
/// 1 for true and yes, 0 for false and no.
std::optional<double> parseTruth(std::string_view text);
/// Seconds of "90", "90s", "5m", "2h", "7d", "1w", "2:11", "1:02:11".
std::optional<double> parseDuration(std::string_view text);

/// "7d" is an age; "2026-03-01" or "2026-03-01T14:30" (local time) a stretch of time: a day, an hour, a
/// minute or a second long, as far as it is written out.
struct TimeValue {
    bool isAge = false;
    double seconds = 0;  ///< the age, or where the stretch begins (Unix time)
    double end = 0;      ///< where it ends
};
std::optional<TimeValue> parseTime(std::string_view text);

}  // namespace filigree::store
