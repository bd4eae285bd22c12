// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/model/preset_list.h"

#include <QDir>
#include <QFileInfo>
#include <QMetaObject>
#include <QRegularExpression>

#include "base/platform.h"
#include "data/catalogue.h"
#include "data/search_path.h"
#include "run/method_names.h"
#include "run/presets.h"

namespace filigree::ui {
namespace {

QString text(const std::filesystem::path& path) {
    return QString::fromStdU16String(path.u16string());
}

QString missingDataOf(const config::Config& config) {
    if (!config.schema().find("data.name")) return {};
    const data::DatasetInfo& info = data::datasetInfo(config.text("data.name"));
    if (info.origin == data::Origin::Embedded || info.origin == data::Origin::Generated) return {};
    if (data::findFiles(info, "train", data::searchPath()).found) return {};
    return QString::fromStdString(data::howToGet(info));
}

struct Found {
    std::vector<PresetEntry> entries;
    QStringList problems;
};

Found readAll() {
    Found found;
    try {
        for (const run::Preset& preset : run::presets()) {
            // One bad file must not hide the others.
            try {
                PresetEntry entry{run::read(preset), {}, text(preset.path), {}, {}, preset.own, {}};
                entry.methodTitle = QString::fromStdString(run::methodTitle(entry.file.method));
                const QString stem = entry.path.chopped(5);
                if (QFileInfo::exists(stem + QStringLiteral(".png"))) {
                    entry.picture = stem + QStringLiteral(".png");
                    const QString dark = stem + QStringLiteral("-dark.png");
                    entry.darkPicture = QFileInfo::exists(dark) ? dark : entry.picture;
                }
                entry.missingData = missingDataOf(entry.file.config);
                found.entries.push_back(std::move(entry));
            } catch (const Error& error) {
                found.problems.append(QString::fromUtf8(error.what()));
            }
        }
    } catch (const Error& error) {
        found.problems.append(QString::fromUtf8(error.what()));
    }
    return found;
}

}  // namespace

PresetList::PresetList(QObject* parent) : QObject(parent) {
    worker_.setMaxThreadCount(1);
}

PresetList::~PresetList() {
    worker_.waitForDone();
}

void PresetList::need() {
    if (!loaded_ && !loading_) load();
}

void PresetList::load() {
    loading_ = true;
    worker_.start([this] {
        auto found = std::make_shared<Found>(readAll());
        QMetaObject::invokeMethod(
            this,
            [this, found] {
                entries_ = std::move(found->entries);
                problems_ = std::move(found->problems);
                loaded_ = true;
                loading_ = false;
                emit loaded();
            },
            Qt::QueuedConnection);
    });
}

const PresetEntry* PresetList::find(const QString& name) const {
    for (const PresetEntry& entry : entries_)
        if (entry.name() == name) return &entry;
    return nullptr;
}

QString PresetList::save(const config::RunFile& file, const QString& name) {
    static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9][A-Za-z0-9_.-]{0,60}$"));
    if (!plain.match(name).hasMatch())
        throw Error(ErrorKind::Usage, "a preset cannot be called \"" + name.toStdString() + "\"", "",
                    "use letters, digits, '-', '_' and '.'");
    const QString full = QString::fromStdString(file.method) + '/' + name;
    if (const PresetEntry* there = find(full); there && !there->own)
        throw Error(ErrorKind::Usage,
                    "a preset that came with the program is called \"" + full.toStdString() + '"', "",
                    "choose another name");
    const std::filesystem::path folder = run::ownPresetsFolder() / file.method;
    std::error_code code;
    std::filesystem::create_directories(folder, code);
    if (code) throw Error(ErrorKind::Usage, "cannot make the folder: " + code.message(), folder.string());
    const std::filesystem::path path = folder / (name.toStdString() + ".toml");
    const std::string toml = config::toToml(file);
    platform::writeFileDurably(path, toml.data(), toml.size());
    load();
    return text(path);
}

}  // namespace filigree::ui
