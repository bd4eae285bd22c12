// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <chrono>
#include <vector>

class QEvent;

namespace filigree::ui {

/// Measures how long the UI thread works without coming back to its event loop: in its own CPU time (a loaded
/// machine that takes the processor away is not the program's fault), and on the clock with a far wider
/// limit, which also finds waiting for a lock or a disk: between two turns of a thread on a machine with many
/// times more work than cores lie hundreds of milliseconds. In use in tests and with FILIGREE_WATCHDOG=1,
/// where each stall is written to the log.
class Watchdog : public QObject {
    Q_OBJECT
  public:
    struct Stall {
        double milliseconds;       ///< of CPU time
        double wall_milliseconds;  ///< larger when the thread waited, or the machine was busy elsewhere
        QString during;            ///< the event that began it, as far as known
    };

    /// Counts everything above `limit_ms` of CPU time, or above twenty times that on the clock.
    explicit Watchdog(double limit_ms, QObject* parent = nullptr);

    const std::vector<Stall>& stalls() const { return stalls_; }
    double longest_ms() const { return longest_; }
    void reset();

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void awake();
    void aboutToBlock();

    double limit_;
    double longest_ = 0;
    double since_ = -1;
    std::chrono::steady_clock::time_point wallSince_;
    QString during_;
    std::vector<Stall> stalls_;
};

}  // namespace filigree::ui
