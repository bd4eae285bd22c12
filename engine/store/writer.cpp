// SPDX-License-Identifier: Apache-2.0
#include "store/writer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "record/mask_codec.h"
#include "store/attempt.h"
#include "store/batch.h"
#include "store/batch_writer.h"
#include "store/reader.h"
#include "store/record_codec.h"
#include "store/sqlite.h"
#include "store/state.h"

namespace fs = std::filesystem;

namespace filigree::store {
namespace {

using Clock = std::chrono::steady_clock;
using Lock = std::unique_lock<std::mutex>;

/// Progress alone is no reason to write more often than this.
constexpr std::chrono::milliseconds progressInterval{500};

struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <typename Value>
using ByName = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

template <typename T>
std::size_t bytesOf(const std::vector<T>& values) {
    return values.size() * sizeof(T);
}
std::size_t bytesOf(const record::Mask& mask) {
    return bytesOf(mask.active);
}
std::size_t bytesOf(const record::EdgeValues& values) {
    return bytesOf(values.values);
}
std::size_t bytesOf(const record::Rewiring& rewiring) {
    return bytesOf(rewiring.dropped) + bytesOf(rewiring.grown);
}
std::size_t bytesOf(const record::Matrix& matrix) {
    return bytesOf(matrix.values);
}
std::size_t bytesOf(const record::Image& image) {
    return bytesOf(image.pixels);
}
std::size_t bytesOf(const record::Text& text) {
    return text.text.size();
}
std::size_t bytesOf(const record::Event& event) {
    return event.detail.size();
}
std::size_t bytesOf(const LogItem& line) {
    return line.message.size();
}
std::size_t bytesOf(const CheckpointFile&) {
    return 0;
}
std::size_t bytesOf(const CheckpointRemoval&) {
    return 0;
}
std::size_t bytesOf(const RunState&) {
    return 0;
}

/// The same failure as a failure of the run, whatever SQLite calls it.
std::exception_ptr asRunError(std::exception_ptr failure, const fs::path& store) {
    try {
        std::rethrow_exception(failure);
    } catch (const Error& error) {
        return std::make_exception_ptr(
            Error(ErrorKind::Run, "the run's records cannot be stored: " + error.message(),
                  error.where().empty() ? store.string() : error.where(), error.advice()));
    } catch (const std::exception& error) {
        return std::make_exception_ptr(
            Error(ErrorKind::Run, std::string("the run's records cannot be stored: ") + error.what(),
                  store.string()));
    }
}

void checkStamp(const record::Stamp& stamp) {
    if (stamp.step < 0)
        throw Error(ErrorKind::Run, "a record has the negative step " + std::to_string(stamp.step),
                    "recorder");
}

}  // namespace

/// The queue between the two threads, and the thread that writes. What both touch is under `mutex_`.
class RunWriter::Impl {
  public:
    Impl(Store store, std::int64_t runId, std::int64_t attemptNumber, const WriterOptions& options)
        : path(store.path()),
          run(runId),
          attempt(attemptNumber),
          created_(creationTime(store, runId)),
          options_(options),
          sink_(std::move(store), runId, attemptNumber, options.maskKeyInterval),
          thread_([this] { work(); }) {}

    ~Impl() {
        {
            const Lock lock(mutex_);
            closing_ = true;
        }
        wake_.notify_all();
        thread_.join();
    }

    /// Adds one record; blocks while the queue is full. Throws the error of the other thread.
    template <typename Record>
    void push(Record record, const record::Stamp& stamp) {
        RecordItem item{std::move(record), stamp.step, now()};
        const std::size_t bytes = bytesOf(std::get<Record>(item.record));
        Lock lock(mutex_);
        waitForRoom(lock, bytes);
        noteEpoch(stamp);
        queue_.bytes += bytes;
        queue_.records.push_back(std::move(item));
        accepted(lock);
    }

    void pushScalar(std::string_view tag, double value, const record::Stamp& stamp) {
        const std::int64_t milliseconds = now();
        auto found = tags_.find(tag);
        const bool isNew = found == tags_.end();
        if (isNew) found = tags_.emplace(tag, static_cast<std::uint32_t>(tags_.size())).first;
        Lock lock(mutex_);
        // Before anything may throw: the other thread numbers the tags by their order.
        if (isNew) queue_.newTags.emplace_back(tag);
        waitForRoom(lock, 0);
        noteEpoch(stamp);
        queue_.scalars.push_back({found->second, stamp.step, milliseconds, value});
        accepted(lock);
    }

    void pushProgress(const Progress& progress) {
        const Lock lock(mutex_);
        throwFailure();
        throwIfFinished();
        queue_.progress = progress;
    }

    void flush() {
        Lock lock(mutex_);
        flushes_ = true;
        wake_.notify_all();
        done_.wait(lock, [this] { return failure_ || (queue_.empty() && !writing_); });
        throwFailure();
    }

    void finish(const Ending& ending) {
        {
            Lock lock(mutex_);
            waitForRoom(lock, 0);
            queue_.records.push_back({ending, 0, now()});
            finished_ = true;
        }
        flush();
    }

    bool finished() const {
        const Lock lock(mutex_);
        return finished_;
    }
    bool failed() const {
        const Lock lock(mutex_);
        return failure_ != nullptr;
    }

    /// Of the calling thread: the shape and the newest step of every mask.
    struct KnownMask {
        std::int64_t rows, columns, step;
    };
    ByName<KnownMask> masks;

    const fs::path path;
    const std::int64_t run;
    const std::int64_t attempt;

  private:
    static double creationTime(const Store& store, std::int64_t runId) {
        Statement row = store.database().prepare("SELECT created FROM run WHERE id = ?");
        return row.with(runId).step() ? row.real(0) : 0;
    }

    std::int64_t now() const { return std::llround(1000 * (unixNow() - created_)); }

    bool full(std::size_t bytes) const {
        return queue_.rows() >= options_.queueRows ||
               (queue_.bytes > 0 && queue_.bytes + bytes > options_.queueBytes);
    }

    void throwFailure() const {
        if (failure_) std::rethrow_exception(failure_);
    }
    void throwIfFinished() const {
        if (finished_)
            throw Error(ErrorKind::Run,
                        "run " + std::to_string(run) + " is finished and takes no more records",
                        path.string());
    }

    void waitForRoom(Lock& lock, std::size_t bytes) {
        while (!failure_ && full(bytes)) {
            flushes_ = true;
            wake_.notify_all();
            room_.wait(lock);
        }
        throwFailure();
        throwIfFinished();
    }

    void noteEpoch(const record::Stamp& stamp) {
        if (knowsEpoch_ || stamp.step <= 0 || !(stamp.epoch > 0)) return;
        knowsEpoch_ = true;
        const double ratio = static_cast<double>(stamp.step) / stamp.epoch;
        queue_.stepsPerEpoch = std::abs(ratio - std::round(ratio)) < 1e-6 * ratio ? std::round(ratio) : ratio;
    }

    void accepted(Lock& lock) {
        const std::size_t rows = queue_.rows();
        if (rows == 1) oldest_ = Clock::now();
        const bool wakes = rows == 1 || rows == options_.commitRows;
        lock.unlock();
        if (wakes) wake_.notify_all();
    }

    /// When the other thread has something to do.
    Clock::time_point due() const {
        if (queue_.rows() > 0) return oldest_ + std::chrono::milliseconds(options_.commitMilliseconds);
        if (queue_.progress || queue_.stepsPerEpoch) return lastWrite_ + progressInterval;
        return lastWrite_ +
               std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(heartbeatSeconds));
    }

    void work() {
        Lock lock(mutex_);
        while (true) {
            const auto ready = [this] {
                return closing_ || flushes_ || queue_.rows() >= options_.commitRows || Clock::now() >= due();
            };
            while (!ready()) {
                // Progress arrives without waking anyone, so look at least this often.
                const auto until = std::min(due(), Clock::now() + progressInterval);
                wake_.wait_until(lock, until);
            }
            if (closing_ && queue_.empty()) return;
            flushes_ = false;
            Batch batch = std::exchange(queue_, {});
            writing_ = true;
            lock.unlock();
            room_.notify_all();

            std::exception_ptr failure;
            try {
                sink_.prepare(std::move(batch));
                writeWithRetries();
            } catch (...) {
                failure = asRunError(std::current_exception(), path);
            }

            lock.lock();
            writing_ = false;
            lastWrite_ = Clock::now();
            failure_ = failure;
            done_.notify_all();
            if (failure_) {
                room_.notify_all();
                return;
            }
        }
    }

    void writeWithRetries() {
        const auto deadline = Clock::now() + std::chrono::duration<double>(options_.retrySeconds);
        for (auto pause = std::chrono::milliseconds(20);;
             pause = std::min(2 * pause, std::chrono::milliseconds(1000))) {
            try {
                sink_.write();
                return;
            } catch (const SqliteError& error) {
                if (!error.mayPass() || Clock::now() + pause > deadline) throw;
            }
            std::this_thread::sleep_for(pause);
        }
    }

    const double created_;
    const WriterOptions options_;
    ByName<std::uint32_t> tags_;  ///< of the calling thread

    mutable std::mutex mutex_;
    std::condition_variable wake_, room_, done_;
    Batch queue_;
    Clock::time_point oldest_{};
    Clock::time_point lastWrite_ = Clock::now();
    std::exception_ptr failure_;
    bool knowsEpoch_ = false;
    bool flushes_ = false;
    bool writing_ = false;
    bool closing_ = false;
    bool finished_ = false;

    BatchWriter sink_;  ///< of the writing thread
    std::thread thread_;
};

namespace {

Store openFor(const fs::path& path, const WriterOptions& options, bool create) {
    Store store = create ? Store::openOrCreate(path) : Store::open(path, Mode::ReadWrite);
    if (options.maximumPages > 0)
        store.database().execute("PRAGMA max_page_count = " + std::to_string(options.maximumPages));
    return store;
}

void refuseUnlessResumable(const RunInfo& info, const Store& store, bool evenWithoutContact) {
    const std::string who = "run " + std::to_string(info.id);
    if (info.deleted)
        throw Error(ErrorKind::Usage, who + " lies in the bin", store.path().string(), "Restore it first.");
    if (info.noContact && !evenWithoutContact)
        throw Error(ErrorKind::Usage,
                    who + " runs on another host (" + info.process.host + ") that has been silent for " +
                        std::to_string(std::llround(unixNow() - info.process.heartbeat)) + " s",
                    store.path().string(), "Make sure there that it has ended, then resume it with force.");
    if (!info.noContact && (info.state == RunState::Running || info.state == RunState::Paused) &&
        mayBeAlive(info.process))
        throw Error(ErrorKind::Usage,
                    who + " is " + std::string(toString(info.state)) + " (process " +
                        std::to_string(info.process.pid) + " on " + info.process.host + ")",
                    store.path().string(), "Stop it first: filigree stop " + std::to_string(info.id));
}

}  // namespace

std::int64_t addRun(Store& store, const NewRun& run) {
    Transaction transaction(store.database());
    const std::int64_t id = insertRun(store.database(), run);
    transaction.commit();
    return id;
}

RunWriter::RunWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::unique_ptr<RunWriter> RunWriter::createRun(const fs::path& path, const NewRun& run,
                                                const WriterOptions& options) {
    Store store = openFor(path, options, true);
    Transaction transaction(store.database());
    const std::int64_t id = insertRun(store.database(), run);
    const std::int64_t attempt = beginAttempt(store.database(), id, 0);
    transaction.commit();
    return std::unique_ptr<RunWriter>(
        new RunWriter(std::make_unique<Impl>(std::move(store), id, attempt, options)));
}

std::unique_ptr<RunWriter> RunWriter::startRun(const fs::path& path, std::int64_t run,
                                               const WriterOptions& options) {
    Store store = openFor(path, options, false);
    Transaction transaction(store.database());
    const RunInfo info = Reader(store).run(run);
    if (info.storedState != RunState::Queued)
        throw Error(
            ErrorKind::Usage,
            "run " + std::to_string(run) + " is " + std::string(toString(info.state)) + ", not queued",
            path.string(), "Resume it instead: filigree resume " + std::to_string(run));
    const std::int64_t attempt = beginAttempt(store.database(), run, 0);
    transaction.commit();
    return std::unique_ptr<RunWriter>(
        new RunWriter(std::make_unique<Impl>(std::move(store), run, attempt, options)));
}

std::unique_ptr<RunWriter> RunWriter::resumeRun(const fs::path& path, std::int64_t run, std::int64_t fromStep,
                                                const WriterOptions& options, bool evenWithoutContact) {
    if (fromStep < 0)
        throw Error(ErrorKind::Usage, "a run cannot be resumed at step " + std::to_string(fromStep),
                    path.string());
    Store store = openFor(path, options, false);
    Transaction transaction(store.database());
    refuseUnlessResumable(Reader(store).run(run), store, evenWithoutContact);
    const std::int64_t attempt = beginAttempt(store.database(), run, fromStep);
    transaction.commit();
    return std::unique_ptr<RunWriter>(
        new RunWriter(std::make_unique<Impl>(std::move(store), run, attempt, options)));
}

RunWriter::~RunWriter() {
    if (impl_->finished() || impl_->failed()) return;
    try {
        Ending ending;
        ending.state = RunState::Interrupted;
        ending.error = "the process let go of the run without ending it";
        impl_->finish(ending);
    } catch (...) {
        // Nobody is left to tell; the row says running, and readers see that the process is gone.
    }
}

std::int64_t RunWriter::run() const {
    return impl_->run;
}
std::int64_t RunWriter::attempt() const {
    return impl_->attempt;
}

void RunWriter::scalar(std::string_view tag, double value, const record::Stamp& stamp) {
    checkStamp(stamp);
    impl_->pushScalar(tag, value, stamp);
}

void RunWriter::mask(const record::Mask& mask, const record::Stamp& stamp) {
    checkStamp(stamp);
    const std::string where = "layer \"" + mask.layer + "\"";
    constexpr std::int64_t mostPositions = std::int64_t{1} << 32;
    if (mask.rows < 0 || mask.columns < 0 || (mask.columns > 0 && mask.rows > mostPositions / mask.columns))
        throw Error(ErrorKind::Run,
                    "a mask cannot be " + std::to_string(mask.rows) + " x " + std::to_string(mask.columns),
                    where);
    record::checkIndices(mask.active, static_cast<std::uint64_t>(mask.rows * mask.columns), where.c_str());
    auto& known =
        impl_->masks.try_emplace(mask.layer, Impl::KnownMask{mask.rows, mask.columns, 0}).first->second;
    if (known.rows != mask.rows || known.columns != mask.columns)
        throw Error(ErrorKind::Run, "a layer has another shape than before", where,
                    "Give layers of different shape different names.");
    if (stamp.step < known.step)
        throw Error(ErrorKind::Run,
                    "a mask of step " + std::to_string(stamp.step) + " comes after the one of step " +
                        std::to_string(known.step),
                    where, "Record the masks of a layer in ascending step.");
    known.step = stamp.step;
    impl_->push(mask, stamp);
}

void RunWriter::edgeValues(const record::EdgeValues& values, const record::Stamp& stamp) {
    checkStamp(stamp);
    impl_->push(values, stamp);
}

void RunWriter::rewiring(const record::Rewiring& rewiring, const record::Stamp& stamp) {
    checkStamp(stamp);
    constexpr std::uint64_t anyLayer = std::uint64_t{1} << 32;
    const std::string where = "layer \"" + rewiring.layer + "\"";
    record::checkIndices(rewiring.dropped, anyLayer, where.c_str());
    record::checkIndices(rewiring.grown, anyLayer, where.c_str());
    impl_->push(rewiring, stamp);
}

void RunWriter::matrix(const record::Matrix& matrix, const record::Stamp& stamp) {
    checkStamp(stamp);
    check(matrix);
    impl_->push(matrix, stamp);
}

void RunWriter::image(const record::Image& image, const record::Stamp& stamp) {
    checkStamp(stamp);
    check(image);
    impl_->push(image, stamp);
}

void RunWriter::text(const record::Text& text, const record::Stamp& stamp) {
    checkStamp(stamp);
    impl_->push(text, stamp);
}

void RunWriter::event(const record::Event& event, const record::Stamp& stamp) {
    checkStamp(stamp);
    impl_->push(event, stamp);
}

void RunWriter::log(record::LogLevel level, std::string_view message, const record::Stamp& stamp) {
    checkStamp(stamp);
    impl_->push(LogItem{level, std::string(message)}, stamp);
}

void RunWriter::heartbeat(const Progress& progress) {
    impl_->pushProgress(progress);
}

void RunWriter::setState(RunState state) {
    if (state != RunState::Running && state != RunState::Paused)
        throw Error(ErrorKind::Run, "a run in work is running or paused, not " + std::string(toString(state)),
                    impl_->path.string());
    impl_->push(state, {});
}

/// `path` relative to the store's folder; throws Error (Run) if it lies outside.
static fs::path insideFolder(const fs::path& store, const fs::path& path) {
    const fs::path folder = fs::absolute(Store::folderOf(store)).lexically_normal();
    fs::path relative = path;
    if (relative.is_absolute()) relative = relative.lexically_normal().lexically_relative(folder);
    relative = relative.lexically_normal();
    if (relative.empty() || *relative.begin() == "..")
        throw Error(ErrorKind::Run, "a checkpoint must lie in the store's folder " + folder.string(),
                    path.string());
    return relative;
}

void RunWriter::checkpointWritten(const CheckpointFile& checkpoint) {
    CheckpointFile relative = checkpoint;
    relative.path = insideFolder(impl_->path, checkpoint.path);
    impl_->push(std::move(relative), {checkpoint.step, 0});
}

void RunWriter::checkpointRemoved(const fs::path& path) {
    impl_->push(CheckpointRemoval{insideFolder(impl_->path, path)}, {});
}

void RunWriter::flush() {
    impl_->flush();
}

void RunWriter::finish(const Ending& ending) {
    if (!hasEnded(ending.state))
        throw Error(ErrorKind::Run, "a run cannot end as " + std::string(toString(ending.state)),
                    impl_->path.string());
    impl_->finish(ending);
}

}  // namespace filigree::store
