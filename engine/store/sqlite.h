// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"

struct sqlite3;
struct sqlite3_stmt;

/// SQLite's C interface with ownership and errors: for this folder and for tests.
namespace filigree::store {

/// A failure of SQLite: Error (Data) for a damaged file, Error (Run) for one that cannot be written just now.
class SqliteError : public Error {
  public:
    SqliteError(int code, const std::string& message, const std::string& where);
    /// SQLite's extended result code.
    int code() const { return code_; }
    /// Locked by others, disk full, or an I/O error: the same statement may succeed later.
    bool mayPass() const;

  private:
    int code_;
};

class Database;

/// A prepared statement. Parameters count from 1, columns from 0.
class Statement {
  public:
    Statement(Database& database, std::string_view sql);

    Statement& bind(int index, std::int64_t value);
    Statement& bind(int index, int value) { return bind(index, std::int64_t{value}); }
    /// NaN becomes NULL.
    Statement& bind(int index, double value);
    Statement& bind(int index, std::string_view text);
    Statement& bind(int index, const std::string& text) { return bind(index, std::string_view(text)); }
    Statement& bind(int index, const char* text) { return bind(index, std::string_view(text)); }
    Statement& bind(int index, std::span<const std::uint8_t> blob);
    Statement& bind(int index, std::nullptr_t);
    template <typename Value>
    Statement& bind(int index, const std::optional<Value>& value) {
        return value ? bind(index, *value) : bind(index, nullptr);
    }
    /// Resets the statement and binds parameters 1, 2, ….
    template <typename... Values>
    Statement& with(const Values&... values) {
        reset();
        int index = 0;
        (bind(++index, values), ...);
        return *this;
    }

    /// True if there is a row.
    bool step();
    /// Steps to the end and resets.
    void run();
    void reset();

    bool isNull(int column) const;
    bool isText(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;
    /// Valid until the next step.
    std::span<const std::uint8_t> blob(int column) const;
    std::optional<double> optionalReal(int column) const;
    std::optional<std::int64_t> optionalInteger(int column) const;
    int columns() const;
    std::string columnName(int column) const;

  private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    Database* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
  public:
    enum class Access { Read, Write, Create, ReadImmutable };
    Database(const std::filesystem::path& path, Access access);

    /// Runs any number of statements.
    void execute(const std::string& sql);
    Statement prepare(std::string_view sql) { return Statement(*this, sql); }
    /// A statement that is kept for the next call with the same text. Do not use one while it is being
    /// stepped.
    Statement& cached(std::string_view sql);
    /// First column of the first row.
    std::int64_t integer(std::string_view sql);
    std::string text(std::string_view sql);

    std::int64_t lastInsertId() const;
    std::int64_t changes() const;
    bool readOnly() const;
    bool inTransaction() const;
    sqlite3* handle() const { return handle_.get(); }
    const std::string& name() const { return name_; }

    [[noreturn]] void fail(int code) const;

  private:
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    std::string name_;
    std::unique_ptr<sqlite3, Close> handle_;
    std::unordered_map<std::string, Statement> statements_;
};

/// Rolls back unless committed.
class Transaction {
  public:
    enum class Lock { Read, Write, Exclusive };
    explicit Transaction(Database& database, Lock lock = Lock::Write);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

  private:
    Database& database_;
    bool open_ = true;
};

}  // namespace filigree::store
