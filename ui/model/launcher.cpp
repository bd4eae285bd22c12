// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/model/launcher.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <utility>

#include "base/platform.h"
#include "base/process.h"
#include "run/runner.h"
#include "ui/model/last_words.h"

namespace filigree::ui {
namespace {

constexpr int look_ms = 500;

QString besideThisProgram() {
    return QDir(QCoreApplication::applicationDirPath()).absoluteFilePath(QStringLiteral("filigree"));
}

}  // namespace

Launcher::Launcher(StoreSet& stores, const QString& program, QObject* parent)
    : QObject(parent), stores_(stores), program_(program.isEmpty() ? besideThisProgram() : program) {
    starting_.setMaxThreadCount(1);
    timer_.setInterval(look_ms);
    connect(&timer_, &QTimer::timeout, this, &Launcher::look);
}

Launcher::~Launcher() {
    starting_.waitForDone();
}

QString Launcher::logFolder() {
    return QDir(QString::fromStdU16String(platform::folders().state.u16string()))
        .absoluteFilePath(QStringLiteral("runs"));
}

void Launcher::start(const config::RunFile& file) {
    enqueue(file, true);
}

void Launcher::queue(const config::RunFile& file) {
    enqueue(file, false);
}

void Launcher::enqueue(const config::RunFile& file, bool launchNow) {
    StoreSource* target = stores_.target();
    if (!target) {
        emit failed(Error(ErrorKind::Usage, "no store is open", "", "open or make one first (Ctrl+O)"));
        return;
    }
    target->write(
        this,
        [file](store::Store& store) {
            run::RunRequest request;
            request.store = store.path();
            request.file = file;
            return run::queueRun(request);
        },
        [this, launchNow, path = target->path()](std::int64_t run) {
            const RunKey key{path, run};
            emit queued(key);
            if (launchNow) launch(key);
        },
        [this](const Error& error) { emit failed(error); });
}

void Launcher::resume(const RunKey& key) {
    launch(key);
}

void Launcher::launch(const RunKey& key) {
    QDir().mkpath(logFolder());
    // Two stores may have a run of the same number.
    const QString store = QString::fromLatin1(
        QCryptographicHash::hash(key.store.toUtf8(), QCryptographicHash::Sha1).toHex().left(8));
    const QString log =
        QDir(logFolder()).absoluteFilePath(QStringLiteral("%1-%2.log").arg(store).arg(key.run));
    QFile::remove(log);
    platform::DetachedProgram process;
    process.program = program_.toStdU16String();
    process.arguments = {"resume", std::to_string(key.run), "--store", key.store.toStdString(), "--progress",
                         "none"};
    process.workingDirectory = QFileInfo(key.store).absolutePath().toStdU16String();
    process.errorLog = log.toStdU16String();
    // A new process comes when the system has time for it; the window does not wait for that.
    starting_.start([this, key, log, process] {
        try {
            const std::int64_t pid = platform::startDetached(process);
            const Child child{key, pid, platform::processStartTime(pid), log};
            QMetaObject::invokeMethod(
                this, [this, child] { watch(child); }, Qt::QueuedConnection);
        } catch (const Error& error) {
            const Error told(ErrorKind::Run, "the run's process could not be started: " + error.message(),
                             error.where(), "is the program filigree there, beside the window's?");
            QMetaObject::invokeMethod(
                this, [this, told] { emit failed(told); }, Qt::QueuedConnection);
        }
    });
}

void Launcher::watch(const Child& child) {
    children_.push_back(child);
    timer_.start();
    emit started(child.key);
}

void Launcher::look() {
    std::vector<Child> gone;
    std::erase_if(children_, [&](const Child& child) {
        if (platform::processIsAlive(child.pid, child.startTime)) return false;
        platform::forgetEnded(child.pid);
        gone.push_back(child);
        return true;
    });
    if (children_.empty()) timer_.stop();
    for (const Child& child : gone) emit ended(child.key, lastWordsOf(child.log));
}

}  // namespace filigree::ui
