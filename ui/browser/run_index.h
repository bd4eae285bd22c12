// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QHash>
#include <QObject>
#include <QTimer>
#include <map>
#include <memory>
#include <vector>

#include "ui/browser/run_table.h"
#include "ui/model/store_set.h"

namespace filigree::ui {

class Workspace;

/// All runs of all open stores, kept up to date. Everything is read and compared on workers, which hand over
/// whole tables: the UI thread only swaps pointers. First come the rows of all runs, then configurations and
/// metrics in batches, newest runs first. Later only what changed is read: rows of all runs, metrics of those
/// that gave a sign of life, configurations of new ones.
class RunIndex : public QObject {
    Q_OBJECT
  public:
    explicit RunIndex(StoreSet& stores, QObject* parent = nullptr);

    /// The index of a workspace, made at the first call and shared by all its pages.
    static RunIndex& of(Workspace& workspace);

    std::shared_ptr<const RunTable> table() const { return table_; }
    /// Rows of all stores are there (their configurations perhaps not yet).
    bool hasRows() const;
    /// Why a store could not be read; nullptr if it could.
    const Error* errorOf(const QString& store) const;
    QStringList storesWithErrors() const;

  signals:
    /// `table()` is another.
    void changed();
    void errorChanged();

  private:
    struct Entry {
        StoreSource* source = nullptr;
        std::shared_ptr<const StoreRows> rows;  ///< null until they were read
        std::vector<std::pair<qint64, qint64>>
            pending;  ///< runs (first, last) whose details are still to be read
        std::optional<Error> error;
        bool busy = false;
        bool dirty = false;
        bool triedToMigrate = false;
        qint64 lastCost_ms = 0;
        QElapsedTimer sinceRead;
    };
    void add(StoreSource* source);
    void read(Entry& entry);
    void readDetails(Entry& entry);
    void observe(Entry& entry);
    void failed(const QString& path, const Error& error);
    void finish(const QString& path);
    void deliver(const QString& path, std::shared_ptr<const StoreRows> rows);
    void publish();
    Entry* entryOf(const QString& path);

    StoreSet& stores_;
    std::shared_ptr<RunDictionary> dictionary_ = std::make_shared<RunDictionary>();
    std::vector<std::unique_ptr<Entry>> entries_;  ///< in the order of opening
    std::shared_ptr<const RunTable> table_ = std::make_shared<const RunTable>();
    QTimer observing_;
};

}  // namespace filigree::ui
