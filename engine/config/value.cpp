// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "config/schema.h"

/// How values are written.
namespace filigree::config {
namespace {

std::string write(bool value) {
    return value ? "true" : "false";
}

std::string write(std::int64_t value) {
    return std::to_string(value);
}

std::string write(double value) {
    // {fmt} gives the fewest digits that read back to the same double; TOML needs a point or an exponent
    // beside.
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".ena") == std::string::npos) text += ".0";
    return text;
}

std::string write(const std::string& value) {
    std::string text = "\"";
    for (const char c : value) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (text += '\\') += c;
        else if (c == '\n')
            text += "\\n";
        else if (c == '\t')
            text += "\\t";
        else if (c == '\r')
            text += "\\r";
        else if (code < 0x20 || code == 0x7F)
            text += fmt::format("\\u{:04X}", code);
        else
            text += c;
    }
    return text + '"';
}

template <typename Element>
std::string write(const std::vector<Element>& values) {
    std::string text = "[";
    for (const Element& value : values) text += (text.size() > 1 ? ", " : "") + write(value);
    return text + "]";
}

}  // namespace

std::string toToml(const Value& value) {
    return std::visit([](const auto& v) { return write(v); }, value);
}

nlohmann::json toJson(const Value& value) {
    return std::visit([](const auto& v) { return nlohmann::json(v); }, value);
}

}  // namespace filigree::config
