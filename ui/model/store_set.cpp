// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/model/store_set.h"

#include <QDir>
#include <QFileInfo>
#include <algorithm>

namespace filigree::ui {

StoreSet::~StoreSet() = default;

StoreSource* StoreSet::find(const QString& path) const {
    for (const auto& source : sources_)
        if (source->path() == path) return source.get();
    return nullptr;
}

StoreSource* StoreSet::open(const QString& path) {
    const QString absolute = QFileInfo(path).absoluteFilePath();
    remember(absolute);
    if (StoreSource* there = find(absolute)) return there;
    sources_.push_back(std::make_unique<StoreSource>(absolute));
    StoreSource* source = sources_.back().get();
    emit opened(source);
    if (sources_.size() == 1) emit targetChanged();
    return source;
}

int StoreSet::openFolder(const QString& folder) {
    const QDir directory(folder);
    const QStringList files = directory.entryList({QStringLiteral("*.filigree")}, QDir::Files, QDir::Name);
    for (const QString& file : files) open(directory.absoluteFilePath(file));
    return static_cast<int>(files.size());
}

void StoreSet::close(const QString& path) {
    const auto at = std::find_if(sources_.begin(), sources_.end(),
                                 [&](const auto& source) { return source->path() == path; });
    if (at == sources_.end()) return;
    emit aboutToClose(at->get());
    const auto closing = std::move(*at);
    sources_.erase(at);
    if (target_ == path) target_.clear();
    emit targetChanged();
}

StoreSource* StoreSet::target() const {
    if (StoreSource* chosen = find(target_)) return chosen;
    return sources_.empty() ? nullptr : sources_.front().get();
}

void StoreSet::setTarget(const QString& path) {
    target_ = path;
    emit targetChanged();
}

void StoreSet::setRecent(const QStringList& paths) {
    recent_ = paths;
    emit recentChanged();
}

void StoreSet::remember(const QString& path) {
    recent_.removeAll(path);
    recent_.prepend(path);
    while (recent_.size() > 12) recent_.removeLast();
    emit recentChanged();
}

}  // namespace filigree::ui
