// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run/config_panel.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>

#include "run/shared_schema.h"
#include "ui/model/workspace.h"

namespace filigree::ui {
namespace {

/// In single quotes where a shell would take a character for its own.
std::string quoted(const std::string& word) {
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("._-/=:,+").find(c) != std::string_view::npos;
    });
    if (plain) return word;
    std::string result = "'";
    for (const char c : word) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

}  // namespace

std::vector<ConfigLine> configLines(const config::Config& config, const config::Config& base) {
    std::vector<ConfigLine> lines;
    for (const config::Field& field : config.schema().fields()) {
        ConfigLine line{field.key, config::toToml(config.value(field.key)),
                        config::toToml(base.value(field.key)), field.help, false};
        // The number of threads is settled when the run starts; 0 asks for as many as there are.
        const bool settled = field.key == "run.threads" && line.preset == "0";
        line.differs = line.value != line.preset && !settled;
        if (!field.unit.empty()) line.help += " (" + field.unit + ")";
        lines.push_back(std::move(line));
    }
    std::stable_partition(lines.begin(), lines.end(), [](const ConfigLine& line) { return line.differs; });
    return lines;
}

std::string commandFor(const store::RunInfo& run, const std::vector<ConfigLine>& lines) {
    std::string command = "filigree run " + quoted(run.preset.empty() ? "FILE.toml" : run.preset);
    for (const ConfigLine& line : lines)
        if (line.differs) command += " --set " + quoted(line.key + "=" + line.value);
    return command + " --seed " + std::to_string(run.seed);
}

ConfigPanel::ConfigPanel(Workspace& workspace, QWidget* parent)
    : RunPanel(workspace, parent),
      model_(new RowsModel(workspace.theme, {tr("Key"), tr("Value"), tr("Preset")}, this)),
      filter_(new QLineEdit(this)),
      note_(new QLabel(this)),
      copyToml_(new QPushButton(tr("Copy TOML"), this)),
      copyCommand_(new QPushButton(tr("Copy command"), this)) {
    filter_->setObjectName(QStringLiteral("configFilter"));
    filter_->setAccessibleName(tr("Filter keys and values"));
    filter_->setPlaceholderText(tr("Filter keys and values"));
    filter_->setClearButtonEnabled(true);
    note_->setProperty("role", "secondary");
    note_->setObjectName(QStringLiteral("configNote"));
    note_->setWordWrap(true);
    copyToml_->setObjectName(QStringLiteral("configCopyToml"));
    copyCommand_->setObjectName(QStringLiteral("configCopyCommand"));
    copyToml_->setToolTip(tr("The whole configuration as a file that runs again"));
    copyCommand_->setToolTip(tr("The command line that repeats this run"));
    QTableView* table = makeTable(model_, QStringLiteral("configTable"), tr("Configuration"), this);
    table->horizontalHeader()->setStretchLastSection(false);
    table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    table->setColumnWidth(1, 104);
    table->setColumnWidth(2, 80);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(copyToml_);
    buttons->addWidget(copyCommand_);
    buttons->addStretch(1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 8);
    column->setSpacing(8);
    column->addWidget(filter_);
    column->addWidget(note_);
    column->addWidget(table, 1);
    column->addLayout(buttons);
    connect(filter_, &QLineEdit::textChanged, this, &ConfigPanel::fill);
    connect(copyToml_, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(toml_); });
    connect(copyCommand_, &QPushButton::clicked, this,
            [this] { QApplication::clipboard()->setText(command_); });
    connect(&workspace_.presets, &PresetList::loaded, this, &ConfigPanel::refresh);
}

void ConfigPanel::focusFilter() {
    filter_->setFocus(Qt::ShortcutFocusReason);
}

void ConfigPanel::reset() {
    lines_.clear();
    toml_.clear();
    command_.clear();
    fill();
}

void ConfigPanel::load(StoreSource& source) {
    workspace_.presets.need();
    // A configuration is never changed after the start.
    if (!lines_.empty() && hadPresets_) return done();
    request_ = source.read(
        this,
        [run = run_.run](const store::Reader& reader) {
            return Loaded{reader.run(run), reader.configToml(run)};
        },
        [this](const Loaded& loaded) {
            apply(loaded);
            done();
        },
        onError());
}

void ConfigPanel::apply(const Loaded& loaded) {
    hadPresets_ = workspace_.presets.isLoaded();
    try {
        const config::Schema& schema = run::schemaOf(loaded.run.method);
        const config::Config config = config::Config::parse(schema, loaded.toml, "configuration");
        const PresetEntry* preset = workspace_.presets.find(QString::fromStdString(loaded.run.preset));
        const bool usable = preset && preset->file.method == loaded.run.method;
        lines_ = configLines(config, usable ? preset->file.config : config::Config::defaults(schema));
        config::RunFile file{loaded.run.method,
                             loaded.run.preset,
                             "",
                             "",
                             loaded.run.name,
                             0,
                             static_cast<std::uint64_t>(loaded.run.seed),
                             config};
        toml_ = QString::fromStdString(config::toToml(file));
        const auto differ =
            std::count_if(lines_.begin(), lines_.end(), [](const ConfigLine& l) { return l.differs; });
        const QString against = usable
                                    ? tr("the preset %1").arg(QString::fromStdString(loaded.run.preset))
                                    : tr("the defaults of %1").arg(QString::fromStdString(loaded.run.method));
        note_->setText(differ == 0   ? tr("Exactly as %1.").arg(against)
                       : differ == 1 ? tr("One value differs from %1.").arg(against)
                                     : tr("%1 values differ from %2.").arg(differ).arg(against));
    } catch (const Error&) {
        // A method that this version does not know: what is stored can still be read.
        lines_.clear();
        toml_ = QString::fromStdString(loaded.toml);
        for (const QString& text : toml_.split('\n', Qt::SkipEmptyParts)) {
            const qsizetype equals = text.indexOf(QLatin1String(" = "));
            if (equals > 0)
                lines_.push_back(
                    {text.left(equals).toStdString(), text.mid(equals + 3).toStdString(), "", "", false});
        }
        note_->setText(
            tr("This version does not know the method %1.").arg(QString::fromStdString(loaded.run.method)));
    }
    command_ = QString::fromStdString(commandFor(loaded.run, lines_));
    fill();
}

void ConfigPanel::fill() {
    const QString filter = filter_->text().trimmed();
    std::vector<RowsModel::Row> rows;
    for (const ConfigLine& line : lines_) {
        const QString key = QString::fromStdString(line.key), value = QString::fromStdString(line.value);
        if (!key.contains(filter, Qt::CaseInsensitive) && !value.contains(filter, Qt::CaseInsensitive))
            continue;
        RowsModel::Row row;
        row.cells = {key, value, line.differs ? QString::fromStdString(line.preset) : QString()};
        row.tips = {QString::fromStdString(line.help)};
        row.bold = line.differs;
        rows.push_back(std::move(row));
    }
    model_->setRows(std::move(rows));
    copyToml_->setEnabled(!toml_.isEmpty());
    copyCommand_->setEnabled(!toml_.isEmpty());
    note_->setVisible(!note_->text().isEmpty());
}

}  // namespace filigree::ui
