// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace filigree::store {

class Database;

/// "Fili" in the header of the file: tells a store from other SQLite files.
inline constexpr std::int32_t applicationId = 0x46696c69;

/// One step of the schema: SQL that turns a store of version `version - 1` into one of `version` (0: an empty
/// file).
struct Migration {
    int version;
    const char* sql;
};

/// In ascending version, without gaps. A published step is never changed, only followed by another.
std::span<const Migration> migrations();

/// The version that this program writes.
int schemaVersion();

/// Runs the missing steps, one exclusive transaction for all, and makes the views anew. Does nothing if
/// another process was faster. `database` must be a store or an empty file.
void migrate(Database& database);

/// Version of the views as an interface for queries: grows when a column is taken away or changes its
/// meaning.
inline constexpr int viewsVersion = 1;

}  // namespace filigree::store
