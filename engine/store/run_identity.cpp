// SPDX-License-Identifier: Apache-2.0
#include "store/run_identity.h"

#include "store/attempt.h"
#include "store/sqlite.h"

namespace filigree::store {

std::optional<std::int64_t> findRun(const Store& store, std::string_view method, std::string_view configToml,
                                    std::uint64_t seed) {
    Statement statement = store.database().prepare(
        "SELECT run.id FROM run JOIN run_text ON run_text.run = run.id"
        " LEFT JOIN run_annotation ON run_annotation.run = run.id"
        " WHERE run.method = ? AND run.seed = ? AND run_text.config_toml = ?"
        " AND run_annotation.deleted IS NULL ORDER BY run.state = 'finished' DESC, run.id DESC LIMIT 1");
    statement.bind(1, method).bind(2, static_cast<std::int64_t>(seed)).bind(3, configToml);
    if (!statement.step()) return std::nullopt;
    return statement.integer(0);
}

AddedRun addRunOnce(Store& store, const NewRun& run) {
    Transaction transaction(store.database());
    if (const auto found = findRun(store, run.method, run.configToml, static_cast<std::uint64_t>(run.seed)))
        return {*found, false};
    const std::int64_t id = insertRun(store.database(), run);
    transaction.commit();
    return {id, true};
}

}  // namespace filigree::store
