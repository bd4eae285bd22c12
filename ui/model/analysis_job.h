// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QTemporaryDir>
#include <QThreadPool>
#include <QTimer>
#include <string>
#include <vector>

#include "base/error.h"

namespace filigree::ui {

/// What a failed analysis told of itself: "error: what", "  at where", "  what to do". `before` begins the
/// message: "the landscape was not computed".
Error analysisError(const QString& before, const QString& words);

/// One analysis of a run, by the command line program as a process of its own. What it has computed
/// is read from the store; this knows only whether it goes on and how it ended.
class AnalysisJob : public QObject {
    Q_OBJECT
  public:
    enum class End { Done, Stopped, Failed };
    Q_ENUM(End)

    explicit AnalysisJob(QObject* parent = nullptr);
    /// A process that still runs is asked to stop: what it has is in the store.
    ~AnalysisJob() override;

    /// Does nothing while one runs.
    void start(const QString& program, const std::vector<std::string>& words, const QString& folder);
    /// Asks the process to stop; `ended` comes when it has, with what it has in the store.
    void stop();
    /// From `start` to `ended`.
    bool isRunning() const { return running_; }
    bool isStopping() const { return stopping_; }

  signals:
    void changed();
    /// `words`: the end of what it told of itself, the error if it failed.
    void ended(filigree::ui::AnalysisJob::End how, const QString& words);

  private:
    void look();
    void finish(End how, const QString& words);
    QString logPath() const { return logs_.filePath(QStringLiteral("analysis.log")); }

    QTemporaryDir logs_;
    QTimer timer_;
    QThreadPool starting_;
    qint64 process_ = 0;  ///< 0: none that is known
    qint64 startTime_ = 0;
    bool running_ = false;
    bool stopping_ = false;
};

}  // namespace filigree::ui
