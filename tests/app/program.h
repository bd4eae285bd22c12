// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProcess>
#include <QTemporaryDir>
#include <memory>
#include <nlohmann/json.hpp>

/// What a call of the program left behind.
struct Outcome {
    int code = -1;
    QByteArray out;
    QByteArray err;
    /// What it printed; an empty object if that is no JSON.
    nlohmann::json json() const {
        auto parsed = nlohmann::json::parse(out.toStdString(), nullptr, false);
        return parsed.is_discarded() ? nlohmann::json::object() : parsed;
    }
};

/// The real program in a folder of its own: nothing of the person's settings, runs or variables is seen.
class Program {
  public:
    Program();

    QString path(const QString& name) const { return folder_.filePath(name); }
    void setVariable(const QString& name, const QString& value) { environment_.insert(name, value); }
    void write(const QString& name, const QByteArray& text) const;

    Outcome run(const QStringList& arguments, const QByteArray& input = {}) const;
    /// Starts it and returns at once.
    std::unique_ptr<QProcess> start(const QStringList& arguments) const;
    static Outcome finish(QProcess& process);

    /// A run that takes far longer than any test waits, but checkpoints at once when asked to stop.
    static QStringList longRun();
    /// Waits until run 1 has the status and has done a step.
    bool waitFor(const char* status, int timeout_ms = 30000) const;

  private:
    QTemporaryDir folder_;
    QProcessEnvironment environment_;
};
