// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/experiment_draft.h"

#include <QUndoCommand>
#include <utility>

#include "run/shared_schema.h"
#include "ui/start/seed_list.h"

namespace filigree::ui {
namespace {

constexpr int setTextId = 1;
constexpr int replaceId = 2;

QString key(const config::Field& field) {
    return QString::fromStdString(field.key);
}

const QString& nothing() {
    static const QString text;
    return text;
}

}  // namespace

/// Typing on in one field is one step.
class ExperimentDraft::SetText : public QUndoCommand {
  public:
    SetText(ExperimentDraft& draft, const QString& key, const QString& after, int serial)
        : QUndoCommand(tr("Edit %1").arg(key)),
          draft_(draft),
          key_(key),
          before_(draft.text(key)),
          after_(after),
          serial_(serial) {}
    int id() const override { return setTextId; }
    void undo() override { draft_.put(key_, before_); }
    void redo() override { draft_.put(key_, after_); }
    bool mergeWith(const QUndoCommand* other) override {
        const auto* next = static_cast<const SetText*>(other);
        if (next->key_ != key_ || next->serial_ != serial_) return false;
        after_ = next->after_;
        setObsolete(after_ == before_);
        return true;
    }

  private:
    ExperimentDraft& draft_;
    QString key_, before_, after_;
    int serial_;
};

class ExperimentDraft::Replace : public QUndoCommand {
  public:
    Replace(ExperimentDraft& draft, Content after, const QString& what, int serial)
        : QUndoCommand(what), draft_(draft), before_(draft.now_), after_(std::move(after)), serial_(serial) {}
    int id() const override { return replaceId; }
    void undo() override { draft_.put(before_); }
    void redo() override { draft_.put(after_); }
    bool mergeWith(const QUndoCommand* other) override {
        const auto* next = static_cast<const Replace*>(other);
        if (next->text() != text() || next->serial_ != serial_) return false;
        after_ = next->after_;
        return true;
    }

  private:
    ExperimentDraft& draft_;
    Content before_, after_;
    int serial_;
};

ExperimentDraft::ExperimentDraft(QObject* parent) : QObject(parent) {
    edits_.setUndoLimit(500);
}

ExperimentDraft::Content ExperimentDraft::contentOf(const config::RunFile& file,
                                                    const config::RunFile& base) {
    Content content;
    content.base = std::make_shared<const config::RunFile>(base);
    content.title = file.title;
    content.description = file.description;
    content.preset = file.preset;
    content.minutes = file.minutes;
    content.name = QString::fromStdString(file.name);
    content.seeds = file.seed ? QString::number(*file.seed) : QString();
    for (const config::Field& field : base.config.schema().fields())
        content.texts.push_back(writeField(file.config.value(field.key)));
    return content;
}

void ExperimentDraft::begin(const config::RunFile& file, const config::RunFile& base) {
    edits_.clear();
    put(contentOf(file, base));
}

void ExperimentDraft::replace(const config::RunFile& file, const config::RunFile& base, const QString& what) {
    edits_.push(new Replace(*this, contentOf(file, base), what, serial_));
}

QString* ExperimentDraft::place(const QString& key) {
    return const_cast<QString*>(std::as_const(*this).place(key));
}

const QString* ExperimentDraft::place(const QString& key) const {
    if (!now_.base) return nullptr;
    if (key == QLatin1String("name")) return &now_.name;
    if (key == QLatin1String("seeds")) return &now_.seeds;
    const config::Field* field = schema().find(key.toStdString());
    return field ? &now_.texts[static_cast<std::size_t>(field - schema().fields().data())] : nullptr;
}

const QString& ExperimentDraft::text(const QString& key) const {
    const QString* found = place(key);
    return found ? *found : nothing();
}

void ExperimentDraft::setText(const QString& key, const QString& text) {
    const QString* found = place(key);
    if (found && *found != text) edits_.push(new SetText(*this, key, text, serial_));
}

void ExperimentDraft::put(const QString& key, const QString& text) {
    QString* found = place(key);
    if (!found || *found == text) return;
    *found = text;
    emit changed(key);
}

void ExperimentDraft::put(const Content& content) {
    now_ = content;
    emit replaced();
}

QString ExperimentDraft::baseText(const QString& key) const {
    if (key == QLatin1String("name")) return QString::fromStdString(base().name);
    if (key == QLatin1String("seeds")) return base().seed ? QString::number(*base().seed) : QString();
    return writeField(base().config.value(key.toStdString()));
}

bool ExperimentDraft::isChanged(const QString& key) const {
    const config::Field* field = schema().find(key.toStdString());
    if (!field) return text(key) != baseText(key);
    // "1e-1" is no change of 0.1.
    const FieldReading reading = readField(*field, text(key));
    return !reading.value || *reading.value != base().config.value(field->key);
}

QStringList ExperimentDraft::changedKeys() const {
    QStringList keys;
    for (const config::Field& field : schema().fields())
        if (isChanged(key(field))) keys.append(key(field));
    return keys;
}

QString ExperimentDraft::problem(const QString& key) const {
    if (key == QLatin1String("seeds")) return readSeeds(now_.seeds).problem;
    const config::Field* field = schema().find(key.toStdString());
    return field ? readField(*field, text(key)).problem : QString();
}

QString ExperimentDraft::firstProblemKey() const {
    if (!problem(QStringLiteral("seeds")).isEmpty()) return QStringLiteral("seeds");
    for (const config::Field& field : schema().fields())
        if (!problem(key(field)).isEmpty()) return key(field);
    return {};
}

std::optional<config::RunFile> ExperimentDraft::file() const {
    if (!now_.base) return std::nullopt;
    config::RunFile file{now_.base->method,
                         now_.preset,
                         now_.title,
                         now_.description,
                         now_.name.trimmed().toStdString(),
                         now_.minutes,
                         std::nullopt,
                         config::Config::defaults(schema())};
    for (std::size_t i = 0; i < now_.texts.size(); ++i) {
        const config::Field& field = schema().fields()[i];
        FieldReading reading = readField(field, now_.texts[i]);
        if (!reading.value) return std::nullopt;
        file.config.assign(field.key, std::move(*reading.value), "form");
    }
    const SeedList seeds = readSeeds(now_.seeds);
    if (!now_.seeds.trimmed().isEmpty() && seeds.seeds.size() == 1) file.seed = seeds.seeds.front();
    return file;
}

std::vector<config::RunFile> ExperimentDraft::runs() const {
    std::vector<config::RunFile> runs;
    const SeedList seeds = readSeeds(now_.seeds);
    const auto one = file();
    if (!one || !seeds.problem.isEmpty()) return runs;
    for (const std::uint64_t seed : seeds.seeds) {
        runs.push_back(*one);
        runs.back().seed = seed;
        if (seeds.seeds.size() > 1 && !one->name.empty())
            runs.back().name = one->name + " seed " + std::to_string(seed);
    }
    return runs;
}

QString ExperimentDraft::toToml(bool everyKey) const {
    const auto whole = file();
    if (!whole) return {};
    if (everyKey) return QString::fromStdString(config::toToml(*whole));
    config::RunFile heading = *whole;
    config::Schema none;
    heading.config = config::Config::defaults(none);
    QString toml = QString::fromStdString(config::toToml(heading)).trimmed() + '\n';
    std::string table;
    for (const config::Field& field : schema().fields()) {
        if (whole->config.isDefault(field.key)) continue;
        if (field.table() != table) {
            table = field.table();
            toml += QStringLiteral("\n[%1]\n").arg(QString::fromStdString(table));
        }
        toml +=
            QString::fromStdString(field.name() + " = " + config::toToml(whole->config.value(field.key))) +
            '\n';
    }
    return toml;
}

void ExperimentDraft::readToml(const QString& toml) {
    config::RunFile read = config::parseRunFile(toml.toStdString(), "TOML", run::schemaOf);
    read.preset = now_.preset;
    const bool sameMethod = read.method == now_.base->method;
    const config::RunFile standard{read.method, {}, {}, {},
                                   {},          0,  {}, config::Config::defaults(read.config.schema())};
    if (!sameMethod) read.preset.clear();
    Content content = contentOf(read, sameMethod ? *now_.base : standard);
    // Several seeds are not part of the file.
    if (!read.seed && readSeeds(now_.seeds).seeds.size() > 1) content.seeds = now_.seeds;
    edits_.push(new Replace(*this, std::move(content), tr("Edit TOML"), serial_));
}

QJsonObject ExperimentDraft::save() const {
    if (!now_.base) return {};
    QJsonObject values;
    for (std::size_t i = 0; i < now_.texts.size(); ++i)
        values.insert(key(schema().fields()[i]), now_.texts[i]);
    return {{QStringLiteral("base"), QString::fromStdString(config::toToml(*now_.base))},
            {QStringLiteral("basePreset"), QString::fromStdString(now_.base->preset)},
            {QStringLiteral("preset"), QString::fromStdString(now_.preset)},
            {QStringLiteral("title"), QString::fromStdString(now_.title)},
            {QStringLiteral("description"), QString::fromStdString(now_.description)},
            {QStringLiteral("minutes"), now_.minutes},
            {QStringLiteral("name"), now_.name},
            {QStringLiteral("seeds"), now_.seeds},
            {QStringLiteral("values"), values}};
}

bool ExperimentDraft::restore(const QJsonObject& state) {
    try {
        config::RunFile base = config::parseRunFile(
            state.value(QLatin1String("base")).toString().toStdString(), "draft", run::schemaOf);
        base.preset = state.value(QLatin1String("basePreset")).toString().toStdString();
        Content content = contentOf(base, base);
        content.preset = state.value(QLatin1String("preset")).toString().toStdString();
        content.title = state.value(QLatin1String("title")).toString().toStdString();
        content.description = state.value(QLatin1String("description")).toString().toStdString();
        content.minutes = state.value(QLatin1String("minutes")).toDouble();
        content.name = state.value(QLatin1String("name")).toString();
        content.seeds = state.value(QLatin1String("seeds")).toString();
        const QJsonObject values = state.value(QLatin1String("values")).toObject();
        for (std::size_t i = 0; i < content.texts.size(); ++i) {
            const QJsonValue value = values.value(key(base.config.schema().fields()[i]));
            if (value.isString()) content.texts[i] = value.toString();
        }
        edits_.clear();
        put(content);
        return true;
    } catch (const Error&) {
        return false;
    }
}

}  // namespace filigree::ui
