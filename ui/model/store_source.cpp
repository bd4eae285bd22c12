// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/model/store_source.h"

#include <QFileInfo>
#include <QMetaObject>
#include <QTimer>

namespace filigree::ui {
namespace {

constexpr int poll_ms = 250;
constexpr int gather_ms = 100;

/// Brings a store of an older version up to date first, which needs one opening for writing.
store::Store openForReading(const std::filesystem::path& path) {
    try {
        return store::Store::open(path, store::Mode::ReadOnly);
    } catch (const Error& error) {
        try {
            store::Store::open(path, store::Mode::ReadWrite);
        } catch (const Error&) {
            throw error;
        }
        return store::Store::open(path, store::Mode::ReadOnly);
    }
}

}  // namespace

StoreSource::Connection::Connection(StoreSource& source) : source_(source) {
    {
        const std::lock_guard lock(source.mutex_);
        if (!source.idle_.empty()) {
            store_ = std::move(source.idle_.back());
            source.idle_.pop_back();
        }
    }
    if (!store_) store_ = std::make_unique<store::Store>(openForReading(source.path_.toStdU16String()));
}

StoreSource::Connection::~Connection() {
    const std::lock_guard lock(source_.mutex_);
    source_.idle_.push_back(std::move(store_));
}

StoreSource::StoreSource(const QString& path, QObject* parent)
    : QObject(parent), path_(QFileInfo(path).absoluteFilePath()), timer_(new QTimer(this)) {
    readers_.setMaxThreadCount(2);
    writer_.setMaxThreadCount(1);
    watching_.setMaxThreadCount(1);
    for (QThreadPool* pool : {&readers_, &writer_, &watching_}) pool->setExpiryTimeout(-1);
    connect(timer_, &QTimer::timeout, this, &StoreSource::poll);
    timer_->start(poll_ms);
}

StoreSource::~StoreSource() {
    closing_ = true;
    for (QThreadPool* pool : {&readers_, &watching_}) pool->clear();
    // What a person wrote is not dropped.
    for (QThreadPool* pool : {&writer_, &readers_, &watching_}) pool->waitForDone();
}

QString StoreSource::label() const {
    return QFileInfo(path_).completeBaseName();
}

void StoreSource::setPollInterval(int milliseconds) {
    timer_->setInterval(milliseconds);
}

void StoreSource::post(std::function<void()> call) {
    QMetaObject::invokeMethod(this, std::move(call), Qt::QueuedConnection);
}

void StoreSource::announceChange() {
    if (closing_ || changePending_.exchange(true)) return;
    post([this] {
        QTimer::singleShot(gather_ms, this, [this] {
            changePending_ = false;
            emit changed();
        });
    });
}

void StoreSource::poll() {
    if (pollRuns_.exchange(true)) return;
    watching_.start([this] {
        try {
            if (!watcher_)
                watcher_ = std::make_unique<store::Store>(
                    store::Store::open(path_.toStdU16String(), store::Mode::ReadOnly));
            const std::int64_t version = watcher_->dataVersion();
            // Also at the first look: somebody may have written after the first answer and before it.
            if (version != seenVersion_) announceChange();
            seenVersion_ = version;
        } catch (const Error&) {
            // Not there yet, or gone: whoever reads it is told. Looked for again at the next turn.
            watcher_.reset();
            seenVersion_ = 0;
        }
        pollRuns_ = false;
    });
}

}  // namespace filigree::ui
