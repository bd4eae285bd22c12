// SPDX-License-Identifier: Apache-2.0
#include "config/table_reader.h"

#include <algorithm>

namespace filigree::config {
namespace {

/// toml++ hands out the keys of a table in alphabetical order: collect, then speak of the first in the file.
struct Entry {
    std::string key;
    const toml::key* written;
    const toml::node* node;
    bool plain;  ///< every part of the key is free of dots
};

bool isTable(const Schema& schema, std::string_view key) {
    return std::any_of(schema.fields().begin(), schema.fields().end(), [&](const Field& field) {
        return field.key.size() > key.size() && field.key.starts_with(key) && field.key[key.size()] == '.';
    });
}

void collect(const Schema& schema, const toml::table& table, const std::string& prefix, bool plain,
             const std::set<std::string, std::less<>>& others, std::vector<Entry>& entries) {
    for (const auto& [written, node] : table) {
        const std::string_view name = written.str();
        const std::string key = prefix.empty() ? std::string(name) : prefix + "." + std::string(name);
        if (prefix.empty() && others.contains(name)) continue;
        const bool stillPlain = plain && name.find('.') == std::string_view::npos;
        if (node.is_table() && stillPlain && isTable(schema, key))
            collect(schema, *node.as_table(), key, stillPlain, others, entries);
        else
            entries.push_back({key, &written, &node, stillPlain});
    }
}

}  // namespace

void readTable(Config& config, const toml::table& table, const std::string& fileName,
               const std::set<std::string, std::less<>>& others) {
    const Schema& schema = config.schema();
    std::vector<Entry> entries;
    collect(schema, table, "", true, others, entries);
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.written->source().begin < b.written->source().begin;
    });
    for (const Entry& entry : entries) {
        const std::string atKey = position(fileName, entry.written->source());
        const Field* field = entry.plain ? schema.find(entry.key) : nullptr;
        if (!field && entry.plain && isTable(schema, entry.key))
            throw Error(ErrorKind::Usage, "[" + entry.key + "] is a table, not " + said(*entry.node), atKey,
                        "write its keys below the line [" + entry.key + "]");
        if (!field) {
            const std::vector<std::string> names(others.begin(), others.end());
            throw unknownKey(schema, entry.key, atKey, names);
        }
        const std::string atValue = position(fileName, entry.node->source());
        config.assign(field->key, readValue(*field, *entry.node, atValue), atValue);
    }
}

}  // namespace filigree::config
