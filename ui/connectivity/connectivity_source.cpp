// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/connectivity/connectivity_source.h"

#include <algorithm>

#include "store/annotations.h"
#include "store/commands.h"

namespace filigree::ui {
namespace {

constexpr int watchInterval_ms = 500;
constexpr int picturesOfAReordering = 8;
/// Of the newest runs, those that are looked at, and those that are offered for comparison.
constexpr std::int64_t mostRunsSearched = 200;
constexpr std::size_t mostTwins = 30;

ConnectivitySource::Overview readOverview(const store::Reader& reader, std::int64_t run,
                                          const std::string& layer) {
    ConnectivitySource::Overview overview;
    overview.run = reader.run(run);
    overview.layers = reader.maskLayers(run);
    for (const store::MaskLayer& each : overview.layers) {
        const auto frames = reader.maskSteps(run, each.layer);
        overview.connections.push_back(frames.empty() ? 0 : frames.back().nonZeros);
        const bool wanted =
            each.layer == layer || (overview.layer.empty() && &each == &overview.layers.front());
        if (!wanted) continue;
        overview.layer = each.layer;
        overview.frames.clear();
        for (const store::MaskFrameInfo& frame : frames)
            // Where a resumed attempt repeats a step, the newer counts.
            if (overview.frames.empty() || overview.frames.back() != frame.step)
                overview.frames.push_back(frame.step);
    }
    for (const store::CheckpointInfo& checkpoint : reader.checkpoints(run))
        overview.events.push_back({checkpoint.step, TrackEvent::Kind::Checkpoint, {}});
    for (const store::EventLine& line : reader.events(run))
        if (line.event.kind == "warning")
            overview.events.push_back({line.step, TrackEvent::Kind::Warning, {}});
    for (const store::Bookmark& bookmark : store::bookmarks(reader.store(), run))
        overview.events.push_back(
            {bookmark.step, TrackEvent::Kind::Bookmark, QString::fromStdString(bookmark.label)});
    return overview;
}

}  // namespace

ConnectivitySource::ConnectivitySource(StoreSet& stores, QObject* parent) : QObject(parent), stores_(stores) {
    connect(&stores, &StoreSet::aboutToClose, this, [this](StoreSource* closing) {
        if (closing == store_) setRun({});
    });
}

void ConnectivitySource::setRun(const RunKey& run) {
    if (run == run_) return;
    watch(false, false);
    overview_.cancel();
    pattern_.cancel();
    twins_.cancel();
    twinsOf_.clear();
    orderOf_.clear();
    last_.reset();
    wish_.reset();
    stale_ = false;
    if (store_) disconnect(store_, nullptr, this, nullptr);
    run_ = run;
    layer_.clear();
    store_ = run.isNull() ? nullptr : stores_.of(run);
    if (busy_) {
        busy_ = false;
        emit busyChanged(false);
    }
    if (!store_) return;
    connect(store_, &StoreSource::changed, this, &ConnectivitySource::refresh);
    refresh();
}

void ConnectivitySource::setLayer(const QString& layer) {
    if (layer == layer_) return;
    layer_ = layer;
    // What is on its way is of the layer before.
    overview_.cancel();
    refresh();
}

void ConnectivitySource::refresh() {
    if (!store_) return;
    if (overview_.isPending()) {
        stale_ = true;
        return;
    }
    stale_ = false;
    overview_ = store_->read(
        this,
        [run = run_.run, layer = layer_.toStdString()](const store::Reader& reader) {
            return readOverview(reader, run, layer);
        },
        [this](const Overview& overview) {
            for (const store::MaskLayer& each : overview.layers)
                if (each.layer == overview.layer) findTwins(each);
            emit overviewRead(overview);
            if (stale_) refresh();
        },
        [this](const Error& error) { emit failed(error); });
}

void ConnectivitySource::findTwins(const store::MaskLayer& layer) {
    const QString name = QString::fromStdString(layer.layer);
    if (name == twinsOf_) return;
    twinsOf_ = name;
    twins_.cancel();
    twins_ = store_->read(
        this,
        [own = run_.run, layer](const store::Reader& reader) {
            std::vector<Twin> twins;
            store::RunFilter newest;
            newest.limit = mostRunsSearched;
            for (const store::RunInfo& run : reader.runs(newest)) {
                if (run.id == own || twins.size() == mostTwins) continue;
                for (const store::MaskLayer& each : reader.maskLayers(run.id))
                    if (each.layer == layer.layer && each.rows == layer.rows && each.columns == layer.columns)
                        twins.push_back({run});
            }
            return twins;
        },
        [this](const std::vector<Twin>& twins) { emit twinsFound(twins); });
}

void ConnectivitySource::want(const Wish& wish) {
    wish_ = wish;
    if (!pattern_.isPending()) readNext();
}

void ConnectivitySource::readNext() {
    if (!wish_ || !store_) return;
    const Wish wish = *wish_;
    wish_.reset();
    if (!busy_) {
        busy_ = true;
        emit busyChanged(true);
    }
    const auto done = [this] {
        if (wish_) {
            readNext();
            return;
        }
        busy_ = false;
        emit busyChanged(false);
    };
    pattern_ = store_->read(
        this,
        [run = run_.run, wish, last = last_,
         order = orderOf_ == wish.layer ? order_ : nullptr](const store::Reader& reader) {
            const std::string layer = wish.layer.toStdString();
            Shown result;
            result.order = order;
            if (!order || order->rows != wish.rows || order->columns != wish.columns) {
                try {
                    result.order = std::make_shared<const ChosenOrder>(
                        chooseOrder(reader, run, layer, wish.step, wish.rows, wish.columns));
                } catch (const Error& error) {
                    // Of this pattern nothing is known that it could be sorted by.
                    if (error.kind() != ErrorKind::Data) throw;
                    result.problem = error;
                    result.order = std::make_shared<const ChosenOrder>();
                }
            }
            const auto pattern = loadShown(reader, run, layer, wish.step, wish.against, *result.order);
            if (pattern->against || knows(*pattern, wish.colouring)) {
                result.data = prepare(pattern, wish.colouring);
            } else {
                try {
                    prepare(pattern, wish.colouring);
                } catch (const Error& error) {
                    result.problem = error;
                }
                result.data = prepare(pattern, Colouring::Presence);
            }
            if (last && last->colouring == result.data->colouring && result.order != order)
                result.film = reorderingFilm(*last, *pattern, picturesOfAReordering);
            return result;
        },
        [this, done, layer = wish.layer](const Shown& result) {
            last_ = result.data;
            order_ = result.order;
            orderOf_ = layer;
            emit shown(result);
            done();
        },
        [this, done](const Error& error) {
            emit failed(error);
            done();
        });
}

void ConnectivitySource::sendWatch(const char* kind, int interval_ms) {
    if (!store_) return;
    store_->write(
        this,
        [run = run_.run, argument = std::string(kind) + " " + std::to_string(interval_ms)](
            store::Store& store) { store::append(store, run, "watch", argument); },
        [] {},
        // A run that has just ended records no more: there is nothing to tell anybody.
        [](const Error&) {});
}

void ConnectivitySource::watch(bool on, bool weights) {
    const QString wanted = !on ? QString() : weights ? QStringLiteral("edge_values") : QStringLiteral("mask");
    if (wanted == watched_) return;
    if (!watched_.isEmpty()) sendWatch(watched_.toLatin1().constData(), 0);
    watched_ = wanted;
    if (!watched_.isEmpty()) sendWatch(watched_.toLatin1().constData(), watchInterval_ms);
}

void ConnectivitySource::addBookmark(qint64 step, const QString& label) {
    if (!store_) return;
    store_->write(
        this,
        [run = run_.run, step, label = label.toStdString()](store::Store& store) {
            store::addBookmark(store, run, step, label);
        },
        [] {}, [this](const Error& error) { emit failed(error); });
}

}  // namespace filigree::ui
