// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <sqlite3.h>

#include <chrono>
#include <string>
#include <thread>

#include "base/platform.h"
#include "store/schema.h"
#include "store/sqlite.h"

namespace fs = std::filesystem;

namespace filigree::store {
namespace {

constexpr const char* notAStoreAdvice = "Name a *.filigree file that this program made.";

// The file of a store is never opened but by SQLite: closing any other handle would drop the locks that the
// whole process holds on it (POSIX advisory locks), and two processes could then write at once. Sizes come
// from the directory instead.

/// Throws unless there is a file with something in it.
void checkPresence(const fs::path& path) {
    std::error_code code;
    if (!fs::exists(path, code))
        throw Error(ErrorKind::Data, "there is no such store", path.string(),
                    "Check the path given with --store.");
    if (!fs::is_regular_file(path, code))
        throw Error(ErrorKind::Data, "this is not a file", path.string(), notAStoreAdvice);
    if (fs::file_size(path, code) == 0)
        throw Error(ErrorKind::Data, "the file is empty, not a store", path.string(), notAStoreAdvice);
}

bool hasPendingLog(const fs::path& path) {
    std::error_code code;
    const fs::path log = path.string() + "-wal";
    return fs::exists(log, code) && fs::file_size(log, code) > 0;
}

/// Throws if the file ends within a page, which SQLite itself does not mind. While a log is pending its pages
/// may just be on their way into the file.
void checkWholePages(Database& database, const fs::path& path) {
    const auto pageSize = static_cast<std::uintmax_t>(database.integer("PRAGMA page_size"));
    for (int look = 0; look < 5; ++look) {
        std::error_code code;
        if (hasPendingLog(path) || fs::file_size(path, code) % pageSize == 0) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    throw Error(ErrorKind::Data, "the store is cut off: its last page is not whole", path.string(),
                "Restore it from a copy, or save what can be read with: sqlite3 FILE .recover");
}

/// What SQLite says of a file that is none of its own, or closed to this user, in words for a person.
[[noreturn]] void explain(const SqliteError& error, const fs::path& path) {
    const int primary = error.code() & 0xff;
    if (primary == SQLITE_NOTADB)
        throw Error(ErrorKind::Data, "the file is not a store", path.string(), notAStoreAdvice);
    if (primary == SQLITE_CANTOPEN || primary == SQLITE_PERM || primary == SQLITE_AUTH)
        throw Error(ErrorKind::Data, "the store cannot be read", path.string(),
                    "Check the permissions of the file and of its folder.");
    throw error;
}

/// Throws unless the file is a store; returns its schema version.
int checkedVersion(Database& database) {
    const std::int64_t version = database.integer("PRAGMA user_version");
    if (database.integer("PRAGMA application_id") != applicationId)
        throw Error(ErrorKind::Data, "the file is an SQLite database, but not a store", database.name(),
                    notAStoreAdvice);
    if (version > schemaVersion())
        throw Error(ErrorKind::Data,
                    "the store has schema version " + std::to_string(version) +
                        "; this program knows versions up to " + std::to_string(schemaVersion()),
                    database.name(), "Open it with a newer version of the program.");
    return static_cast<int>(version);
}

void configure(Database& database) {
    database.execute("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA synchronous = NORMAL");
}

/// Switching to WAL needs the file for itself for an instant and does not wait for it by itself.
void switchToWal(Database& database) {
    for (int attempt = 0;; ++attempt) {
        try {
            if (database.text("PRAGMA journal_mode = WAL") == "wal") break;
            throw Error(ErrorKind::Run, "the store's file system does not support write-ahead logging",
                        database.name(), "Keep the store on a local disk.");
        } catch (const SqliteError& error) {
            if ((error.code() & 0xff) != SQLITE_BUSY || attempt == 200) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds(25));
        }
    }
    // Bounds what a long run leaves beside the store.
    database.execute("PRAGMA journal_size_limit = 67108864");
}

std::unique_ptr<Database> openReadOnly(const fs::path& path) {
    try {
        auto database = std::make_unique<Database>(path, Database::Access::Read);
        configure(*database);
        database->integer("SELECT count(*) FROM sqlite_master");
        return database;
    } catch (const SqliteError& error) {
        // WAL needs its two companions; on a read-only medium they cannot be made, and are not needed if no
        // one writes.
        const int primary = error.code() & 0xff;
        if ((primary != SQLITE_CANTOPEN && primary != SQLITE_READONLY) || hasPendingLog(path)) throw;
        auto database = std::make_unique<Database>(path, Database::Access::ReadImmutable);
        configure(*database);
        return database;
    }
}

std::unique_ptr<Database> openForWriting(const fs::path& path, Database::Access access) {
    auto database = std::make_unique<Database>(path, access);
    configure(*database);
    const bool fresh = access == Database::Access::Create && database->integer("PRAGMA user_version") == 0 &&
                       database->integer("SELECT count(*) FROM sqlite_master") == 0;
    const int version = fresh ? 0 : checkedVersion(*database);
    if (database->readOnly())
        throw Error(ErrorKind::Data, "the store can be read but not written", path.string(),
                    "Change the permissions of the file and of its folder, or copy it elsewhere.");
    // Lets the emptied bin give pages back without rewriting the whole file; only an empty file can be told
    // so.
    if (fresh) database->execute("PRAGMA auto_vacuum = INCREMENTAL");
    switchToWal(*database);
    if (version < schemaVersion()) migrate(*database);
    checkedVersion(*database);
    return database;
}

}  // namespace

Store::Store(fs::path path, Mode mode, std::unique_ptr<Database> database)
    : path_(std::move(path)), mode_(mode), database_(std::move(database)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Store Store::create(const fs::path& path) {
    std::error_code code;
    if (fs::exists(path, code))
        throw Error(ErrorKind::Usage, "the file exists already", path.string(),
                    "Name a file that does not exist.");
    return openOrCreate(path);
}

Store Store::open(const fs::path& path, Mode mode) {
    checkPresence(path);
    try {
        const bool writes = mode == Mode::ReadWrite;
        auto database = writes ? openForWriting(path, Database::Access::Write) : openReadOnly(path);
        checkWholePages(*database, path);
        const int version = checkedVersion(*database);
        if (version < schemaVersion())
            throw Error(ErrorKind::Data,
                        "the store has the older schema version " + std::to_string(version) +
                            " and is opened read-only",
                        path.string(), "Open it once for writing: that brings it up to date.");
        return Store(path, mode, std::move(database));
    } catch (const SqliteError& error) {
        explain(error, path);
    }
}

Store Store::openOrCreate(const fs::path& path) {
    std::error_code code;
    if (path.has_parent_path()) fs::create_directories(path.parent_path(), code);
    try {
        return Store(path, Mode::ReadWrite, openForWriting(path, Database::Access::Create));
    } catch (const SqliteError& error) {
        if ((error.code() & 0xff) != SQLITE_CANTOPEN) explain(error, path);
        throw Error(ErrorKind::Run, "the store cannot be made or opened", path.string(),
                    "Check that its folder exists and can be written.");
    }
}

fs::path Store::folderOf(const fs::path& store) {
    return store.string() + ".d";
}

void Store::saveCopy(const fs::path& path) const {
    std::error_code code;
    if (fs::exists(path, code))
        throw Error(ErrorKind::Usage, "the file exists already", path.string(),
                    "Name a file that does not exist.");
    try {
        Statement copy = database_->prepare("VACUUM INTO ?");
        copy.with(path.string()).run();
    } catch (const SqliteError& error) {
        fs::remove(path, code);
        throw Error(ErrorKind::Run, std::string("the copy cannot be written: ") + error.what(), path.string(),
                    "Check that its folder exists, can be written, and has room.");
    }
    if (!fs::exists(folder(), code)) return;
    fs::copy(folder(), folderOf(path), fs::copy_options::recursive, code);
    if (code)
        throw Error(ErrorKind::Run, "the checkpoints cannot be copied: " + code.message(),
                    folderOf(path).string(),
                    "The records are copied; check that there is room for the checkpoints.");
}

void Store::checkIntegrity() const {
    Statement check = database_->prepare("PRAGMA integrity_check(5)");
    std::string findings;
    while (check.step())
        if (check.text(0) != "ok") findings += (findings.empty() ? "" : "; ") + check.text(0);
    Statement keys = database_->prepare("PRAGMA foreign_key_check");
    if (keys.step())
        findings += (findings.empty() ? "" : "; ") + ("a row of table " + keys.text(0) + " belongs to none");
    if (!findings.empty())
        throw Error(ErrorKind::Data, "the store is damaged: " + findings, path_.string(),
                    "Restore it from a copy, or save what can be read with: sqlite3 FILE .recover");
}

std::int64_t Store::dataVersion() const {
    return database_->integer("PRAGMA data_version");
}

fs::path defaultStorePath() {
    return platform::folders().data / "runs.filigree";
}

}  // namespace filigree::store
