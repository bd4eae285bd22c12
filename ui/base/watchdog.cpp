// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/base/watchdog.h"

#include <QAbstractEventDispatcher>
#include <QCoreApplication>
#include <QDebug>
#include <QEvent>
#include <QMetaEnum>
#include <algorithm>

#include "base/platform.h"

namespace filigree::ui {

constexpr double clockFactor = 20;

Watchdog::Watchdog(double limit_ms, QObject* parent) : QObject(parent), limit_(limit_ms) {
    QAbstractEventDispatcher* dispatcher = QAbstractEventDispatcher::instance();
    connect(dispatcher, &QAbstractEventDispatcher::awake, this, &Watchdog::awake);
    connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this, &Watchdog::aboutToBlock);
    qApp->installEventFilter(this);
}

void Watchdog::reset() {
    stalls_.clear();
    longest_ = 0;
}

bool Watchdog::eventFilter(QObject* watched, QEvent* event) {
    // The loop may handle many events between two waits: each is measured by itself, and named.
    awake();
    during_ = QStringLiteral("%1 on %2 \"%3\"")
                  .arg(QLatin1String(QMetaEnum::fromType<QEvent::Type>().valueToKey(event->type())),
                       QLatin1String(watched->metaObject()->className()), watched->objectName());
    return QObject::eventFilter(watched, event);
}

void Watchdog::awake() {
    aboutToBlock();  // a loop that only looks for events does not say that it blocks
    since_ = platform::threadCpuSeconds();
    wallSince_ = std::chrono::steady_clock::now();
}

void Watchdog::aboutToBlock() {
    if (since_ < 0) return;
    const double milliseconds = (platform::threadCpuSeconds() - since_) * 1000;
    since_ = -1;
    longest_ = std::max(longest_, milliseconds);
    const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - wallSince_;
    if (milliseconds <= limit_ && wall.count() <= clockFactor * limit_) return;
    stalls_.push_back({milliseconds, wall.count(), during_});
    qWarning().noquote() << QStringLiteral("the window was busy for %1 ms (%2 ms on the clock): %3")
                                .arg(milliseconds, 0, 'f', 0)
                                .arg(wall.count(), 0, 'f', 0)
                                .arg(during_);
}

}  // namespace filigree::ui
