// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QStringList>
#include <memory>
#include <vector>

#include "ui/model/run_key.h"
#include "ui/model/store_source.h"

namespace filigree::ui {

/// The stores that are open, and those that were lately.
class StoreSet : public QObject {
    Q_OBJECT
  public:
    explicit StoreSet(QObject* parent = nullptr) : QObject(parent) {}
    ~StoreSet() override;

    /// Opens a store, or returns it if it is open. The file need not exist yet: a run that is started makes
    /// it.
    StoreSource* open(const QString& path);
    /// Opens every `*.filigree` of a folder (not of folders in it); returns how many there were.
    int openFolder(const QString& folder);
    void close(const QString& path);

    const std::vector<std::unique_ptr<StoreSource>>& sources() const { return sources_; }
    StoreSource* find(const QString& path) const;  ///< nullptr if it is not open
    StoreSource* of(const RunKey& key) const { return find(key.store); }

    /// Where new runs go: the store opened first, unless another was chosen.
    StoreSource* target() const;
    void setTarget(const QString& path);

    const QStringList& recent() const { return recent_; }  ///< newest first, at most 12
    void setRecent(const QStringList& paths);

  signals:
    void opened(StoreSource* source);
    void aboutToClose(StoreSource* source);
    void recentChanged();
    void targetChanged();

  private:
    void remember(const QString& path);

    std::vector<std::unique_ptr<StoreSource>> sources_;
    QString target_;
    QStringList recent_;
};

}  // namespace filigree::ui
