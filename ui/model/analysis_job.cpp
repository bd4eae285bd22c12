// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/model/analysis_job.h"

#include <QFile>
#include <QStringList>

#include "base/platform.h"
#include "base/process.h"
#include "ui/model/last_words.h"

namespace filigree::ui {
namespace {

constexpr int look_ms = 200;
/// Of a program that was asked to stop and has kept what it had.
constexpr int interruptedCode = 130;

}  // namespace

Error analysisError(const QString& before, const QString& words) {
    const qsizetype place = words.lastIndexOf(QLatin1String("error: "));
    const QStringList lines = words.mid(place < 0 ? 0 : place + 7).split('\n', Qt::SkipEmptyParts);
    std::string where, advice;
    for (const QString& line : lines.mid(1)) {
        const QString text = line.trimmed();
        if (text.startsWith(QLatin1String("at ")))
            where = text.mid(3).toStdString();
        else
            advice += (advice.empty() ? "" : " ") + text.toStdString();
    }
    return Error(ErrorKind::Run,
                 before.toStdString() + ": " +
                     (lines.isEmpty() ? std::string("the program ended without a word")
                                      : lines.first().trimmed().toStdString()),
                 where, advice);
}

AnalysisJob::AnalysisJob(QObject* parent) : QObject(parent) {
    starting_.setMaxThreadCount(1);
    timer_.setInterval(look_ms);
    connect(&timer_, &QTimer::timeout, this, &AnalysisJob::look);
}

AnalysisJob::~AnalysisJob() {
    starting_.waitForDone();
    if (process_ != 0 && platform::processIsAlive(process_, startTime_)) platform::askToEnd(process_);
}

void AnalysisJob::start(const QString& program, const std::vector<std::string>& words,
                        const QString& folder) {
    if (running_) return;
    running_ = true;
    stopping_ = false;
    QFile::remove(logPath());
    platform::DetachedProgram process;
    process.program = program.toStdU16String();
    process.arguments = words;
    process.workingDirectory = folder.toStdU16String();
    process.errorLog = logPath().toStdU16String();
    // A new process comes when the system has time for it; the window does not wait for that.
    starting_.start([this, process] {
        try {
            const std::int64_t id = platform::startDetached(process);
            const std::int64_t time = platform::processStartTime(id);
            QMetaObject::invokeMethod(
                this,
                [this, id, time] {
                    process_ = id;
                    startTime_ = time;
                    timer_.start();
                    // Stopped before it was there.
                    if (stopping_) platform::askToEnd(id);
                    emit changed();
                },
                Qt::QueuedConnection);
        } catch (const Error& error) {
            const QString words_ = QString::fromStdString(error.what());
            QMetaObject::invokeMethod(
                this, [this, words_] { finish(End::Failed, words_); }, Qt::QueuedConnection);
        }
    });
    emit changed();
}

void AnalysisJob::stop() {
    if (!running_ || stopping_) return;
    stopping_ = true;
    if (process_ != 0) platform::askToEnd(process_);
    emit changed();
}

void AnalysisJob::look() {
    if (platform::processIsAlive(process_, startTime_)) return;
    const std::optional<int> code = platform::forgetEnded(process_);
    const QString words = lastWordsOf(logPath());
    // Where no exit code is known (Windows), the program's own words tell.
    const bool failed = code ? *code != 0 && *code != interruptedCode && !stopping_
                             : !stopping_ && words.contains(QLatin1String("error:"));
    finish(failed ? End::Failed : stopping_ || code == interruptedCode ? End::Stopped : End::Done, words);
}

void AnalysisJob::finish(End how, const QString& words) {
    timer_.stop();
    process_ = 0;
    running_ = false;
    stopping_ = false;
    emit changed();
    emit ended(how, words);
}

}  // namespace filigree::ui
