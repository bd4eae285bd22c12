// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>
#include <QString>
#include <QThreadPool>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "store/reader.h"
#include "store/store.h"

namespace filigree::ui {

/// What was asked of a store. Cancelling means that no answer comes; a job that has not begun is not done at
/// all. Copies are the same request.
class Request {
  public:
    Request() = default;
    void cancel() {
        if (state_) state_->cancelled = true;
    }
    bool isCancelled() const { return state_ && state_->cancelled; }
    /// Neither answered nor cancelled.
    bool isPending() const { return state_ && !state_->cancelled && !state_->answered; }

  private:
    friend class StoreSource;
    struct State {
        std::atomic<bool> cancelled = false;
        std::atomic<bool> answered = false;
    };
    std::shared_ptr<State> state_;
};

/// One open store. The window never waits for it: jobs are done on worker threads, each with a connection of
/// its own, and the answer is delivered on the thread of this object (the UI's). Lives on the UI thread.
class StoreSource : public QObject {
    Q_OBJECT
  public:
    /// Opens nothing yet; the first job does. `path` is made absolute.
    explicit StoreSource(const QString& path, QObject* parent = nullptr);
    /// Waits for the jobs that run; those that wait are dropped.
    ~StoreSource() override;

    const QString& path() const { return path_; }
    /// File name without ending, for labels.
    QString label() const;

    /// Calls `job(const store::Reader&)` on a worker and `done(result)` back here, unless `receiver` is gone
    /// by then or the request was cancelled. An error goes to `failed(const Error&)`, and without that to the
    /// signal `failed`.
    template <typename Job, typename Done>
    Request read(QObject* receiver, Job job, Done done, std::function<void(const Error&)> failed = {}) {
        return enqueue(
            readers_, receiver,
            [this, job = std::move(job)]() mutable {
                const Connection connection(*this);
                return job(store::Reader(connection.store()));
            },
            std::move(done), std::move(failed));
    }

    /// Calls `job(store::Store&)` on the one writing thread, in order; then `done(result)` (or `done()`), and
    /// `changed`.
    template <typename Job, typename Done>
    Request write(QObject* receiver, Job job, Done done, std::function<void(const Error&)> failed = {}) {
        return enqueue(
            writer_, receiver,
            [this, job = std::move(job)]() mutable {
                store::Store store = store::Store::openOrCreate(path_.toStdU16String());
                const struct Announce {
                    StoreSource* source;
                    ~Announce() { source->announceChange(); }
                } announce{this};
                return job(store);
            },
            std::move(done), std::move(failed));
    }

    /// How often the file is looked at for changes by others; the look itself is on a worker.
    void setPollInterval(int milliseconds);

  signals:
    /// Somebody has written: read again what is shown. At most every 100 ms.
    void changed();
    /// The file is not there, damaged, …: shown by whoever shows the store.
    void failed(const filigree::Error& error);

  private:
    class Connection {
      public:
        explicit Connection(StoreSource& source);
        ~Connection();
        Connection(const Connection&) = delete;
        Connection& operator=(const Connection&) = delete;
        const store::Store& store() const { return *store_; }

      private:
        StoreSource& source_;
        std::unique_ptr<store::Store> store_;
    };

    template <typename Work, typename Done>
    Request enqueue(QThreadPool& pool, QObject* receiver, Work work, Done done,
                    std::function<void(const Error&)> onError) {
        Request request;
        request.state_ = std::make_shared<Request::State>();
        const QPointer<QObject> guard(receiver);
        pool.start([this, mustRun = &pool == &writer_, state = request.state_, guard, work = std::move(work), done = std::move(done),
                    onError = std::move(onError)]() mutable {
            // What a person wrote is written even while the window closes.
            if (state->cancelled || (closing_ && !mustRun)) return;
            // Answers are handed over as one closure, so that `done` and its captures die on the UI thread.
            const auto deliver = [&](auto answer) {
                post([state, guard, answer = std::move(answer)]() mutable {
                    if (state->cancelled) return;
                    state->answered = true;
                    if (guard) answer();
                });
            };
            try {
                if constexpr (std::is_void_v<decltype(work())>) {
                    work();
                    deliver([done = std::move(done)]() mutable { done(); });
                } else {
                    auto result = std::make_shared<decltype(work())>(work());
                    deliver([done = std::move(done), result]() mutable { done(std::move(*result)); });
                }
            } catch (const Error& error) {
                deliver([this, onError = std::move(onError), error] {
                    if (onError)
                        onError(error);
                    else
                        emit failed(error);
                });
            }
        });
        return request;
    }

    void post(std::function<void()> call);
    void announceChange();
    void poll();

    QString path_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<store::Store>> idle_;  ///< guarded by mutex_
    std::unique_ptr<store::Store> watcher_;            ///< used by the watching thread alone
    std::int64_t seenVersion_ = -1;                    ///< likewise
    std::atomic<bool> closing_ = false;
    std::atomic<bool> changePending_ = false;
    std::atomic<bool> pollRuns_ = false;
    QThreadPool readers_;
    QThreadPool writer_;
    QThreadPool watching_;
    class QTimer* timer_;
};

}  // namespace filigree::ui
