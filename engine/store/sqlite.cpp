// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite.h"

#include <sqlite3.h>

namespace filigree::store {
namespace {

/// How long one statement waits for the lock of another process.
constexpr int busyTimeoutMilliseconds = 10000;

ErrorKind kindOf(int code) {
    switch (code & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_CANTOPEN:
        case SQLITE_FORMAT:
        case SQLITE_ERROR:  // a table or column that should be there is missing
            return ErrorKind::Data;
        default:
            return ErrorKind::Run;
    }
}

std::string messageOf(int code, const std::string& detail) {
    switch (code & 0xff) {
        case SQLITE_CORRUPT:
            return "the store is damaged (" + detail + ")";
        case SQLITE_NOTADB:
            return "the file is not a store (" + detail + ")";
        case SQLITE_FULL:
            return "the disk is full (" + detail + ")";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "another process keeps the store locked (" + detail + ")";
        case SQLITE_READONLY:
            return "the store cannot be written (" + detail + ")";
        case SQLITE_CANTOPEN:
            return "the store cannot be opened (" + detail + ")";
        default:
            return "the store failed: " + detail;
    }
}

std::string adviceOf(int code) {
    switch (code & 0xff) {
        case SQLITE_CORRUPT:
            return "Restore it from a copy, or save what can be read with: sqlite3 FILE .recover";
        case SQLITE_FULL:
            return "Free some space, then resume the run.";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "Close programs that hold a transaction open on it; do not keep it on a network file "
                   "system.";
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
            return "Check the permissions of the file and of its folder.";
        default:
            return {};
    }
}

/// Path as the value of a file: URI.
std::string uriOf(const std::string& path) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char letter : path) {
        if (letter == '%' || letter == '?' || letter == '#') {
            const auto byte = static_cast<unsigned char>(letter);
            uri += {'%', digits[byte >> 4], digits[byte & 15]};
        } else {
            uri += letter;
        }
    }
    return uri + "?immutable=1";
}

}  // namespace

SqliteError::SqliteError(int code, const std::string& message, const std::string& where)
    : Error(kindOf(code), messageOf(code, message), where, adviceOf(code)), code_(code) {}

bool SqliteError::mayPass() const {
    const int primary = code_ & 0xff;
    return primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_FULL ||
           primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Statement::Statement(Database& database, std::string_view sql) : database_(&database) {
    sqlite3_stmt* statement = nullptr;
    const int code =
        sqlite3_prepare_v2(database.handle(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    if (code != SQLITE_OK) database.fail(code);
    statement_.reset(statement);
}

Statement& Statement::bind(int index, std::int64_t value) {
    if (const int code = sqlite3_bind_int64(statement_.get(), index, value)) database_->fail(code);
    return *this;
}

Statement& Statement::bind(int index, double value) {
    if (const int code = sqlite3_bind_double(statement_.get(), index, value)) database_->fail(code);
    return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
    const int code = sqlite3_bind_text64(statement_.get(), index, text.empty() ? "" : text.data(),
                                         text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    if (code != SQLITE_OK) database_->fail(code);
    return *this;
}

Statement& Statement::bind(int index, std::span<const std::uint8_t> blob) {
    const int code = blob.empty() ? sqlite3_bind_zeroblob(statement_.get(), index, 0)
                                  : sqlite3_bind_blob64(statement_.get(), index, blob.data(), blob.size(),
                                                        SQLITE_TRANSIENT);
    if (code != SQLITE_OK) database_->fail(code);
    return *this;
}

Statement& Statement::bind(int index, std::nullptr_t) {
    if (const int code = sqlite3_bind_null(statement_.get(), index)) database_->fail(code);
    return *this;
}

bool Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    // The message must be made before the reset clears it.
    try {
        database_->fail(code);
    } catch (...) {
        sqlite3_reset(statement_.get());
        throw;
    }
}

void Statement::run() {
    while (step()) {
    }
    reset();
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
}

bool Statement::isNull(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}
bool Statement::isText(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_TEXT;
}
std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}
double Statement::real(int column) const {
    return sqlite3_column_double(statement_.get(), column);
}

std::string Statement::text(int column) const {
    const auto* letters = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    if (!letters) return {};
    return std::string(letters, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

std::span<const std::uint8_t> Statement::blob(int column) const {
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
    if (!bytes) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::optional<double> Statement::optionalReal(int column) const {
    return isNull(column) ? std::nullopt : std::optional(real(column));
}

std::optional<std::int64_t> Statement::optionalInteger(int column) const {
    return isNull(column) ? std::nullopt : std::optional(integer(column));
}

int Statement::columns() const {
    return sqlite3_column_count(statement_.get());
}
std::string Statement::columnName(int column) const {
    return sqlite3_column_name(statement_.get(), column);
}

void Database::Close::operator()(sqlite3* handle) const {
    sqlite3_close_v2(handle);
}

Database::Database(const std::filesystem::path& path, Access access) : name_(path.string()) {
    // SQLite takes UTF-8 on every system.
    const std::u8string encoded = path.u8string();
    std::string file(encoded.begin(), encoded.end());
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    switch (access) {
        case Access::Read:
            flags |= SQLITE_OPEN_READONLY;
            break;
        case Access::Write:
            flags |= SQLITE_OPEN_READWRITE;
            break;
        case Access::Create:
            flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
            break;
        case Access::ReadImmutable:
            flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
            file = uriOf(file);
            break;
    }
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
    handle_.reset(handle);
    if (code != SQLITE_OK) fail(code);
    sqlite3_busy_timeout(handle, busyTimeoutMilliseconds);
}

void Database::fail(int code) const {
    throw SqliteError(code, handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code), name_);
}

void Database::execute(const std::string& sql) {
    if (const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr)) fail(code);
}

Statement& Database::cached(std::string_view sql) {
    const auto found = statements_.find(std::string(sql));
    Statement& statement = found != statements_.end()
                               ? found->second
                               : statements_.emplace(sql, Statement(*this, sql)).first->second;
    statement.reset();
    return statement;
}

std::int64_t Database::integer(std::string_view sql) {
    Statement statement(*this, sql);
    return statement.step() ? statement.integer(0) : 0;
}

std::string Database::text(std::string_view sql) {
    Statement statement(*this, sql);
    return statement.step() ? statement.text(0) : std::string();
}

std::int64_t Database::lastInsertId() const {
    return sqlite3_last_insert_rowid(handle_.get());
}
std::int64_t Database::changes() const {
    return sqlite3_changes64(handle_.get());
}
bool Database::readOnly() const {
    return sqlite3_db_readonly(handle_.get(), "main") == 1;
}
bool Database::inTransaction() const {
    return sqlite3_get_autocommit(handle_.get()) == 0;
}

Transaction::Transaction(Database& database, Lock lock) : database_(database) {
    database_.execute(lock == Lock::Read    ? "BEGIN"
                      : lock == Lock::Write ? "BEGIN IMMEDIATE"
                                            : "BEGIN EXCLUSIVE");
}

Transaction::~Transaction() {
    // SQLite may have rolled back by itself (disk full, I/O error).
    if (open_ && database_.inTransaction())
        sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
    database_.execute("COMMIT");
    open_ = false;
}

}  // namespace filigree::store
