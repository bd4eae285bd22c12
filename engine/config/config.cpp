// SPDX-License-Identifier: Apache-2.0
#include "config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "config/table_reader.h"
#include "config/toml_reader.h"

namespace filigree::config {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string> splitAtCommas(std::string_view text) {
    std::vector<std::string> words;
    if (trimmed(text).empty()) return words;
    for (;;) {
        const auto comma = text.find(',');
        words.emplace_back(trimmed(text.substr(0, comma)));
        if (comma == std::string_view::npos) return words;
        text.remove_prefix(comma + 1);
    }
}

Value readAssigned(const Field& field, std::string_view text, const std::string& where) {
    const bool quoted = text.starts_with('"') || text.starts_with('\'');
    if ((field.type == Type::Text || field.type == Type::Choice) && !quoted) return std::string(text);
    const bool list = field.type == Type::Integers || field.type == Type::Reals || field.type == Type::Texts;
    if (field.type == Type::Texts && !text.starts_with('[') && !quoted) return splitAtCommas(text);
    const bool bare = list && !text.starts_with('[');
    const std::string written = bare ? fmt::format("value = [{}]", text) : fmt::format("value = {}", text);
    const auto refuse = [&] {
        throw Error(ErrorKind::Usage,
                    fmt::format("{} must be of type {}, not {}", field.key, typeName(field.type), text),
                    where, field.help);
    };
    toml::table table;
    try {
        table = parseToml(written, where);
    } catch (const Error&) {
        refuse();
    }
    // A line break in the text could smuggle in more keys.
    if (table.size() != 1) refuse();
    return readValue(field, *table.get("value"), where);
}

template <typename T>
const T& held(const Value& value, std::string_view key) {
    const T* found = std::get_if<T>(&value);
    if (!found) throw std::logic_error("config: " + std::string(key) + " was asked for with another type");
    return *found;
}

}  // namespace

Config::Config(std::shared_ptr<const Schema> schema) : schema_(std::move(schema)) {
    for (const Field& field : schema_->fields()) values_.push_back(field.defaultValue);
}

Config Config::defaults(const Schema& schema) {
    return Config(std::make_shared<const Schema>(schema));
}

Config Config::parse(const Schema& schema, std::string_view toml, const std::string& fileName) {
    Config config = defaults(schema);
    config.read(toml, fileName);
    return config;
}

void Config::read(std::string_view toml, const std::string& fileName) {
    const toml::table table = parseToml(toml, fileName);
    Config changed = *this;
    readTable(changed, table, fileName, {});
    *this = std::move(changed);
}

void Config::set(std::string_view assignment) {
    const std::string where = "--set " + std::string(assignment.substr(0, 200));
    const auto equals = assignment.find('=');
    if (equals == std::string_view::npos)
        throw Error(ErrorKind::Usage, "an assignment needs a key, '=' and a value", where,
                    "write for example --set train.epochs=5");
    const std::string key(trimmed(assignment.substr(0, equals)));
    const Field* field = schema_->find(key);
    if (!field) throw unknownKey(*schema_, key, where);
    assign(key, readAssigned(*field, trimmed(assignment.substr(equals + 1)), where), where);
}

void Config::assign(std::string_view key, Value value, const std::string& where) {
    const Field* field = schema_->find(key);
    if (!field) throw unknownKey(*schema_, std::string(key), where);
    requireAllowed(*field, value, where);
    values_[schema_->indexOf(key)] = std::move(value);
}

const Value& Config::value(std::string_view key) const {
    return values_[schema_->indexOf(key)];
}

bool Config::boolean(std::string_view key) const {
    return held<bool>(value(key), key);
}
std::int64_t Config::integer(std::string_view key) const {
    return held<std::int64_t>(value(key), key);
}
double Config::real(std::string_view key) const {
    return held<double>(value(key), key);
}
const std::string& Config::text(std::string_view key) const {
    return held<std::string>(value(key), key);
}
const std::vector<std::int64_t>& Config::integers(std::string_view key) const {
    return held<std::vector<std::int64_t>>(value(key), key);
}
const std::vector<double>& Config::reals(std::string_view key) const {
    return held<std::vector<double>>(value(key), key);
}
const std::vector<std::string>& Config::texts(std::string_view key) const {
    return held<std::vector<std::string>>(value(key), key);
}

bool Config::isDefault(std::string_view key) const {
    return value(key) == schema_->at(key).defaultValue;
}

std::string Config::toToml() const {
    // Keys without a table come first: after a [table] line they would belong to it.
    std::vector<std::string> tables{""};
    for (const Field& field : schema_->fields())
        if (std::find(tables.begin(), tables.end(), field.table()) == tables.end())
            tables.push_back(field.table());
    std::string text;
    for (const std::string& table : tables) {
        std::string lines;
        for (std::size_t i = 0; i < values_.size(); ++i)
            if (schema_->fields()[i].table() == table)
                lines += schema_->fields()[i].name() + " = " + config::toToml(values_[i]) + "\n";
        if (lines.empty()) continue;
        if (!text.empty()) text += "\n";
        if (!table.empty()) text += "[" + table + "]\n";
        text += lines;
    }
    return text;
}

nlohmann::json Config::toJson() const {
    nlohmann::json root = nlohmann::json::object();
    for (std::size_t i = 0; i < values_.size(); ++i) {
        nlohmann::json* place = &root;
        std::string_view key = schema_->fields()[i].key;
        for (auto dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.')) {
            place = &(*place)[std::string(key.substr(0, dot))];
            key.remove_prefix(dot + 1);
        }
        (*place)[std::string(key)] = config::toJson(values_[i]);
    }
    return root;
}

std::vector<std::pair<std::string, std::string>> Config::differences(const Config& other) const {
    std::vector<std::pair<std::string, std::string>> found;
    for (std::size_t i = 0; i < values_.size(); ++i) {
        const std::string& key = schema_->fields()[i].key;
        // By name, since the other may come from an older version of the schema.
        if (other.schema_->find(key) && other.value(key) == values_[i]) continue;
        found.emplace_back(key, config::toToml(values_[i]));
    }
    return found;
}

}  // namespace filigree::config
