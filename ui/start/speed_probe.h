// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTimer>
#include <memory>

#include "config/run_file.h"
#include "ui/model/store_source.h"

namespace filigree::ui {

/// Measures how fast this computer trains a configuration: a real run in a store of its own that is thrown
/// away after two seconds of training (or when it has ended by itself).
class SpeedProbe : public QObject {
    Q_OBJECT
  public:
    explicit SpeedProbe(const QString& program, QObject* parent = nullptr);
    ~SpeedProbe() override;

    /// Begins; a probe that is on its way is dropped.
    void measure(const config::RunFile& file);
    void cancel();
    bool isRunning() const { return process_ != nullptr; }

  signals:
    void measured(double stepsPerSecond);
    void failed(const QString& why);

  private:
    void ask();
    void answer(std::int64_t steps, double seconds);
    void tidy();

    QString program_;
    std::shared_ptr<QTemporaryDir> folder_;  ///< kept until the process is gone
    std::unique_ptr<StoreSource> source_;
    QProcess* process_ = nullptr;
    QTimer ask_;
    QTimer limit_;
};

}  // namespace filigree::ui
