// SPDX-License-Identifier: GPL-3.0-or-later

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/command_tree.h"
#include "app/context.h"
#include "app/format.h"
#include "base/error.h"
#include "methods/registry.h"
#include "run/presets.h"
#include "run/shared_schema.h"

/// presets, describe: what can be run.
namespace filigree::app {
namespace {

using nlohmann::json;

int listPresets(Context& context) {
    Output& output = context.output();
    json list = json::array();
    Table table({{"preset"}, {"minutes", Table::Align::Right}, {"title"}});
    for (const run::Preset& preset : run::presets()) {
        const config::RunFile file = run::read(preset);
        list.push_back({{"name", preset.name},
                        {"method", file.method},
                        {"title", file.title},
                        {"description", file.description},
                        {"minutes", file.minutes},
                        {"file", preset.path.string()}});
        table.add({preset.name, file.minutes > 0 ? shortNumber(file.minutes) : "", file.title});
    }
    if (output.json())
        output.print({{"presets", std::move(list)}});
    else if (table.empty())
        output.note("there are no presets in " + (run::assetsFolder() / "presets").string());
    else
        table.print(output);
    return 0;
}

int listMethods(Output& output) {
    json list = json::array();
    Table table({{"method"}, {"title"}, {"summary"}});
    for (const methods::Method& method : methods::all()) {
        list.push_back({{"name", method.name},
                        {"title", method.title},
                        {"summary", method.summary},
                        {"paper", method.paper}});
        table.add({std::string(method.name), std::string(method.title), std::string(method.summary)});
    }
    if (output.json())
        output.print({{"methods", std::move(list)}});
    else
        table.print(output);
    return 0;
}

int describeMethod(Context& context, const std::string& name) {
    Output& output = context.output();
    if (name.empty()) return listMethods(output);
    const methods::Method& method = methods::find(name);
    const config::Schema& schema = run::schemaOf(name);
    if (output.json()) {
        json object = config::describe(schema);
        object["method"] = method.name;
        object["title"] = method.title;
        object["summary"] = method.summary;
        object["paper"] = method.paper;
        output.print(std::move(object));
        return 0;
    }
    if (output.form() != Form::Plain)
        output.out() << output.onOut(Style::Bold, method.title) << "  " << method.summary << "\n"
                     << method.paper << "\n\n";
    Table table({{"key"}, {"type"}, {"default"}, {"allowed"}, {"unit"}, {"meaning"}});
    for (const config::Field& field : schema.fields()) {
        std::string help = field.help;
        if (field.schedulable) help += " Can be changed during the run.";
        table.add({field.key, std::string(typeName(field.type)), config::toToml(field.defaultValue),
                   field.allowed(), field.unit, help});
    }
    table.print(output);
    return 0;
}

}  // namespace

void addPresetCommands(CommandTree& tree) {
    tree.add(nullptr, "presets", "List the presets that can be run",
             {{"filigree presets", "name, minutes on two cores, title"}}, listPresets);
    const auto name = std::make_shared<std::string>();
    CLI::App* describing =
        tree.add(nullptr, "describe", "List the methods, or every key of the configuration of one",
                 {{"filigree describe", "the methods"},
                  {"filigree describe dst_ee", "its keys with defaults and ranges"}},
                 [name](Context& context) { return describeMethod(context, *name); });
    describing->add_option("method", *name, "Name of a method")->type_name("METHOD");
}

}  // namespace filigree::app
