// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>
#include <vector>

#include "base/error.h"
#include "ui/model/run_key.h"

namespace filigree::ui {

class Workspace;

/// Sends commands to a run through its store and reports what became of them.
class RunCommands : public QObject {
    Q_OBJECT
  public:
    explicit RunCommands(Workspace& workspace, QObject* parent);

    /// Verbs and arguments as store/commands.h says.
    void send(const RunKey& run, const QString& verb, const QString& argument = {});
    bool isWaiting() const { return !waiting_.empty(); }

  signals:
    /// `answer`: "ok", or why not.
    void answered(const filigree::ui::RunKey& run, const QString& verb, const QString& answer);
    /// The run has not answered for ten seconds; it may be in a long step.
    void slow(const filigree::ui::RunKey& run, const QString& verb);
    void failed(const filigree::Error& error);
    void waitingChanged();

  private:
    struct Waiting {
        RunKey run;
        qint64 id;
        QString verb;
        double since;
        bool told = false;
    };
    void look();

    Workspace& workspace_;
    std::vector<Waiting> waiting_;
    QTimer timer_;
};

}  // namespace filigree::ui
