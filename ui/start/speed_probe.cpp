// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/speed_probe.h"

#include <QFile>
#include <algorithm>
#include <utility>

#include "store/reader.h"

namespace filigree::ui {
namespace {

constexpr double enough_s = 2;
constexpr int ask_ms = 250;
constexpr int limit_ms = 60000;  // loading a large data set takes its time

}  // namespace

SpeedProbe::SpeedProbe(const QString& program, QObject* parent) : QObject(parent), program_(program) {
    ask_.setInterval(ask_ms);
    limit_.setInterval(limit_ms);
    limit_.setSingleShot(true);
    connect(&ask_, &QTimer::timeout, this, &SpeedProbe::ask);
    connect(&limit_, &QTimer::timeout, this, [this] {
        tidy();
        emit failed(tr("No step was done within a minute."));
    });
}

SpeedProbe::~SpeedProbe() {
    tidy();
}

void SpeedProbe::cancel() {
    tidy();
}

void SpeedProbe::measure(const config::RunFile& file) {
    tidy();
    folder_ = std::make_shared<QTemporaryDir>();
    const QString toml = folder_->filePath(QStringLiteral("probe.toml"));
    QFile out(toml);
    if (!folder_->isValid() || !out.open(QIODevice::WriteOnly)) {
        emit failed(tr("There is no room for temporary files."));
        return;
    }
    out.write(QByteArray::fromStdString(config::toToml(file)));
    out.close();
    const QString store = folder_->filePath(QStringLiteral("probe.filigree"));
    process_ = new QProcess(this);
    process_->setProcessChannelMode(QProcess::MergedChannels);
    connect(process_, &QProcess::finished, this, [this](int code) {
        if (code != 0 && process_) {
            const QString words = QString::fromUtf8(process_->readAll()).trimmed();
            tidy();
            emit failed(words.isEmpty() ? tr("The run ended with code %1.").arg(code) : words);
            return;
        }
        ask();
    });
    connect(process_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error != QProcess::FailedToStart) return;
        tidy();
        emit failed(tr("The program filigree could not be started."));
    });
    source_ = std::make_unique<StoreSource>(store);
    process_->start(program_, {QStringLiteral("run"), toml, QStringLiteral("--store"), store,
                               QStringLiteral("--progress"), QStringLiteral("none")});
    ask_.start();
    limit_.start();
}

void SpeedProbe::ask() {
    if (!source_) return;
    struct Glance {
        std::int64_t steps = 0;
        double seconds = 0;
        bool ended = false;
    };
    source_->read(
        this,
        [](const store::Reader& reader) {
            const store::RunInfo run = reader.run(1);
            return Glance{run.progress.step, run.activeSeconds, run.state == store::RunState::Finished};
        },
        [this](const Glance& glance) {
            if (glance.steps > 0 && (glance.ended || glance.seconds >= enough_s))
                answer(glance.steps, glance.seconds);
        },
        // The store is not there yet.
        [](const Error&) {});
}

void SpeedProbe::answer(std::int64_t steps, double seconds) {
    tidy();
    emit measured(static_cast<double>(steps) / std::max(seconds, 1e-3));
}

void SpeedProbe::tidy() {
    ask_.stop();
    limit_.stop();
    if (QProcess* process = std::exchange(process_, nullptr)) {
        process->disconnect(this);
        if (process->state() == QProcess::NotRunning) {
            process->deleteLater();
        } else {
            connect(process, &QProcess::finished, process,
                    [process, folder = folder_] { process->deleteLater(); });
            process->kill();
        }
    }
    // A reader's answer may be what called: the source goes when that is over.
    if (source_) source_.release()->deleteLater();
    folder_.reset();
}

}  // namespace filigree::ui
