// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "record/recorder.h"
#include "store/run_row.h"
#include "store/store.h"

namespace filigree::store {

struct WriterOptions {
    /// One transaction at the latest after so many milliseconds with something to write …
    int commitMilliseconds = 150;
    /// … or as soon as so many records wait.
    std::size_t commitRows = 4000;
    /// Calls block while more than this waits (one larger record is let through alone).
    std::size_t queueRows = 200000;
    std::size_t queueBytes = std::size_t{256} << 20;
    /// How long a batch that cannot be written (disk full, locked by others, I/O error) is tried again before
    /// the run fails.
    double retrySeconds = 30;
    /// Every so many snapshots of a layer's mask are stored whole.
    int maskKeyInterval = 20;
    /// Test of a full disk: the file may have at most this many pages; 0 leaves SQLite's own limit.
    std::int64_t maximumPages = 0;
};

/// A checkpoint file that lies on the disk, complete.
struct CheckpointFile {
    std::filesystem::path path;  ///< inside Store::folder(), absolute or relative to it
    std::int64_t step = 0;
    std::string digest;  ///< e.g. "xxh128:…", "sha256:…"
    std::int64_t bytes = 0;
};

/// How a run ended.
struct Ending {
    RunState state = RunState::Finished;  ///< finished, failed, stopped or interrupted
    std::string weightsDigest;            ///< of the final weights, or empty
    std::string error;                    ///< what failed, or empty
    std::int64_t exitCode = 0;
};

/// Adds a queued run that no process works on yet. Returns its id.
std::int64_t addRun(Store& store, const NewRun& run);

/// Writes one attempt of one run. All calls come from one thread; a thread behind it owns the connection and
/// commits batches. A call copies its record and returns; it blocks only while the queue is full. A batch
/// that cannot be written is tried again for WriterOptions::retrySeconds; after that the error is thrown, as
/// Error (Run), by every later call. What was accepted before a successful `flush` or `finish` is in the
/// store.
///
/// A second scalar of one tag at one step replaces the first, and so do other records of one kind, tag and
/// step. Masks of a layer must come in ascending step. NaN is stored as NULL.
class RunWriter final : public record::Recorder {
  public:
    /// Makes the run and its first attempt, in state running, and the store if there is none.
    static std::unique_ptr<RunWriter> createRun(const std::filesystem::path& store, const NewRun& run,
                                                const WriterOptions& options = {});
    /// Starts the first attempt of a queued run.
    static std::unique_ptr<RunWriter> startRun(const std::filesystem::path& store, std::int64_t run,
                                               const WriterOptions& options = {});
    /// Starts a new attempt. `fromStep` is the first step whose records it will write: the records of older
    /// attempts at steps >= fromStep are superseded at once. Commands that nobody took are answered "run had
    /// ended". Throws Error (Usage) if the run does not exist, or if its process lives (or is on another
    /// host, whose silence proves nothing, unless `evenWithoutContact`).
    static std::unique_ptr<RunWriter> resumeRun(const std::filesystem::path& store, std::int64_t run,
                                                std::int64_t fromStep, const WriterOptions& options = {},
                                                bool evenWithoutContact = false);

    /// Writes what waits. A run that was not ended by `finish` is left as interrupted.
    ~RunWriter() override;

    RunWriter(const RunWriter&) = delete;
    RunWriter& operator=(const RunWriter&) = delete;

    std::int64_t run() const;
    std::int64_t attempt() const;

    void scalar(std::string_view tag, double value, const record::Stamp& stamp) override;
    void mask(const record::Mask& mask, const record::Stamp& stamp) override;
    void edgeValues(const record::EdgeValues& values, const record::Stamp& stamp) override;
    void rewiring(const record::Rewiring& rewiring, const record::Stamp& stamp) override;
    void matrix(const record::Matrix& matrix, const record::Stamp& stamp) override;
    void image(const record::Image& image, const record::Stamp& stamp) override;
    void text(const record::Text& text, const record::Stamp& stamp) override;
    void event(const record::Event& event, const record::Stamp& stamp) override;
    void log(record::LogLevel level, std::string_view message, const record::Stamp& stamp) override;

    /// Progress for those who watch; cheap, call it every step if you like (the newest wins).
    void heartbeat(const Progress& progress);
    /// Running or paused.
    void setState(RunState state);
    void checkpointWritten(const CheckpointFile& checkpoint);
    /// Forgets the rows of all attempts that name this file, which is about to be deleted.
    void checkpointRemoved(const std::filesystem::path& path);

    /// Returns when all that was accepted is committed.
    void flush();
    /// Ends the run: its last records and its final state are one transaction. Afterwards every other call
    /// throws.
    void finish(const Ending& ending);

  private:
    class Impl;
    explicit RunWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace filigree::store
