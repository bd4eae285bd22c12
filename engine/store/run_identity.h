// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "store/run_row.h"
#include "store/store.h"

/// Runs that are the same computation: equal in method, configuration (as TOML) and seed.
namespace filigree::store {

/// The run of this computation: a finished one before others, else the newest. Runs in the bin do not count.
std::optional<std::int64_t> findRun(const Store& store, std::string_view method, std::string_view configToml,
                                    std::uint64_t seed);

struct AddedRun {
    std::int64_t run = 0;
    bool isNew = false;
};
/// The run of this computation, added to the queue if there is none. One transaction: of many processes that
/// ask at once, one adds it.
AddedRun addRunOnce(Store& store, const NewRun& run);

}  // namespace filigree::store
