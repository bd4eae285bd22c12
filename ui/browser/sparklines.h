// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCache>
#include <QObject>
#include <QTimer>
#include <string>
#include <vector>

#include "ui/browser/run_table.h"
#include "ui/model/store_set.h"

namespace filigree::ui {

/// A curve a few dozen pixels wide: one stretch of steps per entry, in order.
struct Sparkline {
    struct Part {
        float position;  ///< 0 … 1 along the steps
        float least, greatest, last;
    };
    std::vector<Part> parts;
    float low = 0, high = 0;  ///< finite extremes of all
    qint64 count = -1;        ///< points and last step that it was made of: others mean it is old
    qint64 lastStep = -1;
};

/// The curves of the rows that are seen, read from the pyramid on a worker. What is asked for while painting
/// is read in one go a moment later.
class Sparklines : public QObject {
    Q_OBJECT
  public:
    explicit Sparklines(StoreSet& stores, QObject* parent = nullptr);

    void setMetric(const std::string& metric);
    /// The curve as far as it is known (an older one while the new one is read), or nullptr.
    const Sparkline* find(const RunRow& row, const store::MetricSummary& summary);

  signals:
    /// Some of what was asked for has come.
    void loaded();

  private:
    struct Wanted {
        RunKey key;
        qint64 count, lastStep;
    };
    void load();

    StoreSet& stores_;
    std::string metric_;
    QCache<RunKey, Sparkline> known_{2000};
    std::vector<Wanted> wanted_;
    QSet<RunKey> asked_;
    QTimer timer_;
};

}  // namespace filigree::ui
