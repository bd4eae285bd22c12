// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/landscape/landscape_job.h"

#include <QFile>

#include "base/platform.h"
#include "base/process.h"

namespace filigree::ui {
namespace {

constexpr int look_ms = 200;
/// Of a program that was asked to stop and has kept what it had.
constexpr int interruptedCode = 130;

QString endOf(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return {};
    constexpr qint64 most = 2000;
    if (file.size() > most) file.seek(file.size() - most);
    return QString::fromUtf8(file.readAll()).trimmed();
}

}  // namespace

LandscapeJob::LandscapeJob(QObject* parent) : QObject(parent) {
    starting_.setMaxThreadCount(1);
    timer_.setInterval(look_ms);
    connect(&timer_, &QTimer::timeout, this, &LandscapeJob::look);
}

LandscapeJob::~LandscapeJob() {
    starting_.waitForDone();
    if (process_ != 0 && platform::processIsAlive(process_, startTime_)) platform::askToEnd(process_);
}

void LandscapeJob::start(const QString& program, const std::vector<std::string>& words,
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

void LandscapeJob::stop() {
    if (!running_ || stopping_) return;
    stopping_ = true;
    if (process_ != 0) platform::askToEnd(process_);
    emit changed();
}

void LandscapeJob::look() {
    if (platform::processIsAlive(process_, startTime_)) return;
    const std::optional<int> code = platform::forgetEnded(process_);
    const QString words = endOf(logPath());
    // Where no exit code is known (Windows), the program's own words tell.
    const bool failed = code ? *code != 0 && *code != interruptedCode && !stopping_
                             : !stopping_ && words.contains(QLatin1String("error:"));
    finish(failed ? End::Failed : stopping_ || code == interruptedCode ? End::Stopped : End::Done, words);
}

void LandscapeJob::finish(End how, const QString& words) {
    timer_.stop();
    process_ = 0;
    running_ = false;
    stopping_ = false;
    emit changed();
    emit ended(how, words);
}

}  // namespace filigree::ui
