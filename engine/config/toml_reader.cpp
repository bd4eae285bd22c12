// SPDX-License-Identifier: Apache-2.0
#include "config/toml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "config/nearest.h"

namespace filigree::config {
namespace {

/// Each dot can open a table within a table, and toml++ frees tables recursively.
constexpr std::ptrdiff_t maximumDots = 4096;

std::string lineOf(std::string_view text, std::size_t number) {
    for (std::size_t i = 1; i < number; ++i) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    text = text.substr(0, text.find('\n'));
    if (text.ends_with('\r')) text.remove_suffix(1);
    return std::string(text.substr(0, 120));
}

std::string expected(Type type) {
    switch (type) {
        case Type::Boolean:
            return "true or false";
        case Type::Integer:
            return "an integer";
        case Type::Real:
            return "a number";
        case Type::Text:
            return "a text in quotes";
        case Type::Choice:
            return "a word in quotes";
        case Type::Integers:
            return "a list of integers";
        case Type::Reals:
            return "a list of numbers";
        case Type::Texts:
            return "a list of texts in quotes";
    }
    return {};
}

/// What the field is for, as advice.
std::string helpOf(const Field& field) {
    const std::string allowed = field.allowed();
    std::string text = field.key + " is " + expected(field.type);
    if (!allowed.empty()) text += ", " + allowed;
    if (!field.unit.empty()) text += " (" + field.unit + ")";
    return text + ": " + field.help;
}

[[noreturn]] void wrongType(const Field& field, const toml::node& node, const std::string& where) {
    throw Error(ErrorKind::Usage, field.key + " must be " + expected(field.type) + ", not " + said(node),
                where, helpOf(field));
}

double readReal(const Field& field, const toml::node& node, const std::string& where) {
    if (const auto* real = node.as_floating_point()) return real->get();
    const auto* integer = node.as_integer();
    if (!integer) wrongType(field, node, where);
    // Beyond 2^53 not every integer is a double: what was written would silently become another number.
    constexpr std::int64_t largest = std::int64_t{1} << 53;
    if (integer->get() > largest || integer->get() < -largest)
        throw Error(ErrorKind::Usage,
                    field.key + " = " + std::to_string(integer->get()) + " is too large for a number", where,
                    helpOf(field));
    return static_cast<double>(integer->get());
}

std::int64_t readInteger(const Field& field, const toml::node& node, const std::string& where) {
    const auto* integer = node.as_integer();
    if (!integer) wrongType(field, node, where);
    return integer->get();
}

std::string readText(const Field& field, const toml::node& node, const std::string& where) {
    const auto* text = node.as_string();
    if (!text) wrongType(field, node, where);
    return text->get();
}

template <typename Element, typename Read>
std::vector<Element> readList(const Field& field, const toml::node& node, const std::string& where,
                              Read read) {
    const auto* array = node.as_array();
    if (!array) wrongType(field, node, where);
    std::vector<Element> values;
    values.reserve(array->size());
    for (const toml::node& element : *array) values.push_back(read(field, element, where));
    return values;
}

}  // namespace

std::string position(const std::string& fileName, const toml::source_region& source) {
    if (!source.begin) return fileName;
    return fileName + ":" + std::to_string(source.begin.line) + ":" + std::to_string(source.begin.column);
}

toml::table parseToml(std::string_view text, const std::string& fileName) {
    if (std::count(text.begin(), text.end(), '.') > maximumDots)
        throw Error(ErrorKind::Usage, "too large or too deeply nested for a configuration", fileName,
                    "a configuration may hold at most 4096 dots");
    try {
        return toml::parse(text, fileName);
    } catch (const toml::parse_error& error) {
        std::string message = "not valid TOML: " + std::string(error.description());
        if (error.source().begin)
            if (const std::string line = lineOf(text, error.source().begin.line); !line.empty())
                message += "\n  " + line;
        throw Error(ErrorKind::Usage, message, position(fileName, error.source()),
                    "write keys as: name = value, below their table: [table]");
    }
}

std::string said(const toml::node& node) {
    if (node.is_table()) return "a table";
    if (node.is_array()) return "a list";
    std::ostringstream text;
    node.visit([&](const auto& value) {
        if constexpr (toml::is_value<decltype(value)>) text << value;
    });
    std::string shown = text.str().substr(0, 80);
    if (node.is_string()) return "the text " + shown;
    if (node.is_integer()) return "the integer " + shown;
    if (node.is_floating_point()) return "the real number " + shown;
    if (node.is_boolean()) return shown;
    return "the date or time " + shown;
}

void requireAllowed(const Field& field, const Value& value, const std::string& where) {
    const std::string why = field.objection(value);
    if (why.empty()) return;
    throw Error(ErrorKind::Usage,
                field.key + " = " + toToml(value).substr(0, 120) + " is not allowed: " + why, where,
                helpOf(field));
}

Value readValue(const Field& field, const toml::node& node, const std::string& where) {
    Value value;
    switch (field.type) {
        case Type::Boolean:
            if (const auto* boolean = node.as_boolean())
                value = boolean->get();
            else
                wrongType(field, node, where);
            break;
        case Type::Integer:
            value = readInteger(field, node, where);
            break;
        case Type::Real:
            value = readReal(field, node, where);
            break;
        case Type::Text:
        case Type::Choice:
            value = readText(field, node, where);
            break;
        case Type::Integers:
            value = readList<std::int64_t>(field, node, where, readInteger);
            break;
        case Type::Reals:
            value = readList<double>(field, node, where, readReal);
            break;
        case Type::Texts:
            value = readList<std::string>(field, node, where, readText);
            break;
    }
    requireAllowed(field, value, where);
    return value;
}

Error unknownKey(const Schema& schema, const std::string& key, const std::string& where,
                 std::span<const std::string> others) {
    std::string advice = didYouMean(key, others);
    if (const auto near = schema.nearestKey(key); near && advice.empty())
        advice = fmt::format("did you mean \"{}\"?", *near);
    const auto dot = key.rfind('.');
    const std::string table = dot == std::string::npos ? "" : key.substr(0, dot);
    std::vector<std::string> names;
    for (const Field& field : schema.fields())
        if (field.table() == table) names.push_back(field.name());
    if (!names.empty()) {
        if (!advice.empty()) advice += " ";
        advice += fmt::format("[{}] has the keys: {}", table, fmt::join(names, ", "));
    } else if (advice.empty()) {
        for (const Schema::Group& group : schema.groups()) names.push_back(fmt::format("[{}]", group.table));
        advice = fmt::format("the tables are: {}", fmt::join(names, ", "));
    }
    return {ErrorKind::Usage, "unknown key \"" + key.substr(0, 120) + "\"", where, advice};
}

}  // namespace filigree::config
