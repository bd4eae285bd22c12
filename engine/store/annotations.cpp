// SPDX-License-Identifier: Apache-2.0
#include "store/annotations.h"

#include <algorithm>
#include <system_error>

#include "store/reader.h"
#include "store/sqlite.h"
#include "store/state.h"

namespace fs = std::filesystem;

namespace filigree::store {
namespace {

void checkExists(const Store& store, std::int64_t run) {
    if (!store.database().prepare("SELECT 1 FROM run WHERE id = ?").with(run).step())
        throw Error(ErrorKind::Usage, "there is no run " + std::to_string(run), store.path().string(),
                    "List the runs with: filigree runs");
}

/// Changes one column of the annotation of several runs.
template <typename Value>
void annotate(Store& store, std::span<const std::int64_t> runs, const char* column, const Value& value) {
    Database& database = store.database();
    Transaction transaction(database);
    Statement change =
        database.prepare(std::string("INSERT INTO run_annotation(run, ") + column +
                         ") VALUES (?1, ?2) ON CONFLICT(run) DO UPDATE SET " + column + " = ?2");
    for (const std::int64_t run : runs) {
        checkExists(store, run);
        change.with(run, value).run();
    }
    transaction.commit();
}

bool isColour(std::string_view text) {
    return text.size() == 7 && text[0] == '#' &&
           text.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string_view::npos;
}

struct BinnedCheckpoint {
    fs::path path;
    std::int64_t bytes;
};

/// Files that only runs of the bin name, with a relative path that stays inside the store's folder.
std::vector<BinnedCheckpoint> binnedCheckpoints(const Store& store) {
    Statement rows = store.database().prepare(
        "SELECT DISTINCT c.path FROM checkpoint c JOIN run_annotation n ON n.run = c.run"
        " WHERE n.deleted IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checkpoint k LEFT JOIN run_annotation m"
        " ON m.run = k.run WHERE k.path = c.path AND m.deleted IS NULL)");
    std::vector<BinnedCheckpoint> files;
    while (rows.step()) {
        // A hostile store must not name files elsewhere.
        const std::string text = rows.text(0);
        const fs::path relative = fs::path(std::u8string(text.begin(), text.end())).lexically_normal();
        if (relative.empty() || relative.is_absolute() || relative.has_root_name() ||
            *relative.begin() == "..")
            continue;
        std::error_code code;
        const fs::path file = store.folder() / relative;
        if (!fs::is_regular_file(fs::symlink_status(file, code))) continue;
        files.push_back({file, static_cast<std::int64_t>(fs::file_size(file, code))});
    }
    return files;
}

}  // namespace

void setName(Store& store, std::int64_t run, std::string_view name) {
    annotate(store, std::span(&run, 1), "name", name);
}

void setNote(Store& store, std::int64_t run, std::string_view markdown) {
    annotate(store, std::span(&run, 1), "note", markdown);
}

void setColour(Store& store, std::int64_t run, std::string_view colour) {
    if (!colour.empty() && !isColour(colour))
        throw Error(ErrorKind::Usage, "\"" + std::string(colour) + "\" is not a colour", {},
                    "Write it as #rrggbb, for example #345184.");
    annotate(store, std::span(&run, 1), "colour", colour);
}

void setArchived(Store& store, std::span<const std::int64_t> runs, bool archived) {
    annotate(store, runs, "archived", archived ? 1 : 0);
}

void tag(Store& store, std::span<const std::int64_t> runs, std::string_view tag) {
    if (tag.empty() || tag.find(',') != std::string_view::npos)
        throw Error(ErrorKind::Usage, "a tag is a word without commas, not \"" + std::string(tag) + "\"");
    Database& database = store.database();
    Transaction transaction(database);
    for (const std::int64_t run : runs) {
        checkExists(store, run);
        database.cached("INSERT OR IGNORE INTO run_tag(run, tag) VALUES (?, ?)").with(run, tag).run();
    }
    transaction.commit();
}

void untag(Store& store, std::span<const std::int64_t> runs, std::string_view tag) {
    Database& database = store.database();
    Transaction transaction(database);
    for (const std::int64_t run : runs) {
        checkExists(store, run);
        database.cached("DELETE FROM run_tag WHERE run = ? AND tag = ?").with(run, tag).run();
    }
    transaction.commit();
}

std::int64_t addBookmark(Store& store, std::int64_t run, std::int64_t step, std::string_view label) {
    Database& database = store.database();
    Transaction transaction(database);
    checkExists(store, run);
    database.cached("INSERT INTO bookmark(run, step, label, created) VALUES (?, ?, ?, ?)")
        .with(run, step, label, unixNow())
        .run();
    const std::int64_t id = database.lastInsertId();
    transaction.commit();
    return id;
}

void removeBookmark(Store& store, std::int64_t bookmark) {
    store.database().cached("DELETE FROM bookmark WHERE id = ?").with(bookmark).run();
}

std::vector<Bookmark> bookmarks(const Store& store, std::int64_t run) {
    Statement rows = store.database().prepare(
        "SELECT id, run, step, label, created FROM bookmark WHERE run = ? ORDER BY step, id");
    rows.with(run);
    std::vector<Bookmark> all;
    while (rows.step())
        all.push_back({rows.integer(0), rows.integer(1), rows.integer(2), rows.text(3), rows.real(4)});
    return all;
}

void moveToBin(Store& store, std::span<const std::int64_t> runs) {
    const Reader reader(store);
    for (const std::int64_t run : runs) {
        const RunInfo info = reader.run(run);
        if (info.state == RunState::Running || info.state == RunState::Paused)
            throw Error(ErrorKind::Usage,
                        "run " + std::to_string(run) + " is " + std::string(toString(info.state)) +
                            " and cannot be deleted",
                        store.path().string(), "Stop it first: filigree stop " + std::to_string(run));
    }
    annotate(store, runs, "deleted", unixNow());
}

void restoreFromBin(Store& store, std::span<const std::int64_t> runs) {
    annotate(store, runs, "deleted", nullptr);
}

BinContents binContents(const Store& store) {
    BinContents contents;
    contents.runs = store.database().integer("SELECT count(*) FROM run_annotation WHERE deleted IS NOT NULL");
    for (const BinnedCheckpoint& file : binnedCheckpoints(store)) {
        ++contents.checkpointFiles;
        contents.checkpointBytes += file.bytes;
    }
    return contents;
}

BinContents emptyBin(Store& store) {
    Database& database = store.database();
    BinContents removed;
    std::vector<BinnedCheckpoint> files;
    {
        Transaction transaction(database);
        files = binnedCheckpoints(store);
        std::vector<std::int64_t> runs;
        {
            Statement rows = database.prepare("SELECT run FROM run_annotation WHERE deleted IS NOT NULL");
            while (rows.step()) runs.push_back(rows.integer(0));
        }
        for (const std::int64_t run : runs) {
            // These have no foreign keys (schema.cpp); all else goes with the run.
            for (const char* table : {"scalar", "scalar_pyramid", "gate"})
                database.cached(std::string("DELETE FROM ") + table + " WHERE run = ?").with(run).run();
            database.cached("DELETE FROM run WHERE id = ?").with(run).run();
            ++removed.runs;
        }
        transaction.commit();
    }
    // Rows first: a file without a row wastes space, a row without its file promises a checkpoint that is
    // gone.
    for (const BinnedCheckpoint& file : files) {
        std::error_code code;
        if (!fs::remove(file.path, code)) continue;
        ++removed.checkpointFiles;
        removed.checkpointBytes += file.bytes;
        for (fs::path folder = file.path.parent_path();
             folder != store.folder() && fs::is_empty(folder, code) && !code; folder = folder.parent_path())
            fs::remove(folder, code);
    }
    if (removed.runs > 0) {
        try {
            database.execute("PRAGMA incremental_vacuum");
        } catch (const SqliteError& error) {
            // A run that writes just now keeps the file as long as it is; its free pages are used again.
            if (!error.mayPass()) throw;
        }
    }
    return removed;
}

std::vector<std::int64_t> markInterrupted(Store& store) {
    std::vector<std::int64_t> marked;
    RunFilter filter;
    filter.states = {RunState::Interrupted};
    filter.withDeleted = true;
    for (const RunInfo& info : Reader(store).runs(filter)) {
        if (info.storedState == RunState::Interrupted) continue;
        Database& database = store.database();
        Transaction transaction(database);
        // Only if nothing has happened to it since it was looked at.
        database
            .cached(
                "UPDATE run SET state = 'interrupted', ended = heartbeat WHERE id = ? AND state = ?"
                " AND attempt = ? AND heartbeat = ?")
            .with(info.id, toString(info.storedState), info.attempt, info.process.heartbeat)
            .run();
        if (database.changes() == 1) {
            database.cached("UPDATE attempt SET ended = ? WHERE run = ? AND attempt = ? AND ended IS NULL")
                .with(info.process.heartbeat, info.id, info.attempt)
                .run();
            marked.push_back(info.id);
        }
        transaction.commit();
    }
    return marked;
}

}  // namespace filigree::store
