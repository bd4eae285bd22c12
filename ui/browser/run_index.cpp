// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/browser/run_index.h"

#include <QFileInfo>
#include <algorithm>
#include <limits>
#include <unordered_map>

#include "store/state.h"
#include "ui/model/workspace.h"

namespace filigree::ui {
namespace {

/// How often the states of active runs are judged again: a killed run is not written by anybody.
constexpr int observe_ms = 1000;
/// By then a store's watcher has had its first look, which only remembers what is there: what was written
/// between our first look and its own is found by looking again.
constexpr int secondLook_ms = 600;
/// Runs whose configurations and metrics are read in one go.
constexpr std::size_t batchRuns = 1000;
/// Reading all rows takes at most a sixth of a worker's time.
constexpr qint64 restFactor = 5;

bool isActive(const store::RunInfo& run) {
    return run.storedState == store::RunState::Running || run.storedState == store::RunState::Paused;
}

/// Whether there can be new records.
bool wroteSomething(const store::RunInfo& before, const store::RunInfo& after) {
    return before.process.heartbeat != after.process.heartbeat || before.attempt != after.attempt ||
           before.storedState != after.storedState || before.progress.step != after.progress.step;
}

bool looksTheSame(const store::RunInfo& a, const store::RunInfo& b) {
    return !wroteSomething(a, b) && a.state == b.state && a.noContact == b.noContact && a.name == b.name &&
           a.note == b.note && a.colour == b.colour && a.archived == b.archived && a.deleted == b.deleted &&
           a.tags == b.tags && a.ended == b.ended && a.error == b.error &&
           a.activeSeconds == b.activeSeconds && a.progress.stepsPerSecond == b.progress.stepsPerSecond;
}

/// Reads configurations and metrics of the runs first … last into rows of the same ids.
class DetailReader {
  public:
    DetailReader(const store::Store& store, RunDictionary& dictionary)
        : store_(store), dictionary_(dictionary) {}

    using Config = std::shared_ptr<const std::vector<const ConfigCell*>>;
    using Metrics = std::shared_ptr<const std::vector<RunRow::Metric>>;

    std::unordered_map<qint64, Config> configs(qint64 first, qint64 last) {
        if (keys_.empty())
            for (const store::NamedId& key : store::configKeys(store_))
                keys_[key.id] = dictionary_.key(key.name);
        std::unordered_map<qint64, Config> found;
        std::shared_ptr<std::vector<const ConfigCell*>> current;
        qint64 run = 0;
        struct Newest {
            const ConfigCell* cell = nullptr;
            std::string type;
        };
        // Neighbouring runs mostly share a value: compare with the newest one before asking the dictionary.
        std::vector<Newest> newest;
        store::visitConfigs(store_, first, last, [&](const store::ConfigCellView& view) {
            if (!current || view.run != run) {
                current = std::make_shared<std::vector<const ConfigCell*>>();
                current->reserve(keys_.size());
                run = view.run;
                found[run] = current;
            }
            const auto known = keys_.find(view.key);
            // A key that came after the list was read belongs to a run that will be read again.
            const std::size_t key = known != keys_.end()
                                        ? known->second
                                        : keys_.emplace(view.key, nameOfKey(view.key)).first->second;
            if (key >= newest.size()) newest.resize(key + 1);
            Newest& before = newest[key];
            if (!before.cell || before.cell->text != view.text || before.type != view.type) {
                before.cell = dictionary_.cell(key, view.type, view.text, view.number);
                before.type = view.type;
            }
            if (key >= current->size()) current->resize(key + 1);
            (*current)[key] = before.cell;
        });
        return found;
    }

    std::unordered_map<qint64, Metrics> metrics(qint64 first, qint64 last) {
        const std::vector<store::MetricSummary> summaries = store::metricSummaries(store_, first, last);
        // After the summaries, so that none of their names is missing.
        if (tags_.empty())
            for (store::NamedId& tag : store::tagNames(store_)) tags_[tag.id] = std::move(tag.name);
        std::unordered_map<qint64, std::shared_ptr<std::vector<RunRow::Metric>>> lists;
        for (const store::MetricSummary& summary : summaries) {
            auto& list = lists[summary.run];
            if (!list) list = std::make_shared<std::vector<RunRow::Metric>>();
            auto number = numbers_.find(summary.tag);
            if (number == numbers_.end()) {
                const auto name = tags_.find(summary.tag);
                if (name == tags_.end()) continue;  // newer than the list of names: comes with the next look
                number = numbers_.emplace(summary.tag, dictionary_.metric(name->second)).first;
            }
            list->push_back({number->second, summary});
        }
        std::unordered_map<qint64, Metrics> found;
        for (auto& [run, list] : lists) {
            std::sort(list->begin(), list->end(),
                      [](const auto& left, const auto& right) { return left.number < right.number; });
            found[run] = list;
        }
        return found;
    }

    /// For a few runs.
    RowPointer withDetails(RunRow row, bool configToo) {
        const qint64 id = row.info.id;
        if (configToo) {
            row.config = std::make_shared<const std::vector<const ConfigCell*>>();
            if (const auto found = configs(id, id); !found.empty()) row.config = found.begin()->second;
        }
        row.metrics = std::make_shared<const std::vector<RunRow::Metric>>();
        if (const auto found = metrics(id, id); !found.empty()) row.metrics = found.begin()->second;
        return std::make_shared<const RunRow>(std::move(row));
    }

  private:
    std::size_t nameOfKey(std::int64_t id) {
        for (const store::NamedId& key : store::configKeys(store_))
            if (key.id == id) return dictionary_.key(key.name);
        return dictionary_.key("?");
    }

    const store::Store& store_;
    RunDictionary& dictionary_;
    std::unordered_map<std::int64_t, std::size_t> keys_;
    std::unordered_map<std::int64_t, std::string> tags_;
    std::unordered_map<std::int64_t, std::size_t> numbers_;
};

/// Above this, new runs (a merge, the first look) are left to the batches.
constexpr std::size_t fewRuns = 200;

std::shared_ptr<const StoreRows> readRows(const store::Reader& reader, const QString& path,
                                          const std::shared_ptr<const StoreRows>& before,
                                          RunDictionary& dictionary) {
    store::RunFilter all;
    all.withDeleted = true;
    std::vector<store::RunInfo> runs = reader.runs(all);
    auto result = std::make_shared<StoreRows>();
    result->path = path;
    result->rows.reserve(runs.size());
    DetailReader details(reader.store(), dictionary);
    std::size_t fresh = 0;
    for (store::RunInfo& info : runs) {
        const RowPointer old = before ? before->find(info.id) : nullptr;
        if (old && looksTheSame(old->info, info)) {
            result->rows.push_back(old);
            continue;
        }
        RunRow row = old ? *old : RunRow{};
        const bool mayHaveRecords = !old || (wroteSomething(old->info, info) && old->metrics);
        row.key = {path, info.id};
        row.info = std::move(info);
        if (!mayHaveRecords || (!old && (!before || ++fresh > fewRuns)))
            result->rows.push_back(std::make_shared<const RunRow>(std::move(row)));
        else
            result->rows.push_back(details.withDetails(std::move(row), !old));
    }
    return result;
}

}  // namespace

RunIndex::RunIndex(StoreSet& stores, QObject* parent) : QObject(parent), stores_(stores) {
    connect(&stores_, &StoreSet::opened, this, &RunIndex::add);
    connect(&stores_, &StoreSet::aboutToClose, this, [this](StoreSource* source) {
        std::erase_if(entries_, [&](const auto& entry) { return entry->source == source; });
        publish();
        emit errorChanged();
    });
    observing_.setInterval(observe_ms);
    connect(&observing_, &QTimer::timeout, this, [this] {
        for (const auto& entry : entries_) observe(*entry);
    });
    for (const auto& source : stores_.sources()) add(source.get());
}

RunIndex& RunIndex::of(Workspace& workspace) {
    if (auto* there = workspace.findChild<RunIndex*>(QString(), Qt::FindDirectChildrenOnly)) return *there;
    return *new RunIndex(workspace.stores, &workspace);
}

bool RunIndex::hasRows() const {
    return std::all_of(entries_.begin(), entries_.end(),
                       [](const auto& entry) { return entry->rows || entry->error; });
}

const Error* RunIndex::errorOf(const QString& store) const {
    for (const auto& entry : entries_)
        if (entry->source->path() == store && entry->error) return &*entry->error;
    return nullptr;
}

QStringList RunIndex::storesWithErrors() const {
    QStringList paths;
    for (const auto& entry : entries_)
        if (entry->error) paths << entry->source->path();
    return paths;
}

void RunIndex::add(StoreSource* source) {
    entries_.push_back(std::make_unique<Entry>());
    Entry& entry = *entries_.back();
    entry.source = source;
    const QString path = source->path();
    connect(source, &StoreSource::changed, this, [this, path] {
        if (Entry* changed = entryOf(path)) read(*changed);
    });
    read(entry);
    QTimer::singleShot(secondLook_ms, this, [this, path] {
        if (Entry* again = entryOf(path)) read(*again);
    });
}

RunIndex::Entry* RunIndex::entryOf(const QString& path) {
    for (const auto& entry : entries_)
        if (entry->source->path() == path) return entry.get();
    return nullptr;
}

void RunIndex::read(Entry& entry) {
    if (entry.busy) {
        entry.dirty = true;
        return;
    }
    const QString path = entry.source->path();
    const qint64 rest = entry.lastCost_ms * restFactor;
    if (entry.sinceRead.isValid() && entry.sinceRead.elapsed() < rest) {
        entry.busy = true;
        QTimer::singleShot(static_cast<int>(rest - entry.sinceRead.elapsed()), this, [this, path] {
            Entry* waiting = entryOf(path);
            if (!waiting) return;
            waiting->busy = false;
            waiting->sinceRead.invalidate();
            read(*waiting);
        });
        return;
    }
    entry.busy = true;
    entry.dirty = false;
    struct Answer {
        std::shared_ptr<const StoreRows> rows;
        qint64 cost_ms;
    };
    entry.source->read(
        this,
        [path, before = entry.rows, dictionary = dictionary_](const store::Reader& reader) {
            QElapsedTimer clock;
            clock.start();
            auto rows = readRows(reader, path, before, *dictionary);
            return Answer{std::move(rows), clock.elapsed()};
        },
        [this, path](const Answer& answer) {
            Entry* done = entryOf(path);
            if (!done) return;
            done->error.reset();
            done->lastCost_ms = answer.cost_ms;
            done->sinceRead.start();
            // What is still without details: at the first look everything, later what came in great number.
            done->pending.clear();
            const auto& rows = answer.rows->rows;
            for (std::size_t i = 0; i < rows.size(); ++i) {
                if (rows[i]->config) continue;
                const std::size_t last = std::min(i + batchRuns, rows.size()) - 1;
                done->pending.emplace_back(rows[last]->info.id, rows[i]->info.id);
                i = last;
            }
            std::reverse(done->pending.begin(), done->pending.end());
            deliver(path, answer.rows);
            if (done->pending.empty())
                finish(path);
            else
                readDetails(*done);
        },
        [this, path](const Error& error) { failed(path, error); });
}

void RunIndex::readDetails(Entry& entry) {
    const auto range = entry.pending.back();
    entry.pending.pop_back();
    const QString path = entry.source->path();
    entry.source->read(
        this,
        [first = range.first, last = range.second, before = entry.rows,
         dictionary = dictionary_](const store::Reader& reader) {
            DetailReader details(reader.store(), *dictionary);
            const auto configs = details.configs(first, last);
            const auto metrics = details.metrics(first, last);
            auto rows = std::make_shared<StoreRows>(*before);
            for (RowPointer& row : rows->rows) {
                const qint64 id = row->info.id;
                if (id < first || id > last || row->config) continue;
                auto complete = std::make_shared<RunRow>(*row);
                const auto config = configs.find(id);
                const auto metric = metrics.find(id);
                complete->config = config != configs.end()
                                       ? config->second
                                       : std::make_shared<const std::vector<const ConfigCell*>>();
                complete->metrics = metric != metrics.end()
                                        ? metric->second
                                        : std::make_shared<const std::vector<RunRow::Metric>>();
                row = std::move(complete);
            }
            return std::shared_ptr<const StoreRows>(std::move(rows));
        },
        [this, path](const std::shared_ptr<const StoreRows>& rows) {
            Entry* done = entryOf(path);
            if (!done) return;
            deliver(path, rows);
            if (done->pending.empty())
                finish(path);
            else
                readDetails(*done);
        },
        [this, path](const Error& error) { failed(path, error); });
}

void RunIndex::observe(Entry& entry) {
    if (entry.busy || !entry.rows) return;
    entry.busy = true;
    const QString path = entry.source->path();
    entry.source->read(
        this,
        [before = entry.rows](const store::Reader&) -> std::shared_ptr<const StoreRows> {
            std::shared_ptr<StoreRows> after;
            const double now = store::unixNow();
            for (std::size_t i = 0; i < before->rows.size(); ++i) {
                const store::RunInfo& run = before->rows[i]->info;
                if (!isActive(run)) continue;
                const store::ObservedState seen = store::observe(run.storedState, run.process, now);
                if (seen.state == run.state && seen.noContact == run.noContact) continue;
                if (!after) after = std::make_shared<StoreRows>(*before);
                auto row = std::make_shared<RunRow>(*before->rows[i]);
                row->info.state = seen.state;
                row->info.noContact = seen.noContact;
                if (seen.state == store::RunState::Interrupted && !row->info.ended)
                    row->info.ended = run.process.heartbeat;
                after->rows[i] = std::move(row);
            }
            return after;
        },
        [this, path](const std::shared_ptr<const StoreRows>& rows) {
            if (rows) deliver(path, rows);
            finish(path);
        },
        [this, path](const Error& error) { failed(path, error); });
}

void RunIndex::failed(const QString& path, const Error& error) {
    Entry* entry = entryOf(path);
    if (!entry) return;
    // A store of an older program is brought up to date by opening it for writing, once.
    if (!entry->triedToMigrate && QFileInfo(path).size() > 0) {
        entry->triedToMigrate = true;
        entry->source->write(
            this, [](store::Store&) {},
            [this, path] {
                if (Entry* again = entryOf(path)) {
                    again->busy = false;
                    read(*again);
                }
            },
            [this, path](const Error& worse) { failed(path, worse); });
        return;
    }
    // A store that does not exist yet is no error: the first run makes it.
    if (QFileInfo::exists(path)) {
        entry->error = error;
    } else {
        auto none = std::make_shared<StoreRows>();
        none->path = path;
        entry->rows = none;
    }
    publish();
    emit errorChanged();
    finish(path);
}

void RunIndex::finish(const QString& path) {
    Entry* entry = entryOf(path);
    if (!entry) return;
    entry->busy = false;
    const bool again = entry->dirty;
    entry->dirty = false;
    if (again) read(*entry);
}

void RunIndex::deliver(const QString& path, std::shared_ptr<const StoreRows> rows) {
    Entry* entry = entryOf(path);
    if (!entry || entry->rows == rows) return;
    // Nothing but equal rows: nobody needs to know.
    const bool same = entry->rows && entry->rows->rows == rows->rows;
    entry->rows = std::move(rows);
    if (!same) publish();
}

void RunIndex::publish() {
    auto table = std::make_shared<RunTable>();
    table->isComplete = true;
    bool active = false;
    for (const auto& entry : entries_) {
        table->isComplete = table->isComplete && (entry->error || (entry->rows && entry->pending.empty()));
        if (!entry->rows) continue;
        table->stores.push_back(entry->rows);
        active = active || std::any_of(entry->rows->rows.begin(), entry->rows->rows.end(),
                                       [](const RowPointer& row) { return isActive(row->info); });
    }
    table->dictionary = dictionary_;
    table->keys = dictionary_->keys();
    table->metrics = dictionary_->metrics();
    table_ = std::move(table);
    if (active && !observing_.isActive()) observing_.start();
    if (!active) observing_.stop();
    emit changed();
}

}  // namespace filigree::ui
