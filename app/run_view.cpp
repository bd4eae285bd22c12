// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/run_view.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "app/format.h"
#include "methods/registry.h"
#include "run/shared_schema.h"

namespace filigree::app {
namespace {

using nlohmann::json;

template <typename T>
json orNull(const std::optional<T>& value) {
    return value ? json(*value) : json();
}

json toJson(const store::ConfigValue& value) {
    return std::visit(
        [](const auto& v) {
            if constexpr (std::is_same_v<std::decay_t<decltype(v)>, store::ConfigArray>) {
                json parsed = json::parse(v.json, nullptr, false);
                return parsed.is_discarded() ? json(v.json) : parsed;
            } else {
                return json(v);
            }
        },
        value);
}

/// Where the run differs from what its method would do by default. A method or key that this program does not
/// know has no default to differ from.
std::vector<store::ConfigEntry> changedKeys(const store::Reader& reader, const store::RunInfo& run) {
    std::vector<store::ConfigEntry> changed;
    for (const methods::Method& method : methods::all()) {
        if (method.name != run.method) continue;
        const config::Schema& schema = run::schemaOf(run.method);
        for (store::ConfigEntry& entry : reader.config(run.id)) {
            const config::Field* field = schema.find(entry.key);
            if (field && config::toJson(field->defaultValue) != toJson(entry.value))
                changed.push_back(std::move(entry));
        }
    }
    return changed;
}

}  // namespace

std::string stateWord(const store::RunInfo& run) {
    std::string word(store::toString(run.state));
    if (run.deleted) word += " (in the bin)";
    if (run.noContact)
        word += fmt::format(" (no contact for {})", age(store::unixNow() - run.process.heartbeat));
    return word;
}

Style stateStyle(const store::RunInfo& run) {
    switch (run.state) {
        case store::RunState::Finished:
            return Style::Plain;
        case store::RunState::Running:
            return Style::Good;
        case store::RunState::Failed:
            return Style::Bad;
        case store::RunState::Interrupted:
            return Style::Warning;
        case store::RunState::Queued:
        case store::RunState::Paused:
        case store::RunState::Stopped:
            return Style::Faint;
    }
    return Style::Plain;
}

std::optional<double> achievedSparsity(const store::Reader& reader, std::int64_t run) {
    double size = 0, active = 0;
    for (const store::MaskLayer& layer : reader.maskLayers(run)) {
        const auto frames = reader.maskSteps(run, layer.layer);
        if (frames.empty()) continue;
        size += static_cast<double>(layer.rows) * static_cast<double>(layer.columns);
        active += static_cast<double>(frames.back().nonZeros);
    }
    if (size > 0) return 1 - active / size;
    const auto density = reader.scalars(run, "sparsity/density");
    return density.empty() ? std::nullopt : std::optional(1 - density.back().value);
}

json configJson(const std::vector<store::ConfigEntry>& entries) {
    json root = json::object();
    for (const store::ConfigEntry& entry : entries) {
        json* place = &root;
        std::string_view key = entry.key;
        for (auto dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.')) {
            json& below = (*place)[std::string(key.substr(0, dot))];
            // A store from elsewhere may hold both "a" and "a.b".
            if (!below.is_null() && !below.is_object()) break;
            place = &below;
            key.remove_prefix(dot + 1);
        }
        (*place)[std::string(key)] = toJson(entry.value);
    }
    return root;
}

json summaryJson(const store::RunInfo& run) {
    return {{"id", run.id},
            {"uuid", run.uuid},
            {"name", run.name},
            {"status", store::toString(run.state)},
            {"no_contact", run.noContact},
            {"method", run.method},
            {"preset", run.preset},
            {"seed", run.seed},
            {"steps", run.progress.step},
            {"total_steps", run.progress.totalSteps},
            {"epoch", run.progress.epoch},
            {"steps_per_second", run.progress.stepsPerSecond},
            {"wall_seconds", run.activeSeconds},
            {"created", run.created},
            {"started", orNull(run.started)},
            {"ended", orNull(run.ended)},
            {"attempt", run.attempt},
            {"exit_code", orNull(run.exitCode)},
            {"error", run.error},
            {"digest", run.weightsDigest},
            {"host", run.process.host},
            {"pid", run.process.pid},
            {"tags", run.tags},
            {"note", run.note},
            {"archived", run.archived},
            {"deleted", orNull(run.deleted)}};
}

json fullJson(const store::Reader& reader, const store::RunInfo& run) {
    json object = summaryJson(run);
    object["config"] = configJson(reader.config(run.id));
    object["run_toml"] = runFileOf(reader, run);
    json metrics = json::object();
    for (const store::NamedScalar& scalar : reader.lastScalars(run.id))
        metrics[scalar.tag] = scalar.point.value;
    object["metrics"] = std::move(metrics);
    object["sparsity"] = orNull(achievedSparsity(reader, run.id));
    json checkpoints = json::array();
    for (const store::CheckpointInfo& checkpoint : reader.checkpoints(run.id))
        checkpoints.push_back({{"step", checkpoint.step},
                               {"attempt", checkpoint.attempt},
                               {"path", checkpoint.path},
                               {"digest", checkpoint.digest},
                               {"bytes", checkpoint.bytes}});
    object["checkpoints"] = std::move(checkpoints);
    const json machine = json::parse(run.machineJson, nullptr, false);
    object["machine"] = machine.is_discarded() ? json() : machine;
    return object;
}

std::string runFileOf(const store::Reader& reader, const store::RunInfo& run) {
    const auto line = [](const char* key, const std::string& value) {
        return fmt::format("{} = {}\n", key, config::toToml(config::Value(value)));
    };
    std::string text = line("method", run.method);
    if (!run.name.empty()) text += line("name", run.name);
    return text + fmt::format("seed = {}\n\n", run.seed) + reader.configToml(run.id);
}

void showRun(Output& output, const store::Reader& reader, const store::RunInfo& run) {
    std::ostream& out = output.out();
    const auto line = [&](std::string_view label, std::string_view text) {
        if (text.empty()) return;
        if (output.form() == Form::Plain)
            out << label << '\t' << printable(text) << '\n';
        else
            out << fmt::format("{:<10}", label) << printable(text) << '\n';
    };
    if (output.form() != Form::Plain)
        out << output.onOut(Style::Bold, fmt::format("run {}  {}", run.id, printable(run.name))) << "  "
            << output.onOut(stateStyle(run), stateWord(run)) << '\n';
    else
        line("id", std::to_string(run.id)), line("name", run.name), line("status", stateWord(run));
    line("method", run.method);
    line("preset", run.preset);
    line("seed", std::to_string(run.seed));
    line("steps", run.progress.totalSteps > 0
                      ? fmt::format("{} of {} (epoch {})", run.progress.step, run.progress.totalSteps,
                                    shortNumber(run.progress.epoch))
                      : std::to_string(run.progress.step));
    line("took", duration(run.activeSeconds));
    if (const auto flops = reader.scalars(run.id, "perf/training_flops"); !flops.empty())
        line("FLOPs", shortNumber(flops.back().value) + " in theory");
    line("started", run.started ? isoTime(*run.started) : "");
    if (run.attempt > 1) line("attempt", std::to_string(run.attempt));
    if (const auto sparsity = achievedSparsity(reader, run.id)) line("sparsity", shortNumber(*sparsity));
    if (const auto memory = reader.scalars(run.id, "perf/peak_memory_bytes"); !memory.empty())
        line("memory", shortBytes(memory.back().value) + " at most");
    line("digest", run.weightsDigest);
    line("error", run.error);
    std::string tags;
    for (const std::string& tag : run.tags) tags += (tags.empty() ? "" : ", ") + tag;
    line("tags", tags);
    line("note", run.note);

    if (const auto changed = changedKeys(reader, run); !changed.empty()) {
        if (output.form() != Form::Plain) out << "\n";
        Table table({{"changed key"}, {"value"}});
        for (const store::ConfigEntry& entry : changed) table.add({entry.key, store::toText(entry.value)});
        table.print(output);
    }
    Table table({{"metric"},
                 {"last", Table::Align::Right},
                 {"step", Table::Align::Right},
                 {"least", Table::Align::Right},
                 {"greatest", Table::Align::Right}});
    const auto extremes = reader.scalarExtremes(run.id);
    std::vector<store::NamedScalar> scalars = reader.lastScalars(run.id);
    const std::size_t all = scalars.size();
    // One number per layer or second is too much for a glance, unless a script reads it.
    if (output.form() != Form::Plain)
        std::erase_if(scalars, [](const store::NamedScalar& scalar) {
            return scalar.tag.starts_with("layers/") || scalar.tag.starts_with("perf/");
        });
    for (const store::NamedScalar& scalar : scalars) {
        std::string least, greatest;
        for (const store::ScalarExtremes& found : extremes) {
            if (found.tag != scalar.tag) continue;
            least = shortNumber(found.least);
            greatest = shortNumber(found.greatest);
        }
        table.add({scalar.tag, shortNumber(scalar.point.value), std::to_string(scalar.point.step), least,
                   greatest});
    }
    if (table.empty()) return;
    if (output.form() != Form::Plain) out << "\n";
    table.print(output);
    if (all > scalars.size())
        output.note(fmt::format("and {} more: filigree metrics {}", all - scalars.size(), run.id));
}

}  // namespace filigree::app
