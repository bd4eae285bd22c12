// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "store/run_row.h"

/// How runs and their attempts begin and end, as rows. Each needs an open transaction.
namespace filigree::store {

class Database;

/// Adds a queued run; returns its id.
std::int64_t insertRun(Database& database, const NewRun& run);

/// Makes the next attempt, in this process, and sets the run running. Older attempts' records at steps >=
/// fromStep become superseded, commands without an answer expire. Returns its number.
std::int64_t beginAttempt(Database& database, std::int64_t run, std::int64_t fromStep);

}  // namespace filigree::store
