// SPDX-License-Identifier: Apache-2.0
#include "config/run_file.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

#include "base/error.h"
#include "config/nearest.h"
#include "config/table_reader.h"

namespace filigree::config {
namespace {

/// The keys beside the method's own: they have a schema too, so that they are checked and reported alike.
const Schema& heading() {
    static const Schema schema = [] {
        Schema s;
        s.text("method", "", "Name of the method; filigree describe lists them.");
        s.text("name", "", "Name that runs of this file get.");
        s.text("title", "", "One line that says what this is.");
        s.text("description", "", "A paragraph that says what to expect.");
        s.real("minutes", 0, "About how long it takes on two cores.").atLeast(0).unit("min");
        s.integer("seed", 0, "Seed of every random stream of the run.").atLeast(0);
        return s;
    }();
    return schema;
}

constexpr std::uintmax_t maximumFileBytes = 1 << 20;

}  // namespace

RunFile parseRunFile(std::string_view toml, const std::string& fileName, const SchemaFinder& schemaOf) {
    const toml::table table = parseToml(toml, fileName);
    Config head = Config::defaults(heading());
    std::set<std::string, std::less<>> others;
    for (const Field& field : heading().fields()) {
        others.insert(field.key);
        if (const toml::node* node = table.get(field.key)) {
            const std::string where = position(fileName, node->source());
            head.assign(field.key, readValue(field, *node, where), where);
        }
    }

    const toml::node* methodNode = table.get("method");
    if (!methodNode) {
        std::string advice = "begin the file with: method = \"dst_ee\"";
        for (const auto& [key, node] : table)
            if (node.is_string() && editDistance(key.str(), "method") <= 2)
                advice = "did you mean \"method\" instead of \"" + std::string(key.str()) + "\"? " + advice;
        throw Error(ErrorKind::Usage, "the file does not say which method to run", fileName, advice);
    }
    const std::string& method = head.text("method");
    const Schema* schema = nullptr;
    try {
        schema = &schemaOf(method);
    } catch (const Error& error) {
        // Who looks methods up does not know where the name was written.
        throw Error(error.kind(), error.message(), position(fileName, methodNode->source()), error.advice());
    }
    for (const std::string& key : others)
        if (schema->find(key))
            throw std::logic_error("config schema of " + method + " has the reserved key " + key);

    RunFile file{.method = method,
                 .preset = {},
                 .title = head.text("title"),
                 .description = head.text("description"),
                 .name = head.text("name"),
                 .minutes = head.real("minutes"),
                 .seed = {},
                 .config = Config::defaults(*schema)};
    if (table.get("seed")) file.seed = static_cast<std::uint64_t>(head.integer("seed"));
    readTable(file.config, table, fileName, others);
    return file;
}

RunFile readRunFile(const std::string& path, const SchemaFinder& schemaOf) {
    std::error_code code;
    const auto bytes = std::filesystem::file_size(path, code);
    if (code)
        throw Error(ErrorKind::Usage, "cannot read the file: " + code.message(), path,
                    "give the path of a TOML file or the name of a preset (filigree presets lists them)");
    if (bytes > maximumFileBytes)
        throw Error(ErrorKind::Usage, "the file is larger than 1 MiB: this is no configuration", path);
    std::ifstream stream(path, std::ios::binary);
    std::string text(static_cast<std::size_t>(bytes), '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!stream && bytes > 0)
        throw Error(ErrorKind::Usage, "cannot read the file", path, "check that it may be read");
    return parseRunFile(text, path, schemaOf);
}

std::string toToml(const RunFile& file) {
    std::string text = "method = " + toToml(Value(file.method)) + "\n";
    const auto line = [&](const char* key, const std::string& value) {
        if (!value.empty()) text += std::string(key) + " = " + toToml(Value(value)) + "\n";
    };
    line("title", file.title);
    line("description", file.description);
    line("name", file.name);
    if (file.minutes > 0) text += "minutes = " + toToml(Value(file.minutes)) + "\n";
    if (file.seed) text += "seed = " + std::to_string(*file.seed) + "\n";
    return text + "\n" + file.config.toToml();
}

}  // namespace filigree::config
