// SPDX-License-Identifier: Apache-2.0
#include "store/added_records.h"

#include <cmath>
#include <span>

#include "base/error.h"
#include "store/record_codec.h"
#include "store/sqlite.h"
#include "store/state.h"

namespace filigree::store {
namespace {

void put(Store& store, const RecordPlace& place, RecordKind kind, const std::string& tag,
         const std::vector<std::uint8_t>& payload) {
    Database& database = store.database();
    Transaction transaction(database);
    Statement run = database.prepare("SELECT created FROM run WHERE id = ?");
    if (!run.with(place.run).step())
        throw Error(ErrorKind::Usage, "there is no run " + std::to_string(place.run), store.path().string(),
                    "List the runs with: filigree runs");
    const auto milliseconds = static_cast<std::int64_t>(std::llround((unixNow() - run.real(0)) * 1000));
    run.reset();
    database.prepare("INSERT OR IGNORE INTO tag(name) VALUES (?)").with(tag).run();
    database
        .prepare(
            "INSERT OR REPLACE INTO record(run, kind, tag, field, attempt, step, time_ms, payload)"
            " SELECT ?, ?, id, '', ?, ?, ?, ? FROM tag WHERE name = ?")
        .with(place.run, static_cast<int>(kind), place.attempt, place.step, milliseconds,
              std::span<const std::uint8_t>(payload), tag)
        .run();
    transaction.commit();
}

}  // namespace

void add(Store& store, const RecordPlace& place, const record::Surface& surface) {
    put(store, place, RecordKind::Surface, surface.tag, encode(surface));
}

void add(Store& store, const RecordPlace& place, const record::Matrix& matrix) {
    put(store, place, RecordKind::Matrix, matrix.tag, encode(matrix));
}

void add(Store& store, const RecordPlace& place, const record::Image& image) {
    put(store, place, RecordKind::Image, image.tag, encode(image));
}

void add(Store& store, const RecordPlace& place, const record::Text& text) {
    put(store, place, RecordKind::Text, text.tag, encode(text));
}

std::optional<record::Surface> surfaceAt(const Store& store, const RecordPlace& place, std::string_view tag) {
    Statement row = store.database().prepare(
        "SELECT c.payload FROM record c JOIN tag t ON t.id = c.tag AND t.name = ?"
        " WHERE c.run = ? AND c.kind = ? AND c.field = '' AND c.attempt = ? AND c.step = ?");
    if (!row.with(tag, place.run, static_cast<int>(RecordKind::Surface), place.attempt, place.step).step())
        return std::nullopt;
    return decodeSurface(row.blob(0), std::string(tag));
}

std::vector<SurfaceListing> surfaces(const Store& store, std::int64_t run) {
    Statement rows = store.database().prepare(
        "SELECT t.name, c.step, c.attempt, r.created + c.time_ms / 1000.0 FROM record c"
        " JOIN tag t ON t.id = c.tag JOIN run r ON r.id = c.run"
        " JOIN attempt a ON a.run = c.run AND a.attempt = c.attempt AND c.step < a.until_step"
        " WHERE c.run = ? AND c.kind = ? ORDER BY c.time_ms DESC, t.name");
    rows.with(run, static_cast<int>(RecordKind::Surface));
    std::vector<SurfaceListing> all;
    while (rows.step()) all.push_back({rows.text(0), rows.integer(1), rows.integer(2), rows.real(3)});
    return all;
}

}  // namespace filigree::store
