// SPDX-License-Identifier: GPL-3.0-or-later
#include "program.h"

#include <QElapsedTimer>
#include <QFile>
#include <QThread>

Program::Program() {
    const QProcessEnvironment system = QProcessEnvironment::systemEnvironment();
    // What programs and sanitizers need, and nothing that Filigree reads.
    for (const QString& name : system.keys())
        if (!name.startsWith("FILIGREE_") && !name.startsWith("XDG_") && name != "NO_COLOR")
            environment_.insert(name, system.value(name));
    environment_.insert("HOME", folder_.path());
    environment_.insert("APPDATA", folder_.path());
    environment_.insert("LOCALAPPDATA", folder_.path());
    environment_.insert("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
}

void Program::write(const QString& name, const QByteArray& text) const {
    QFile file(path(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("cannot write %s", qPrintable(name));
}

std::unique_ptr<QProcess> Program::start(const QStringList& arguments) const {
    auto process = std::make_unique<QProcess>();
    process->setProcessEnvironment(environment_);
    process->setWorkingDirectory(folder_.path());
    process->start(FILIGREE_PROGRAM, arguments);
    if (!process->waitForStarted()) qFatal("%s does not start", FILIGREE_PROGRAM);
    return process;
}

Outcome Program::finish(QProcess& process) {
    process.closeWriteChannel();
    if (!process.waitForFinished(120000)) {
        process.kill();
        process.waitForFinished();
        return {-1, process.readAllStandardOutput(), "timed out: " + process.readAllStandardError()};
    }
    const int code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2;
    return {code, process.readAllStandardOutput(), process.readAllStandardError()};
}

Outcome Program::run(const QStringList& arguments, const QByteArray& input) const {
    const auto process = start(arguments);
    process->write(input);
    return finish(*process);
}

QStringList Program::longRun() {
    return {"run",       "digits",
            "--threads", "1",
            "--set",     "train.epochs=100000",
            "--set",     "record.scalars_every=1000"};
}

bool Program::waitFor(const char* status, int timeout_ms) const {
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < timeout_ms) {
        const Outcome shown = run({"show", "1", "--json"});
        const auto json = shown.json();
        if (shown.code == 0 && json["status"] == status && json["steps"] > 0) return true;
        QThread::msleep(100);
    }
    return false;
}
