// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "config/schema.h"

/// The reference of a schema, for people and for machines.
namespace filigree::config {
namespace {

/// A '|' would end the cell of a table.
std::string cell(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
        text.insert(at, 1, '\\');
    return text;
}

std::string row(const Field& field) {
    std::string type(typeName(field.type));
    if (!field.unit.empty()) type += ", " + field.unit;
    std::string help = field.help;
    if (field.schedulable) help += " Can be changed during the run.";
    return "| `" + field.key + "` | " + cell(type) + " | `" + cell(toToml(field.defaultValue)) + "` | " +
           cell(field.allowed()) + " | " + cell(help) + " |\n";
}

}  // namespace

std::string referenceMarkdown(const Schema& schema) {
    const std::string head = "| Key | Type | Default | Allowed | Meaning |\n|---|---|---|---|---|\n";
    std::string text;
    const auto section = [&](const std::string& table, const std::string& help) {
        std::string rows;
        for (const Field& field : schema.fields())
            if (field.table() == table) rows += row(field);
        if (rows.empty()) return;
        if (!text.empty()) text += "\n";
        if (!table.empty()) text += "### [" + table + "]\n\n";
        if (!help.empty()) text += help + "\n\n";
        text += head + rows;
    };
    section("", "");
    for (const Schema::Group& group : schema.groups())
        if (!group.table.empty()) section(group.table, group.help);
    return text;
}

nlohmann::json describe(const Schema& schema) {
    using nlohmann::json;
    const auto fieldsOf = [&](const std::string& table) {
        json fields = json::array();
        for (const Field& field : schema.fields()) {
            if (field.table() != table) continue;
            json entry = {
                {"key", field.key},   {"type", typeName(field.type)}, {"default", toJson(field.defaultValue)},
                {"help", field.help}, {"unit", field.unit},           {"schedulable", field.schedulable}};
            if (field.minimum) {
                entry["minimum"] = *field.minimum;
                entry["minimum_excluded"] = field.minimumExcluded;
            }
            if (field.maximum) {
                entry["maximum"] = *field.maximum;
                entry["maximum_excluded"] = field.maximumExcluded;
            }
            if (field.type == Type::Choice) entry["choices"] = field.choices;
            fields.push_back(std::move(entry));
        }
        return fields;
    };
    json groups = json::array();
    if (json fields = fieldsOf(""); !fields.empty())
        groups.push_back({{"table", ""}, {"help", ""}, {"fields", fields}});
    for (const Schema::Group& group : schema.groups())
        if (!group.table.empty())
            groups.push_back(
                {{"table", group.table}, {"help", group.help}, {"fields", fieldsOf(group.table)}});
    return {{"groups", groups}};
}

}  // namespace filigree::config
