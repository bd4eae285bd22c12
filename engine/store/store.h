// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

namespace filigree::store {

class Database;

enum class Mode { ReadOnly, ReadWrite };

/// One connection to a store file (`*.filigree`): SQLite in WAL mode with this program's application_id.
///
/// A connection belongs to one thread at a time; open one per thread. Any number of processes on one host may
/// have the same store open. WAL needs shared memory: a store on a network file system must be used from one
/// host only.
class Store {
  public:
    /// Makes a new store. Throws Error (Usage) if `path` exists, Error (Run) if it cannot be written.
    static Store create(const std::filesystem::path& path);

    /// Opens an existing store; opening for writing brings an older schema up to date, under an exclusive
    /// lock. Throws Error (Data): no such file, not a store, truncated or damaged, written by a newer
    /// program, an older schema opened read-only, or (ReadWrite) not writable.
    static Store open(const std::filesystem::path& path, Mode mode);

    /// Opens for writing and makes the file (and its folders) first if there is none. Safe from many
    /// processes at once.
    static Store openOrCreate(const std::filesystem::path& path);

    Store(Store&&) noexcept;
    Store& operator=(Store&&) noexcept;
    ~Store();

    /// Writes all that is committed now into a new file, and the checkpoints beside it; runs may go on
    /// writing. Throws Error (Usage) if `path` exists, Error (Run) if it cannot be written.
    void saveCopy(const std::filesystem::path& path) const;

    const std::filesystem::path& path() const { return path_; }
    Mode mode() const { return mode_; }
    /// Where the checkpoints lie: `<store>.d`.
    std::filesystem::path folder() const { return folderOf(path_); }
    static std::filesystem::path folderOf(const std::filesystem::path& store);

    /// Throws Error (Data) with SQLite's findings unless `PRAGMA integrity_check` and the foreign keys are in
    /// order.
    void checkIntegrity() const;

    /// A number that grows with every committed change by another connection: poll it to see whether to read
    /// again.
    std::int64_t dataVersion() const;

    Database& database() const { return *database_; }

  private:
    Store(std::filesystem::path path, Mode mode, std::unique_ptr<Database> database);

    std::filesystem::path path_;
    Mode mode_;
    std::unique_ptr<Database> database_;
};

/// The store that is used when none is named: `runs.filigree` in the person's data folder.
std::filesystem::path defaultStorePath();

}  // namespace filigree::store
