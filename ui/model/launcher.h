// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QThreadPool>
#include <QTimer>
#include <vector>

#include "config/run_file.h"
#include "ui/model/store_set.h"

namespace filigree::ui {

/// Starts runs as processes of their own, which outlive the window. A run is first written into the store as
/// queued, so its id is known at once and it is seen whatever becomes of its process.
class Launcher : public QObject {
    Q_OBJECT
  public:
    /// `program`: the command line program `filigree`; empty: the one beside this program.
    explicit Launcher(StoreSet& stores, const QString& program = {}, QObject* parent = nullptr);
    /// Waits for processes that are being started, not for their ends.
    ~Launcher() override;

    /// Queues a new run in `stores.target()` and starts its process. `started` comes when the process runs,
    /// `failed` if it does not.
    void start(const config::RunFile& file);
    /// Queues it and leaves it to `resume` to start it.
    void queue(const config::RunFile& file);
    /// Goes on with a run that was queued, stopped, interrupted or has failed.
    void resume(const RunKey& key);

    const QString& program() const { return program_; }
    /// The folder with what the processes printed, one file a run.
    static QString logFolder();

  signals:
    void queued(const filigree::ui::RunKey& key);
    void started(const filigree::ui::RunKey& key);
    void failed(const filigree::Error& error);
    /// A process that this window started is gone. `lastWords`: the end of what it printed.
    void ended(const filigree::ui::RunKey& key, const QString& lastWords);

  private:
    struct Child {
        RunKey key;
        qint64 pid;
        qint64 startTime;
        QString log;
    };
    void enqueue(const config::RunFile& file, bool launchNow);
    void launch(const RunKey& key);
    void watch(const Child& child);
    void look();

    StoreSet& stores_;
    QString program_;
    std::vector<Child> children_;
    QTimer timer_;
    QThreadPool starting_;
};

}  // namespace filigree::ui
